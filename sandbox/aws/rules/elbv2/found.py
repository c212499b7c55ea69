"""What is there, and how it compares with what is asked for."""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import ELBv2Backend, elbv2_backends

from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT


def backend_of(call: Call) -> ELBv2Backend:
    return elbv2_backends[ACCOUNT][call.region]


def texts(value: Any) -> Any:
    """The value in one form: as it was sent, or as moto keeps it."""
    if isinstance(value, dict):
        return {key: texts(item) for key, item in value.items() if item is not None}
    return [texts(item) for item in value] if isinstance(value, list) else str(value)


def actions_of(call: Call) -> list[dict[str, Any]]:
    """What a listener or a rule is to do."""
    return [*(call.params.get("DefaultActions") or []), *(call.params.get("Actions") or [])]


def targets_of(action: dict[str, Any]) -> dict[str, str]:
    """Target group ARN -> weight."""
    pairs = (action.get("ForwardConfig") or {}).get("TargetGroups") or []
    if not pairs and action.get("TargetGroupArn"):
        return {action["TargetGroupArn"]: "1"}
    return {pair["TargetGroupArn"]: str(pair.get("Weight", 1)) for pair in pairs}
