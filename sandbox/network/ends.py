"""Where things are: tasks, functions, load balancers, VPC links. Each interface of each is a Place.

Security groups and subnets are read when somebody asks, so that a change of them counts at once.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from moto.apigatewayv2.models import apigatewayv2_backends
from moto.elbv2.models import elbv2_backends

from sandbox.access.model import Place
from sandbox.network import addresses, moto_state
from sandbox.network.idle_links import Idleness

Places = tuple[Place, ...]

_targets: dict[str, Place] = {}
_clients: dict[str, Place] = {}
_servers: dict[str, Place] = {}


def interface(
    region: str,
    name: str,
    subnet_id: str,
    groups: tuple[str, ...],
    *,
    owner: str | None = None,
    public: bool = False,
    address: str | None = None,
) -> Place:
    """A network interface in this subnet; without a group it is in the VPC's default one. `owner` tells its address
    from others (the name, unless it is given). In a subnet that is gone it reaches nothing."""
    subnet = moto_state.subnet(region, subnet_id)
    if subnet is None:
        return Place(name, "", subnet_id, "0.0.0.0", groups, region)
    default = None if groups else moto_state.default_group(region, subnet.vpc_id)
    return Place(
        name=name,
        vpc=subnet.vpc_id,
        subnet=subnet_id,
        address=address or addresses.of(subnet_id, subnet.cidr_block, owner or name),
        security_groups=groups or ((default,) if default else ()),
        region=region,
        public=public,
    )


# Tasks and other targets ----------------------------------------------------------------------------------------------


def put(address: str, place: Place) -> None:
    """Record where in a VPC the task is that listens on this loopback address."""
    _targets[address] = place


def remove(address: str) -> None:
    _targets.pop(address, None)


def at(address: str, vpc: str) -> Place:
    """Where the target with this address is. An unknown one is in no subnet and no group, so nothing reaches it."""
    return _targets.get(address) or Place(f"target {address}", vpc, "", address, (), "")


def tasks() -> list[Place]:
    """All that run, or are starting."""
    return list(_targets.values())


def task(task_id: str) -> Place | None:
    return next((place for place in tasks() if place.name.split()[1] == task_id), None)


# What stands in a VPC -------------------------------------------------------------------------------------------------


def balancer(found: Any) -> Places:
    """A node in each subnet of moto's load balancer."""
    region = found.arn.split(":")[3]
    groups = tuple(found.security_groups or ())
    return tuple(
        interface(
            region,
            f"load balancer {found.name}",
            subnet.id,
            groups,
            owner=found.arn,
            public=found.scheme == "internet-facing",
        )
        for subnet in list(found.subnets)
    )


def balancers(arns: Iterable[str]) -> Places:
    """The nodes of all of these."""
    places: list[Place] = []
    for arn in arns:
        found = moto_state.unlocked(elbv2_backends, arn.split(":")[3]).load_balancers.get(arn)
        places += balancer(found) if found is not None else ()
    return tuple(places)


def link(region: str, link_id: str) -> Places:
    """An interface in each subnet of a VPC link; none where there is no such link."""
    found = moto_state.unlocked(apigatewayv2_backends, region).vpc_links.get(link_id)
    if found is None:
        return ()
    places = []
    for subnet_id in found.subnet_ids:
        subnet = moto_state.subnet(region, subnet_id)
        address = addresses.of_link(subnet.cidr_block) if subnet else None
        name = f"VPC link {found.name}"
        places.append(interface(region, name, subnet_id, tuple(found.sg_ids or ()), address=address))
    return tuple(places)


def idleness(region: str, link_id: str) -> Idleness:
    """Of a VPC link that is there."""
    found: Idleness = moto_state.unlocked(apigatewayv2_backends, region).vpc_links[link_id].__dict__["idleness"]
    return found


def function(region: str, name: str, network: Mapping[str, Any] | None) -> Places:
    """Lambda's interfaces for a function, one in each subnet of its ``VpcConfig``; none outside a VPC. Functions with
    the same subnet and groups share one
    (https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html)."""
    network = network or {}
    groups = tuple(network.get("SecurityGroupIds") or ())
    return tuple(
        interface(region, f"function {name}", subnet, groups, owner=f"lambda {sorted(groups)}")
        for subnet in network.get("SubnetIds") or ()
    )


# Servers of other programs --------------------------------------------------------------------------------------------


def serve(place: Place) -> None:
    """A server is there, by its place's name."""
    _servers[place.name] = place


def servers() -> dict[str, Place]:
    return dict(_servers)


# Clients of the forward proxy -----------------------------------------------------------------------------------------


def admit(place: Place) -> str:
    """The user name and password (``ID:SECRET``) by which the forward proxy knows a client at this place."""
    proof = f"{secrets.token_hex(8)}:{secrets.token_urlsafe(16)}"
    _clients[proof] = place
    return proof


def dismiss(proof: str | None) -> None:
    """The client has ended."""
    if proof is not None:
        _clients.pop(proof, None)


def client(proof: str) -> Place | None:
    """Where the client with this user name and password is."""
    return _clients.get(proof)
