"""What the ledger keeps of a connection, read back; and a network with a piece taken away, to ask again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sandbox.access.model import Place
from sandbox.network.model import AwsApi, Endpoint, Internet, NatGateway, Route, Rule, Subnet, World

Target = Place | AwsApi | Internet
_TARGETS: dict[str, type[Place | AwsApi | Internet]] = {"place": Place, "api": AwsApi, "internet": Internet}


def without(world: World, id: str) -> World:
    """The world without this rule, route, endpoint or gateway, as it would be had nobody made it.

    A gateway endpoint takes its routes along; routes to a gateway that is gone are black holes, as on AWS.
    """
    own = {endpoint.id for endpoint in world.endpoints if endpoint.id == id}
    routes = [
        replace(route, active=False) if route.target == id else route
        for route in world.routes
        if route.id != id and route.target not in own
    ]
    return replace(
        world,
        routes=tuple(routes),
        rules=tuple(rule for rule in world.rules if rule.id != id),
        endpoints=tuple(endpoint for endpoint in world.endpoints if endpoint.id != id),
        nat_gateways={key: value for key, value in world.nat_gateways.items() if key != id},
        internet_gateways={key: value for key, value in world.internet_gateways.items() if key != id},
    )


def as_data(world: World) -> dict[str, Any]:
    """For the ledger: what JSON can hold."""
    return asdict(world)


def from_data(data: Mapping[str, Any]) -> World:
    """What `as_data` gave, after JSON. Keys that are not of it (the ledger's own) are passed over."""
    return World(
        vpcs=dict(data["vpcs"]),
        dns_support=tuple(data["dns_support"]),
        dns_hostnames=tuple(data["dns_hostnames"]),
        subnets={key: Subnet(**value) for key, value in data["subnets"].items()},
        routes=tuple(Route(**value) for value in data["routes"]),
        internet_gateways=dict(data["internet_gateways"]),
        nat_gateways={key: NatGateway(**value) for key, value in data["nat_gateways"].items()},
        endpoints=tuple(Endpoint(**_tuples(value)) for value in data["endpoints"]),
        rules=tuple(Rule(**value) for value in data["rules"]),
        groups=dict(data["groups"]),
        names=dict(data["names"]),
        prefix_lists=_tuples(data["prefix_lists"]),
    )


def end_as_data(end: Target) -> dict[str, Any]:
    """One end of a connection, for the ledger."""
    kind = next(kind for kind, own in _TARGETS.items() if isinstance(end, own))
    return {"end": kind, **asdict(end)}


def end_from_data(data: Mapping[str, Any]) -> Target:
    """What `end_as_data` gave, after JSON."""
    fields = {key: value for key, value in data.items() if key != "end"}
    return _TARGETS[data["end"]](**_tuples(fields))


def _tuples(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list | tuple) else value for key, value in fields.items()}
