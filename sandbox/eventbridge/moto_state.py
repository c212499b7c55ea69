"""EventBridge's rules and Lambda's permissions in moto. Call these with the lock held."""

from __future__ import annotations

from dataclasses import dataclass

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import lambda_backends
from moto.events.models import events_backends

from sandbox.access import evaluate
from sandbox.access.model import Policies, Policy, Principal, Request
from sandbox.state import ACCOUNT

_EVENTS = Principal("service", "events.amazonaws.com", "")


@dataclass(frozen=True)
class Target:
    """Where a rule's events go."""

    id: str
    arn: str
    input: str | None
    """What it gets instead of the event."""

    transformed: bool
    """Whether it gets a part of the event (InputPath), or a text made of it (InputTransformer)."""


def targets(region: str, rule: str) -> list[Target]:
    """None, where the rule is gone."""
    found = events_backends[ACCOUNT][region].event_buses["default"].rules.get(rule)
    return [
        Target(
            id=target["Id"],
            arn=target["Arn"],
            input=target.get("Input"),
            transformed=bool(target.get("InputPath") or target.get("InputTransformer")),
        )
        for target in (found.targets if found else ())
    ]


def refusal(function_arn: str, rule_arn: str) -> str | None:
    """Why EventBridge may not invoke the function for this rule; None when it may."""
    region = function_arn.split(":")[3]
    try:
        policy = lambda_backends[ACCOUNT][region].get_function(function_arn).policy
    except LambdaClientError as problem:
        return str(problem.message)
    values = {"aws:sourcearn": (rule_arn,), "aws:sourceaccount": (ACCOUNT,)}
    document = {"Version": "2012-10-17", "Statement": list(policy.statements) if policy else []}
    decision = evaluate.decide(
        Request("lambda:InvokeFunction", function_arn, values, principal=_EVENTS),
        Policies(resource=Policy("function policy", document)),
    )
    return None if decision.allowed else f"its policy does not let {_EVENTS.arn} invoke it for this rule"
