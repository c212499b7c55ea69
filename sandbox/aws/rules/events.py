"""EventBridge: schedule expressions."""

from __future__ import annotations

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
