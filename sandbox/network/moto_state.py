"""The VPCs of this moment, as moto has them.

Read without the lock, as the data plane reads: a request in flight must not wait for it. Each value is taken at once,
and after each change of EC2's state `changed` is called, so that what was read meanwhile is read again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.ec2.models import ec2_backends

from sandbox.network import addresses
from sandbox.network.model import Endpoint, NatGateway, Route, Rule, Subnet, World
from sandbox.state import ACCOUNT

_PUBLIC_LISTS = (".s3", ".dynamodb")
"""AWS's prefix lists that gateway endpoints have."""

_version = 0


def changed() -> None:
    """EC2's state is another one from now on. Called with the lock held."""
    global _version
    _version += 1


def version() -> int:
    """What was read is still so while this is the same."""
    return _version


def unlocked(backends: Any, region: str) -> Any:
    """A service's part of moto's state. Looked up as moto does it, each look takes a lock that all API calls share: a
    thread that has it and waits for the interpreter would hold up every request of the data plane."""
    found = dict.get(dict.get(backends, ACCOUNT, {}), region)
    return backends[ACCOUNT][region] if found is None else found


def world(region: str, vpc: str) -> World:
    """One VPC, with all that concerns its packets; an empty world where there is no such VPC."""
    backend = unlocked(ec2_backends, region)
    own = backend.vpcs.get(vpc)
    if own is None:
        return World()
    subnets = dict(_subnets(backend, vpc))
    routes, rules = tuple(_routes(backend, vpc)), tuple(_rules(backend, vpc))
    return World(
        vpcs={vpc: own.cidr_block},
        dns_support=(vpc,) if _is_on(own.enable_dns_support) else (),
        dns_hostnames=(vpc,) if _is_on(own.enable_dns_hostnames) else (),
        subnets=subnets,
        routes=routes,
        internet_gateways={
            gateway.id: vpc for gateway in list(backend.internet_gateways.values()) if _is_attached(gateway, vpc)
        },
        nat_gateways=dict(_nat_gateways(backend, vpc)),
        endpoints=tuple(_endpoints(backend, vpc, subnets)),
        rules=rules,
        groups=dict.fromkeys(list(backend.groups.get(vpc, ())), vpc),
        names=_names(backend, {vpc, *backend.groups.get(vpc, ()), *(route.table for route in routes)}),
        prefix_lists=_prefix_lists(backend, rules, routes),
    )


def _names(backend: Any, ids: set[str]) -> dict[str, str]:
    return {one: tags["Name"] for one, tags in list(backend.tags.items()) if one in ids and "Name" in tags}


def subnet(region: str, subnet_id: str) -> Any:
    """moto's own; None where it is gone."""
    for zone in list(unlocked(ec2_backends, region).subnets.values()):
        found = zone.get(subnet_id)
        if found is not None:
            return found
    return None


def zone(region: str, subnet_id: str) -> str | None:
    """The availability zone of a subnet; None where it is gone."""
    found = subnet(region, subnet_id)
    return None if found is None else str(found.availability_zone)


def zones() -> set[str]:
    """Those that have a subnet, in any region."""
    backends = list(ec2_backends[ACCOUNT].values())
    return {zone for backend in backends for zone, subnets in list(backend.subnets.items()) if subnets}


def default_group(region: str, vpc: str) -> str | None:
    """What an interface is in that is made without a group."""
    for group in list(unlocked(ec2_backends, region).groups.get(vpc, {}).values()):
        if group.name == "default":
            return str(group.id)
    return None


def _is_on(value: Any) -> bool:
    """moto keeps what a client sent: True, or ``true``."""
    return str(value).lower() == "true"


def _is_attached(gateway: Any, vpc: str) -> bool:
    return gateway.vpc is not None and gateway.vpc.id == vpc


def _subnets(backend: Any, vpc: str) -> Iterator[tuple[str, Subnet]]:
    tables: dict[str, str] = {}
    main = ""
    for table in list(backend.route_tables.values()):
        if table.vpc_id == vpc:
            tables |= dict.fromkeys(list(table._associations.values()), table.id)
            main = table.id if table.main_association_id is not None else main
    for zone in list(backend.subnets.values()):
        for found in list(zone.values()):
            if found.vpc_id == vpc and found.cidr_block:
                yield found.id, Subnet(found.id, vpc, found.cidr_block, tables.get(found.id, main))


