"""Where a service's tasks may connect to, beside AWS and the internet on port 443."""

import re
from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from environments.shown import shown
from environments.values import Settings, Text, all_of
from modules import needs


def _ports(given: int | str) -> int | str:
    _range(given)
    return given


def _range(given: int | str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,5})(?:-([0-9]{1,5}))?", str(given))
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= 65535:
        raise ValueError(f'must be a port from 1 to 65535, or a range such as "8000-8010", got {shown(given)}')
    return first, last


def _block(given: str) -> str:
    try:
        block = IPv4Network(given)
    except ValueError as error:
        raise ValueError(f"must be an IPv4 block such as 10.2.0.0/16, got {shown(given)}") from error
    if str(block) != given:
        raise ValueError(f"must be written as {block}, got {shown(given)}")
    return given


class Destination(Settings):
    """One destination. Whoever it belongs to lets the tasks' security group in there: docs/needs.md."""

    security_group: Annotated[str, Text(r"sg-[0-9a-f]{8,17}", "a security group's id, sg-…")] | None = Field(
        None, description="Such as a database's, in the same VPC or one that it is peered with"
    )
    prefix_list: Annotated[str, Text(r"pl-[0-9a-f]{8,17}", "a prefix list's id, pl-…")] | None = None
    cidr: Annotated[str, AfterValidator(_block)] | None = Field(None, description="An IPv4 block")
    port: Annotated[int | str, AfterValidator(_ports)] = Field(description='A port, or a range such as "8000-8010"')
    protocol: Literal["tcp", "udp"] = needs.Destination.protocol

    @model_validator(mode="after")
    def _one_peer(self) -> Self:
        given = [name for name in ("security_group", "prefix_list", "cidr") if getattr(self, name)]
        if len(given) != 1:
            raise ValueError(
                f"must have one of security_group, prefix_list and cidr, got {' and '.join(given) or 'none'}"
            )
        return self

    @property
    def opened(self) -> needs.Destination:
        first, last = _range(self.port)
        return needs.Destination(
            security_group=self.security_group,
            prefix_list=self.prefix_list,
            cidr=self.cidr,
            first_port=first,
            last_port=last,
            protocol=self.protocol,
        )


_AWS = needs.Destination(cidr="0.0.0.0/0", first_port=443, last_port=443)


def _each_once(given: list[Destination]) -> list[Destination]:
    opened = [_AWS, *(one.opened for one in given)]
    all_of(
        [
            f"must have each destination once, and 443 of 0.0.0.0/0 is open already; got {shown(one.peer)} twice"
            for index, one in enumerate(opened)
            if one in opened[:index]
        ]
    )
    return given


Destinations = Annotated[list[Destination], AfterValidator(_each_once)]
