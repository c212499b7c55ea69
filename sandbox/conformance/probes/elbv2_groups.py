"""Elastic Load Balancing's target groups: names, health checks, and what they are by default."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.parts.balancing import PORT
from sandbox.conformance.probe import Probe, Request, answered, breaks, refused
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference"
_CLI = "https://docs.aws.amazon.com/cli/latest/reference/elbv2"
_EXAMPLE = f"{_CLI}/create-target-group.html"


def _group(suffix: str, **changes: Any) -> Request:
    """CreateTargetGroup."""
    return lambda world: world.target_group_settings(f"{world.name}{suffix}") | changes


def _plain_group(world: World) -> dict[str, Any]:
    return world.plain_target_group_settings(f"{world.name}-plain")


def _tagged(world: World) -> dict[str, Any]:
    world.account.call(
        "elbv2", "AddTags", ResourceArns=[world.unused_target_group], Tags=[{"Key": "color", "Value": "blue"}]
    )
    return {"ResourceArns": [world.unused_target_group]}


def _attribute(key: str) -> str:
    return f"Attributes[?Key=='{key}'].Value | [0]"


PROBES: list[Probe] = [
    breaks(
        "matcher_is_out_of_range", "CreateTargetGroup", _group("-x", Matcher={"HttpCode": "200-599"}), "a new group"
    ),
    breaks(
        "matcher_is_out_of_range",
        "ModifyTargetGroup",
        lambda world: {"TargetGroupArn": world.unused_target_group, "Matcher": {"HttpCode": "200-599"}},
        "a changed group",
    ),
    breaks(
        "target_group_name_is_taken",
        "CreateTargetGroup",
        lambda world: (world.blue, _group("-blue", Port=PORT + 1)(world))[1],
    ),
    answered(
        "elbv2",
        "CreateTargetGroup",
        "a target group asked for again is the one that is there",
        lambda world: (world.blue, _group("-blue")(world))[1],
        {"TargetGroups[0].TargetGroupArn": lambda world: world.blue},
        f"{_API}/API_CreateTargetGroup.html",
    ),
    answered(
        "elbv2",
        "CreateTargetGroup",
        "a target group's health checks have these defaults",
        _plain_group,
        {
            "TargetGroups[0].[HealthCheckProtocol, HealthCheckPort, HealthCheckPath]": ["HTTP", "traffic-port", "/"],
            "TargetGroups[0].[HealthyThresholdCount, UnhealthyThresholdCount]": [5, 2],
            "TargetGroups[0].HealthCheckIntervalSeconds": 30,
            "TargetGroups[0].HealthCheckEnabled": True,
            "TargetGroups[0].Matcher": {"HttpCode": "200"},
        },
        _EXAMPLE,
    ),
    answered(
        "elbv2",
        "CreateTargetGroup",
        "a target group speaks HTTP/1.1 to IPv4 addresses",
        _plain_group,
        {"TargetGroups[0].[ProtocolVersion, IpAddressType]": ["HTTP1", "ipv4"]},
        _EXAMPLE,
    ),
    answered(
        "elbv2",
        "DescribeTargetGroupAttributes",
        "a target group's attributes have these defaults",
        lambda world: {"TargetGroupArn": world.unused_target_group},
        {
            _attribute("stickiness.enabled"): "false",
            _attribute("stickiness.lb_cookie.duration_seconds"): "86400",
            _attribute("slow_start.duration_seconds"): "0",
            _attribute("load_balancing.algorithm.type"): "round_robin",
        },
        f"{_API}/API_TargetGroupAttribute.html",
    ),
    answered(
        "elbv2",
        "DescribeTargetGroupAttributes",
        "a target group would stick by the load balancer's cookie",
        lambda world: {"TargetGroupArn": world.unused_target_group},
        {_attribute("stickiness.type"): "lb_cookie"},
        f"{_CLI}/describe-target-group-attributes.html",
    ),
    refused(
        "elbv2",
        "CreateTargetGroup",
        "a target group's name has 32 characters",
        lambda world: world.target_group_settings(f"{world.name}{'x' * 33}"[:33]),
        "ValidationError",
        "https://github.com/kubernetes-sigs/cluster-api-provider-aws/issues/4947",
        message="cannot be longer than '32' characters",
    ),
    refused(
        "elbv2",
        "CreateTargetGroup",
        "health is checked every 300 seconds at least",
        _group("-x", HealthCheckIntervalSeconds=301),
        "ValidationError",
        f"{_API}/API_CreateTargetGroup.html",
    ),
    refused(
        "elbv2",
        "DeleteTargetGroup",
        "a target group stays as long as a listener forwards to it",
        lambda world: (world.production_listener, {"TargetGroupArn": world.blue})[1],
        "ResourceInUse",
        f"{_API}/API_DeleteTargetGroup.html",
    ),
    answered(
        "elbv2",
        "DescribeTargetHealth",
        "a target group without targets has none to tell of",
        lambda world: {"TargetGroupArn": world.unused_target_group},
        {"TargetHealthDescriptions": []},
        f"{_API}/API_DescribeTargetHealth.html",
    ),
    answered(
        "elbv2",
        "DeregisterTargets",
        "a target that is not there can be deregistered",
        lambda world: {"TargetGroupArn": world.unused_target_group, "Targets": [{"Id": "10.255.0.250", "Port": PORT}]},
        {},
        f"{_API}/API_DeregisterTargets.html",
    ),
    answered(
        "elbv2",
        "DescribeTags",
        "tags come back",
        _tagged,
        {"TagDescriptions[].Tags": [[{"Key": "color", "Value": "blue"}]]},
        f"{_API}/API_AddTags.html",
    ),
    refused(
        "elbv2",
        "DescribeTargetGroups",
        "a target group that is not there",
        lambda world: {"Names": [f"{world.name}-gone"]},
        "TargetGroupNotFound",
        f"{_API}/API_DescribeTargetGroups.html",
    ),
]
