"""Elastic Load Balancing: ports and names in use, zones, limits, and what is returned when it is asked for twice."""

from __future__ import annotations

from sandbox.conformance.probe import Probe, answered, breaks
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference"


def _named(world: World, suffix: str) -> str:
    return f"{world.name}-{suffix}"


PROBES: list[Probe] = [
    breaks(
        "port_has_a_listener",
        "CreateListener",
        lambda world: world.listener_settings(80, world.green) | {"Port": world.production_listener and 80},
    ),
    answered(
        "elbv2",
        "CreateListener",
        "a listener asked for again is the one that is there",
        lambda world: (world.production_listener, world.listener_settings(80, world.blue))[1],
        {"Listeners[0].ListenerArn": lambda world: world.production_listener},
        f"{_API}/API_CreateListener.html",
    ),
    breaks(
        "load_balancer_name_is_too_long",
        "CreateLoadBalancer",
        lambda world: world.load_balancer_settings(f"{world.name}{'x' * 33}"[:33]),
    ),
]