def _routes(backend: Any, vpc: str) -> Iterator[Route]:
    for table in list(backend.route_tables.values()):
        if table.vpc_id != vpc:
            continue
        for route in list(table.routes):
            destination = route.destination_cidr_block or route.destination_prefix_list_id
            if destination:  # the others are for IPv6
                target = route.gateway_id or route.nat_gateway_id or ""
                yield Route(table.id, destination, target, _is_there(backend, vpc, target))


def _is_there(backend: Any, vpc: str, target: str) -> bool:
    """moto calls every route active; AWS those whose target is there."""
    if target.startswith("nat-"):
        found = backend.nat_gateways.get(target)
        return found is not None and found.state == "available"
    if target.startswith("igw-"):
        found = backend.internet_gateways.get(target)
        return found is not None and _is_attached(found, vpc)
    if target.startswith("vpce-"):
        found = backend.vpc_end_points.get(target)
        return found is not None and found.state == "available"
    return True


def _nat_gateways(backend: Any, vpc: str) -> Iterator[tuple[str, NatGateway]]:
    for found in list(backend.nat_gateways.values()):
        if found.vpc_id == vpc and found.state != "deleted":
            public = found.connectivity_type == "public" and any(item.get("publicIp") for item in found.address_set)
            yield found.id, NatGateway(found.id, found.subnet_id, found.state == "available", public)


def _endpoints(backend: Any, vpc: str, subnets: dict[str, Subnet]) -> Iterator[Endpoint]:
    for found in list(backend.vpc_end_points.values()):
        if found.vpc_id != vpc or found.state == "deleted":
            continue
        if (found.vpc_endpoint_type or "Gateway").lower() == "gateway":
            tables = tuple(found.route_table_ids or ())
            yield Endpoint(found.id, vpc, found.service_name, "Gateway", False, (), route_tables=tables)
            continue
        own = tuple(item for item in found.subnet_ids or () if item in subnets)
        groups = tuple(found.security_group_ids) or _default(backend, vpc)
        yield Endpoint(
            id=found.id,
            vpc=vpc,
            service=found.service_name,
            kind="Interface",
            private_dns=_is_on(found.private_dns_enabled),
            subnets=own,
            addresses=tuple(addresses.of(item, subnets[item].cidr, found.id) for item in own),
            groups=groups,
            available=found.state == "available",
        )


def _default(backend: Any, vpc: str) -> tuple[str, ...]:
    found = default_group(backend.region_name, vpc)
    return () if found is None else (found,)


def _rules(backend: Any, vpc: str) -> Iterator[Rule]:
    for group in list(backend.groups.get(vpc, {}).values()):
        for rule in list(group.ingress_rules):
            yield _rule(group.id, "ingress", rule)
        for rule in list(group.egress_rules):
            yield _rule(group.id, "egress", rule)


def _rule(group: str, direction: Any, rule: Any) -> Rule:
    ports = rule.from_port is not None and rule.to_port is not None
    return Rule(
        id=rule.id,
        group=group,
        direction=direction,
        protocol=str(rule.ip_protocol),
        from_port=int(rule.from_port) if ports else 0,
        to_port=int(rule.to_port) if ports else 65535,
        cidr=rule.cidr_ipv4 or rule.cidr_ipv6,
        other_group=(rule.source_group or {}).get("GroupId"),
        prefix_list=rule.prefix_list_id,
    )


def _prefix_lists(backend: Any, rules: tuple[Rule, ...], routes: tuple[Route, ...]) -> dict[str, tuple[str, ...]]:
    named = {rule.prefix_list for rule in rules} | {route.destination for route in routes}
    found = {}
    for item in list(backend.managed_prefix_lists.values()):
        aws = item.owner_id == "AWS" and item.prefix_list_name.endswith(_PUBLIC_LISTS)
        if item.id in named or aws:
            blocks = tuple(entry["Cidr"] for entry in list(item.entries.values())[-1])
            found[item.id] = blocks
            if aws:
                found[item.prefix_list_name] = blocks
    return found
