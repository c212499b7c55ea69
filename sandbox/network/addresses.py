"""Addresses in subnets, made up: tasks have loopback addresses here, and the rest has none."""

from __future__ import annotations

import threading
from functools import cache
from ipaddress import ip_network

AWS_KEEPS = 4
"""The first addresses of a subnet; the last one too
(https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html)."""

LINK = 10
"""Which one a VPC link has, in each of its subnets: its own, and nobody else's."""

_given: dict[str, dict[str, str]] = {}
_lock = threading.Lock()


def of(subnet: str, block: str, owner: str) -> str:
    """The owner's address in the subnet, the same each time. Where all are given, the longest owned is given anew."""
    with _lock:
        own = _given.setdefault(subnet, {})
        if owner not in own:
            own[owner] = _free(own, block)
        return own[owner]


def _free(own: dict[str, str], block: str) -> str:
    network = ip_network(block)
    taken = set(own.values())
    for index in range(AWS_KEEPS, network.num_addresses - 1):
        if index != LINK and str(network[index]) not in taken:
            return str(network[index])
    return own.pop(next(iter(own)))


@cache
def of_link(block: str) -> str:
    """A VPC link's address in a subnet with this block."""
    return str(ip_network(block)[LINK])
