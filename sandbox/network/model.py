"""A VPC as far as packets are concerned. No behaviour, no moto."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Rule:
    """One rule of a security group, in one direction, with one other side."""

    id: str
    group: str
    direction: Literal["ingress", "egress"]
    protocol: str
    """``tcp``, ``-1`` for all …"""

    from_port: int
    to_port: int
    cidr: str | None = None
    other_group: str | None = None
    prefix_list: str | None = None


@dataclass(frozen=True)
class Route:
    table: str
    destination: str
    """An address block, or the id of a prefix list."""

    target: str
    """``local``, ``igw-…``, ``nat-…``, ``vpce-…``; empty where it leads elsewhere, which is not modelled."""

    active: bool = True
    """Whether its target is there; otherwise it is a black hole."""

    @property
    def id(self) -> str:
        """AWS gives routes no id of their own."""
        return f"{self.table}:{self.destination}"


@dataclass(frozen=True)
class Subnet:
    id: str
    vpc: str
    cidr: str
    route_table: str


@dataclass(frozen=True)
class NatGateway:
    id: str
    subnet: str
    available: bool
    public: bool = True


@dataclass(frozen=True)
class Endpoint:
    id: str
    vpc: str
    service: str
    """``com.amazonaws.us-east-1.codedeploy``"""

    kind: Literal["Interface", "Gateway"]
    private_dns: bool
    subnets: tuple[str, ...]
    addresses: tuple[str, ...] = ()
    """Of an interface endpoint's network interfaces, one a subnet."""

    groups: tuple[str, ...] = ()
    route_tables: tuple[str, ...] = ()
    available: bool = True


@dataclass(frozen=True)
class World:
    """The VPCs that a question is about: `moto_state.world` reads one."""

    vpcs: Mapping[str, str] = field(default_factory=dict)
    """id -> address block."""

    dns_support: tuple[str, ...] = ()
    """VPCs in which names resolve at all (``enableDnsSupport``)."""

    dns_hostnames: tuple[str, ...] = ()
    """VPCs with ``enableDnsHostnames``, without which no endpoint has its private DNS."""

    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    internet_gateways: Mapping[str, str] = field(default_factory=dict)
    """id -> the VPC it is attached to."""

    nat_gateways: Mapping[str, NatGateway] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()
    rules: tuple[Rule, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    """Security group -> its VPC."""

    names: Mapping[str, str] = field(default_factory=dict)
    """Of VPCs, groups, route tables and so on: the tag ``Name`` of whatever has one."""

    prefix_lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """id, and for AWS's own the service's name as well (``com.amazonaws.us-east-1.s3``) -> its address blocks."""


@dataclass(frozen=True)
class AwsApi:
    """The public API of an AWS service in a region, by the name that endpoints have: ``codedeploy``, ``ecr.api``."""

    name: str
    region: str


@dataclass(frozen=True)
class Internet:
    """An address that is in no VPC of this account."""

    host: str


@dataclass(frozen=True)
class Path:
    """An open way: what each hop was let through by, in order: ids of rules, routes, endpoints and gateways."""

    by: tuple[str, ...]
    endpoint: str | None = None
    """The endpoint it goes through, for `aws:SourceVpce`."""


@dataclass(frozen=True)
class Blocked:
    """A closed way."""

    hop: str
    """Where: ``security group sg-… of hook of sandbox-api``."""

    missing: str
    """What would open it: ``an egress rule for tcp 443 to 10.0.0.0/16``."""
