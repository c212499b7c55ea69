"""ARNs of what a call names."""

from __future__ import annotations

from sandbox.access.model import Need
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT


def arn(call: Call, service: str, rest: str) -> str:
    """``arn:aws:SERVICE:REGION:ACCOUNT:REST`` in the call's region."""
    return f"arn:aws:{service}:{call.region}:{ACCOUNT}:{rest}"


def passed(role: str | None, to: str) -> list[Need]:
    """What a call that hands a role to a service (``ecs-tasks.amazonaws.com``) asks for beside itself; nothing without
    a role. AWS wants the role's ARN; a bare name is taken for one without a path."""
    if not role:
        return []
    whole = role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role}"
    return [Need("iam:PassRole", whole, keys={"iam:PassedToService": (to,)}, resource_tags={})]
