"""EventBridge: schedule expressions, what a rule matches, and what its targets are given."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from moto.events.models import events_backends

from sandbox.access import trust
from sandbox.aws.model.request import Call
from sandbox.aws.rules.iam import documents
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.eventbridge.expression import InvalidExpressionError, parse
from sandbox.state import ACCOUNT

_INPUTS = ("Input", "InputPath", "InputTransformer")
_WITH_A_ROLE = {
    *("firehose", "ecs", "batch", "states", "ssm", "ssm-incidents", "events", "redshift", "sagemaker"),
    *("inspector", "codebuild", "codepipeline", "glue"),
}
"""Services that were tried; Kinesis has words of its own."""

_targets = partial(rule, "events", "PutTargets", code="ValidationException", coded=False)


@rule(
    "events",
    "PutRule",
    code="ValidationException",
    source="https://github.com/buildkite/buildkite-agent-scaler/pull/100",
    says="A schedule is rate(1 minute), rate(2 minutes) or six cron fields; units agree with the number.",
    quote="Parameter ScheduleExpression is not valid.",
)
def schedule_is_no_expression(call: Call) -> str | None:
    expression = call.params.get("ScheduleExpression")
    try:
        if expression:
            parse(expression)
    except InvalidExpressionError:
        return "Parameter ScheduleExpression is not valid."
    return None


@rule(
    "events",
    "PutRule",
    code="ValidationException",
    source=tried("events/pf-events-pattern-empty"),
    says="A pattern that is empty is none.",
    quote="Parameter(s) EventPattern or ScheduleExpression must be specified.",
    coded=False,
)
def pattern_is_empty(call: Call) -> bool:
    return not call.params.get("ScheduleExpression") and documents.parsed(call.params.get("EventPattern", "")) == {}


def _given(call: Call) -> list[dict[str, Any]]:
    targets: list[dict[str, Any]] = call.params["Targets"]
    return targets


@_targets(
    source=tried("events/pf-events-target-id-duplicate"),
    says="Targets have ids of their own.",
    quote="Parameter targets is not valid. Reason: More than one target with Id '",
)
def target_id_is_given_twice(call: Call) -> str | None:
    for name, count in Counter(target["Id"] for target in _given(call)).items():
        if count > 1:
            return f"Parameter targets is not valid. Reason: More than one target with Id '{name}' is provided."
    return None


@_targets(
    source=tried("events/pf-events-target-input-exclusive"),
    says="A target is given one thing.",
    quote="Only one of Input, InputPath, or InputTransformer must be provided for target",
)
def target_has_two_inputs(call: Call) -> str | None:
    for target in _given(call):
        if sum(target.get(name) is not None for name in _INPUTS) > 1:
            return f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}"
    return None


@_targets(
    source=tried("events/pf-events-target-input-json"),
    says="What a target is given is JSON.",
    quote="JSON syntax error in input for target",
)
def targets_input_is_no_json(call: Call) -> str | None:
    for target in _given(call):
        given = target.get("Input")
        # JSON's own null reads like none.
        if given and given.strip() != "null" and documents.parsed(given) is None:
            return f"JSON syntax error in input for target {target['Id']}"
    return None


@_targets(
    source=tried("events/pf-events-target-role-required"),
    says="What has no policy of its own is reached under a role.",
    quote="RoleArn is required for target",
)
def target_has_no_role(call: Call) -> str | None:
    bus = events_backends[ACCOUNT][call.region].event_buses.get(call.params.get("EventBusName") or "default")
    owner = bus.rules.get(call.params["Rule"]) if bus else None
    if owner is None or owner.role_arn:
        return None
    for target in _given(call):
        if not target.get("RoleArn") and target["Arn"].split(":")[2:3] in [[name] for name in _WITH_A_ROLE]:
            return f"RoleArn is required for target {target['Arn']}"
    return None


@rule(
    "events",
    "PutRule",
    code="ValidationException",
    source="https://github.com/Miserlou/Zappa/issues/381",
    says="EventBridge may take the rule's role. (Of a target's role no report says that it is tried.)",
    quote="cannot be assumed by principal 'events.amazonaws.com'.",
)
def rules_role_does_not_trust_events(call: Call) -> str | None:
    role = call.params.get("RoleArn")
    if not role or trust.trusts(role, "events.amazonaws.com", call.region):
        return None
    return f"Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."


@rule(
    "events",
    *("PutRule", "CreateArchive", "UpdateArchive", "TestEventPattern"),
    code="InvalidEventPatternException",
    source="https://github.com/buildkite/docs/pull/896",
    says="An event pattern is a JSON object.",
    quote="Event pattern is not valid. Reason:",
)
def pattern_is_no_object(call: Call) -> str | None:
    pattern = call.params.get("EventPattern")
    # moto has words for what is no JSON.
    if not pattern or documents.parsed(pattern) is None or isinstance(documents.parsed(pattern), dict):
        return None
    return "Event pattern is not valid. Reason: Filter is not an object"
