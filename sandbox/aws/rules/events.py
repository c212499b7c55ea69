"""EventBridge: schedule expressions, and event patterns."""

from __future__ import annotations

import json

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.eventbridge.expression import InvalidExpressionError, parse


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
    *("PutRule", "CreateArchive", "UpdateArchive", "TestEventPattern"),
    code="InvalidEventPatternException",
    source="https://github.com/buildkite/docs/pull/896",
    says="An event pattern is a JSON object.",
    quote="Event pattern is not valid. Reason:",
)
def pattern_is_no_object(call: Call) -> str | None:
    pattern = call.params.get("EventPattern")
    try:
        if not pattern or isinstance(json.loads(pattern), dict):
            return None
    except ValueError:
        # moto has words for what is wrong with it.
        return None
    return "Event pattern is not valid. Reason: Filter is not an object"
