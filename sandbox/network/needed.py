"""What each rule, route and endpoint is good for: recorded connections are asked for again with it taken away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.network import replay
from sandbox.network.model import AwsApi, Path, Rule, World
from sandbox.network.reach import way


@dataclass(frozen=True)
class Piece:
    """Something that somebody put into a VPC, by the names that people gave."""

    kind: str
    """``rule``, ``route`` or ``endpoint``."""

    owner: str
    """The security group, the route table or the VPC that it is in."""

    text: str
    """``tcp 80 to sandbox-load-balancer``"""


def needed(networks: Mapping[str, Mapping[str, Any]], connections: list[dict[str, Any]], vpc: str) -> dict[Piece, bool]:
    """Each piece that a VPC of this name has ever had, and whether any recorded connection needed it.

    The arguments are the ledger's.
    """
    asked: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for connection in connections:
        if connection["open"]:
            asked[connection["network"]].append(connection)
    judged: dict[Piece, bool] = {}
    for name, data in networks.items():
        world = replay.from_data(data)
        if vpc not in (world.names.get(one) for one in world.vpcs):
            continue
        for piece, gone in _pieces(world):
            judged[piece] = judged.get(piece, False) or _closes(world, gone, asked[name])
    return judged


def _closes(world: World, gone: str, asked: list[dict[str, Any]]) -> bool:
    without = replay.without(world, gone)
    return any(not isinstance(_again(without, one), Path) for one in asked if gone in one["by"])


def _again(world: World, connection: Mapping[str, Any]) -> Any:
    source, target = (replay.end_from_data(connection[end]) for end in ("source", "target"))
    assert not isinstance(source, AwsApi), "nothing of AWS's begins a connection into a VPC"
    return way(world, source, target, connection["port"])


def _pieces(world: World) -> Iterator[tuple[Piece, str]]:
    """With the id of each. What AWS puts into every VPC by itself is nobody's choice."""
    for rule in world.rules:
        if rule.group in world.names:  # the default group of a VPC has no name
            yield Piece("rule", _named(world, rule.group), _rule(world, rule)), rule.id
    for route in world.routes:
        if route.target != "local" and not route.target.startswith("vpce-"):
            kind = route.target.partition("-")[0]
            yield Piece("route", _named(world, route.table), f"{route.destination} to {kind}"), route.id
    for endpoint in world.endpoints:
        service = endpoint.service.split(".", 3)[-1]
        yield Piece("endpoint", _named(world, endpoint.vpc), f"{endpoint.kind.lower()} {service}"), endpoint.id


def _named(world: World, id: str) -> str:
    return world.names.get(id, id)


def _rule(world: World, rule: Rule) -> str:
    towards = "to" if rule.direction == "egress" else "from"
    other = _named(world, rule.other_group) if rule.other_group else rule.cidr or rule.prefix_list
    ports = str(rule.from_port) if rule.from_port == rule.to_port else f"{rule.from_port}-{rule.to_port}"
    return f"{rule.protocol} {ports} {towards} {other}"
