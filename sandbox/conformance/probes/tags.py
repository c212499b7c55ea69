"""Tags: keys that are AWS's own, too many of them, and keys given twice, service by service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.conformance.probe import Probe, Request, breaks
from sandbox.conformance.world import World

Tags = list[tuple[str, str]]
Form = Callable[[Tags], Any]


def _mapping(tags: Tags) -> dict[str, str]:
    return dict(tags)


def _pairs(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags]


def _small_pairs(tags: Tags) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags]


def _role(world: World) -> dict[str, Any]:
    assert world.execution_role
    return {"RoleName": f"{world.name}-tasks"}


def _scalable_target(world: World) -> dict[str, Any]:
    settings = {"ServiceNamespace": "ecs", "ResourceIds": [world.scalable_target]}
    found = world.account.read("application-autoscaling", "DescribeScalableTargets", **settings)
    return {"ResourceARN": found["ScalableTargets"][0]["ScalableTargetARN"]}


_THINGS: dict[str, tuple[str, Request, str, Form]] = {
    # service -> operation that tags, the thing, member and form of the tags
    "apigatewayv2": (
        "TagResource",
        lambda world: {"ResourceArn": f"arn:aws:apigateway:{world.account.region}::/apis/{world.api}"},
        "Tags",
        _mapping,
    ),
    "application-autoscaling": ("TagResource", _scalable_target, "Tags", _mapping),
    "cloudwatch": (
        "TagResource",
        lambda world: {"ResourceARN": world.arn("cloudwatch", f"alarm:{world.alarm}")},
        "Tags",
        _pairs,
    ),
    "codedeploy": (
        "TagResource",
        lambda world: {"ResourceArn": world.arn("codedeploy", f"application:{world.application}")},
        "Tags",
        _pairs,
    ),
    "ecr": (
        "TagResource",
        lambda world: {"resourceArn": world.arn("ecr", f"repository/{world.repository}")},
        "tags",
        _pairs,
    ),
    "ecs": (
        "TagResource",
        lambda world: {"resourceArn": world.arn("ecs", f"cluster/{world.cluster}")},
        "tags",
        _small_pairs,
    ),
    "elbv2": ("AddTags", lambda world: {"ResourceArns": [world.unused_target_group]}, "Tags", _pairs),
    "events": (
        "TagResource",
        lambda world: {"ResourceARN": world.arn("events", f"rule/{world.events_rule}")},
        "Tags",
        _pairs,
    ),
    "iam": ("TagRole", _role, "Tags", _pairs),
    "lambda": (
        "TagResource",
        lambda world: {"Resource": world.arn("lambda", f"function:{world.function}")},
        "Tags",
        _mapping,
    ),
    "logs": (
        "TagResource",
        lambda world: {"resourceArn": world.arn("logs", f"log-group:{world.log_group}")},
        "tags",
        _mapping,
    ),
    "sns": ("CreateTopic", lambda world: {"Name": f"{world.name}-refused"}, "Tags", _pairs),
    "ssm": (
        "AddTagsToResource",
        lambda world: {"ResourceType": "Parameter", "ResourceId": world.parameter},
        "Tags",
        _pairs,
    ),
}

_RESERVED = [("aws:color", "blue")]
_TOO_MANY = [(f"key{number}", "blue") for number in range(51)]
_TWICE = [("color", "blue"), ("color", "green")]


def _breaks(service: str, what: str, tags: Tags) -> Probe:
    operation, thing, member, form = _THINGS[service]
    rule = f"{service.replace('-', '_')}_{what}"
    return breaks(rule, operation, lambda world: thing(world) | {member: form(tags)})


PROBES: list[Probe] = [
    *(_breaks(service, "tag_key_is_reserved", _RESERVED) for service in _THINGS),
    *(_breaks(service, "tags_are_too_many", _TOO_MANY) for service in ("codedeploy", "ecr", "elbv2", "lambda", "sns")),
    *(_breaks(service, "tag_key_is_given_twice", _TWICE) for service in ("elbv2", "sns")),
]
