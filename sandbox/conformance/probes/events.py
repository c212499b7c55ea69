"""EventBridge: rules, when they fire, and their targets."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, Request, answered, breaks, refused, worded
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/eventbridge/latest/APIReference"
_RECORDED = "https://github.com/localstack/localstack/blob/main/tests/aws/services/events"
"""AWS's answers to the tests of another project."""
_SEEN = "https://github.com/terraform-aws-modules/terraform-aws-eks/issues/3553"
"""A report of a request that did not fit the model."""


def _rule(world: World, **changes: Any) -> dict[str, Any]:
    return {"Name": f"{world.name}-tried", "ScheduleExpression": "rate(3 days)", "State": "DISABLED"} | changes


def _pattern(world: World, pattern: str) -> dict[str, Any]:
    return {"Name": f"{world.name}-tried", "EventPattern": pattern, "State": "DISABLED"}


def _targets(world: World, rule: str) -> dict[str, Any]:
    return {"Rule": rule, "Targets": [{"Id": "topic", "Arn": world.topic}]}


def _rule_with_a_target(world: World) -> dict[str, Any]:
    world.account.call("events", "PutTargets", **_targets(world, world.events_rule))
    return {"Name": world.events_rule}


def _given(*changes: dict[str, Any]) -> Request:
    """PutTargets, with these changes of the topic that the rule is to tell: one target each."""

    def request(world: World) -> dict[str, Any]:
        targets = [{"Id": "topic", "Arn": world.topic} | change for change in changes]
        return {"Rule": world.events_rule, "Targets": targets}

    return request


def _without_a_role(world: World) -> dict[str, Any]:
    task = {"TaskDefinitionArn": world.task_definition}
    cluster = {"Id": "task", "Arn": world.arn("ecs", f"cluster/{world.cluster}"), "EcsParameters": task}
    return {"Rule": world.events_rule, "Targets": [cluster]}


PROBES: list[Probe] = [
    answered(
        "events",
        "PutRule",
        "a rule that is put again is the same rule",
        lambda world: _rule(world, Name=world.events_rule),
        {"RuleArn": lambda world: world.arn("events", f"rule/{world.name}")},
        f"{_API}/API_PutRule.html",
    ),
    answered(
        "events",
        "DescribeRule",
        "a rule is on the default bus, with its schedule and state",
        lambda world: {"Name": world.events_rule},
        {
            "Arn": lambda world: world.arn("events", f"rule/{world.name}"),
            "EventBusName": "default",
            "ScheduleExpression": "rate(3 days)",
            "State": "DISABLED",
        },
        f"{_API}/API_DescribeRule.html",
    ),
    refused(
        "events",
        "DescribeRule",
        "a rule that is not there is not described",
        lambda world: {"Name": world.missing},
        "ResourceNotFoundException",
        f"{_RECORDED}/test_events.snapshot.json",
    ),
    refused(
        "events",
        "PutRule",
        "a rule's name has 64 characters at most",
        lambda world: _rule(world, Name=world.name.ljust(65, "x")),
        "ValidationException",
        _SEEN,
    ),
    refused(
        "events",
        "PutRule",
        "a rule's name has no space",
        lambda world: _rule(world, Name=f"{world.name} tried"),
        "ValidationException",
        _SEEN,
    ),
    refused(
        "events",
        "PutRule",
        "a rule has a schedule or a pattern",
        lambda world: {"Name": f"{world.name}-tried"},
        "ValidationException",
        f"{_API}/API_PutRule.html",
    ),
    worded("rules_role_does_not_trust_events", "PutRule", lambda world: _rule(world, RoleArn=world.execution_role)),
    breaks(
        "schedule_is_no_expression",
        "PutRule",
        lambda world: _rule(world, ScheduleExpression="rate(1 days)"),
        case="one of many",
    ),
    breaks(
        "schedule_is_no_expression",
        "PutRule",
        lambda world: _rule(world, ScheduleExpression="cron(0 1 * * * *)"),
        case="every day twice",
    ),
    refused(
        "events",
        "PutRule",
        "a schedule is a rate or a cron expression",
        lambda world: _rule(world, ScheduleExpression="daily"),
        "ValidationException",
        f"{_RECORDED}/test_events_schedule.snapshot.json",
    ),
    refused(
        "events",
        "PutRule",
        "an event pattern is JSON",
        lambda world: _pattern(world, "everything"),
        "InvalidEventPatternException",
        f"{_RECORDED}/test_events_patterns.snapshot.json",
    ),
    refused(
        "events",
        "PutRule",
        "an event pattern has lists of values",
        lambda world: _pattern(world, '{"source": "aws.codedeploy"}'),
        "InvalidEventPatternException",
        f"{_RECORDED}/test_events_patterns.snapshot.json",
    ),
    refused(
        "events",
        "PutTargets",
        "a rule that is not there has no targets",
        lambda world: _targets(world, world.missing),
        "ResourceNotFoundException",
        f"{_API}/API_PutTargets.html",
    ),
    refused(
        "events",
        "PutTargets",
        "a target's id has letters, digits and three signs",
        lambda world: {"Rule": world.events_rule, "Targets": [{"Id": "!", "Arn": world.topic}]},
        "ValidationException",
        f"{_RECORDED}/test_events.snapshot.json",
    ),
    refused(
        "events",
        "ListTargetsByRule",
        "the targets of a rule that is not there are not listed",
        lambda world: {"Rule": world.missing},
        "ResourceNotFoundException",
        f"{_API}/API_ListTargetsByRule.html",
    ),
    refused(
        "events",
        "ListTagsForResource",
        "a rule that is not there has no tags",
        lambda world: {"ResourceARN": world.arn("events", f"rule/{world.missing}")},
        "ResourceNotFoundException",
        f"{_RECORDED}/test_events_tags.snapshot.json",
    ),
    refused(
        "events",
        "DeleteRule",
        "a rule with targets is not deleted",
        _rule_with_a_target,
        "ValidationException",
        f"{_RECORDED}/test_events.snapshot.json",
    ),
    worded("pattern_is_empty", "PutRule", lambda world: _pattern(world, "{}")),
    worded("target_id_is_given_twice", "PutTargets", _given({}, {})),
    worded("target_has_two_inputs", "PutTargets", _given({"Input": "{}", "InputPath": "$.detail"})),
    worded("targets_input_is_no_json", "PutTargets", _given({"Input": "hello"})),
    worded("target_has_no_role", "PutTargets", _without_a_role),
]
