"""Denials as AWS words them: the code and the status are the service's, the sentence is IAM's."""

from __future__ import annotations

from typing import Any

from sandbox.access.model import Decision, Need, Policies, Policy, Principal
from sandbox.aws.model.request import Call
from sandbox.aws.model.wording import Refusal


def refusal(principal: Principal, _call: Call, need: Need, decision: Decision) -> Refusal:
    """The error of this call."""
    return Refusal("AccessDeniedException", message(principal, need, decision), 400)


def unmapped(principal: Principal, service: str, action: str) -> Refusal:
    """Of a call of which nobody has said what it asks for: it says so, for it is not AWS's denial."""
    return Refusal(
        "AccessDeniedException",
        f"{principal.arn} may not call {action} of {service}: the sandbox does not know which "
        "permission it asks for, and denies it to everyone but the administrator.",
        400,
    )


def message(principal: Principal, need: Need, decision: Decision) -> str:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    who = f"User: {principal.arn}"
    return f"{who} is not authorized to perform: {need.action} on resource: {need.resource} {decision.reason}"


def as_data(policies: Policies) -> dict[str, Any]:
    """For the ledger."""

    def one(policy: Policy | None) -> Any:
        return None if policy is None else {"id": policy.id, "document": policy.document}

    return {
        "identity": [one(policy) for policy in policies.identity],
        "boundary": one(policies.boundary),
        "session": None if policies.session is None else [one(policy) for policy in policies.session],
        "resource": one(policies.resource),
        "resource_alone": policies.resource_alone,
    }
