"""Elastic Load Balancing: attributes and health checks that there are not, load balancers where none can be."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, Request, breaks, worded
from sandbox.conformance.world import World


def _attributes(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs]


def _of_balancer(rule: str, *pairs: tuple[str, str]) -> Probe:
    return worded(
        rule,
        "ModifyLoadBalancerAttributes",
        lambda world: {"LoadBalancerArn": world.load_balancer, "Attributes": _attributes(*pairs)},
    )


def _of_group(rule: str, *pairs: tuple[str, str]) -> Probe:
    return worded(
        rule,
        "ModifyTargetGroupAttributes",
        lambda world: {"TargetGroupArn": world.unused_target_group, "Attributes": _attributes(*pairs)},
    )


def _group(**changes: Any) -> Request:
    """CreateTargetGroup."""
    return lambda world: world.target_group_settings(f"{world.name}-x") | changes


def _balancer(world: World, group: str) -> dict[str, Any]:
    """CreateLoadBalancer, with this security group."""
    return world.load_balancer_settings(f"{world.name}-x") | {"SecurityGroups": [group]}


PROBES: list[Probe] = [
    # Load balancers
    _of_balancer("load_balancer_attribute_is_unknown", ("routing.http.idle", "1")),
    _of_balancer(
        "load_balancer_attribute_is_given_twice",
        ("idle_timeout.timeout_seconds", "60"),
        ("idle_timeout.timeout_seconds", "61"),
    ),
    _of_balancer("load_balancer_attribute_is_not_boolean", ("routing.http2.enabled", "yes")),
    _of_balancer("idle_timeout_is_out_of_range", ("idle_timeout.timeout_seconds", "0")),
    _of_balancer("client_keep_alive_is_out_of_range", ("client_keep_alive.seconds", "59")),
    breaks(
        "desync_mode_is_unknown",
        "ModifyLoadBalancerAttributes",
        lambda world: {
            "LoadBalancerArn": world.load_balancer,
            "Attributes": _attributes(("routing.http.desync_mitigation_mode", "strict")),
        },
        message="'strict' must be one of [",
    ),
    _of_balancer("forwarded_for_mode_is_unknown", ("routing.http.xff_header_processing.mode", "drop")),
    _of_balancer("cross_zone_is_switched_off", ("load_balancing.cross_zone.enabled", "false")),
    _of_balancer("access_logs_have_no_bucket", ("access_logs.s3.enabled", "true")),
    worded(
        "public_load_balancer_has_no_gateway",
        "CreateLoadBalancer",
        lambda world: {
            "Name": f"{world.name}-x",
            "Subnets": world.other_subnets,
            "SecurityGroups": [world.other_security_group],
            "Scheme": "internet-facing",
        },
    ),
    breaks(
        "load_balancers_group_is_gone",
        "CreateLoadBalancer",
        lambda world: _balancer(world, "sg-0123456789abcdef0"),
        message="does not exist",
    ),
    worded(
        "load_balancers_group_is_of_another_vpc",
        "CreateLoadBalancer",
        lambda world: _balancer(world, world.other_security_group),
    ),
    worded(
        "load_balancer_is_protected",
        "DeleteLoadBalancer",
        lambda world: {"LoadBalancerArn": world.protected_load_balancer},
    ),
    # Target groups
    _of_group("target_group_attribute_is_unknown", ("stickiness.duration_seconds", "1")),
    _of_group(
        "target_group_attribute_is_given_twice", ("stickiness.enabled", "false"), ("stickiness.enabled", "false")
    ),
    _of_group("target_group_attribute_is_not_boolean", ("stickiness.enabled", "1")),
    _of_group("algorithm_is_unknown", ("load_balancing.algorithm.type", "random")),
    _of_group("slow_start_is_out_of_range", ("slow_start.duration_seconds", "29")),
    _of_group("stickiness_lb_cookie_is_out_of_range", ("stickiness.lb_cookie.duration_seconds", "0")),
    worded(
        "health_check_outlasts_its_interval",
        "ModifyTargetGroup",
        lambda world: {
            "TargetGroupArn": world.unused_target_group,
            "HealthCheckIntervalSeconds": 10,
            "HealthCheckTimeoutSeconds": 10,
        },
    ),
    worded("health_check_port_is_none", "CreateTargetGroup", _group(HealthCheckPort="http")),
    worded("health_check_is_off", "CreateTargetGroup", _group(HealthCheckEnabled=False)),
    worded("protocol_version_is_unknown", "CreateTargetGroup", _group(ProtocolVersion="HTTP3")),
]
