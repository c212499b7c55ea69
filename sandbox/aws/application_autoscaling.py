"""Application Auto Scaling: tags of scalable targets, their role, and a suspended state that is always there."""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling import responses
from moto.applicationautoscaling.models import FakeScalableTarget
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Response

from sandbox.aws.patch import adds, replaces
from sandbox.state import ACCOUNT

_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}

_ECS_ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_ECSService"
)


def _tags(target: FakeScalableTarget) -> dict[str, str]:
    tags: dict[str, str] = target.__dict__.setdefault("tags", {})
    return tags


def _target(self: Response) -> FakeScalableTarget:
    arn = self._get_param("ResourceARN")
    # That there is one is a rule of `sandbox.aws.rules`.
    return next(
        target
        for targets in self.applicationautoscaling_backend.targets.values()
        for target in targets.values()
        if target.arn == arn
    )


@replaces(Response)
def register_scalable_target(self: Response) -> str:
    """moto drops the tags, so Terraform's default_tags would be a difference for ever."""
    answer = json.loads(register_scalable_target.moto(self))
    for targets in self.applicationautoscaling_backend.targets.values():
        for target in targets.values():
            if target.arn == answer["ScalableTargetARN"] and self._get_param("Tags"):
                _tags(target).update(self._get_param("Tags"))
    return json.dumps(answer)


@adds(Response)
def list_tags_for_resource(self: Response) -> str:
    return json.dumps({"Tags": _tags(_target(self))})


@adds(Response)
def tag_resource(self: Response) -> str:
    _tags(_target(self)).update(self._get_param("Tags"))
    return "{}"


@adds(Response)
def untag_resource(self: Response) -> str:
    for key in self._get_param("TagKeys"):
        _tags(_target(self)).pop(key, None)
    return "{}"


@replaces(FakeScalableTarget)
def update(self: FakeScalableTarget, min_capacity: int | None, max_capacity: int | None, suspended_state: Any) -> None:
    """A part of the suspended state changes that part."""
    update.moto(self, min_capacity, max_capacity, {**(self.suspended_state or {}), **(suspended_state or {})})


@replaces(responses)
def _build_target(target: FakeScalableTarget) -> dict[str, Any]:
    """ecspresso panics on every command when one of the three is absent. A given role is not used for ECS."""
    found = {**_build_target.moto(target), "SuspendedState": {**_SUSPENDED, **(target.suspended_state or {})}}
    if target.service_namespace == "ecs":
        found["RoleARN"] = _ECS_ROLE
    return found
