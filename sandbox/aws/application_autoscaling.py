"""Application Auto Scaling: tags of scalable targets, their role, a suspended state that is always there, activities.

`sandbox.scaling` learns of each registration, because that brings the service within its bounds.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from moto.applicationautoscaling import responses
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeApplicationAutoscalingPolicy,
    FakeScalableTarget,
    FakeScheduledAction,
)
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Response
from moto.core.exceptions import JsonRESTError

from sandbox.access.services import AUTOSCALING_ROLE
from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import adds, replaces
from sandbox.scaling import activities, moto_state

_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


class Follower(Protocol):
    """Who scales. Both are called with `sandbox.aws.lock.LOCK` held."""

    def registered(self, region: str, resource_id: str) -> None:
        """An ECS service was registered, or registered again."""

    def settle(self, region: str) -> None:
        """Somebody wants to see activities: those that have ended are to say so."""


_follower: Follower | None = None


def connect(follower: Follower | None) -> None:
    """Who scales from now on; None when nobody does any more."""
    global _follower
    _follower = follower


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
    if _follower is not None and self._get_param("ScalableDimension") == moto_state.DIMENSION:
        _follower.registered(self.region, self._get_param("ResourceId"))
    return json.dumps(answer)


@replaces(ApplicationAutoscalingBackend)
def deregister_scalable_target(self: ApplicationAutoscalingBackend, namespace: str, r_id: str, dimension: str) -> None:
    """It "deletes the scaling policies and the scheduled actions that are associated with it"."""
    deregister_scalable_target.moto(self, namespace, r_id, dimension)

    def of_target(one: FakeApplicationAutoscalingPolicy | FakeScheduledAction) -> bool:
        return (one.service_namespace, one.resource_id, one.scalable_dimension) == (namespace, r_id, dimension)

    for policy in [policy for policy in self.policies.values() if of_target(policy)]:
        self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)
    self.scheduled_actions = [action for action in self.scheduled_actions if not of_target(action)]


@adds(Response)
def describe_scaling_activities(self: Response) -> str:
    """Those of ECS services: nothing else is scaled."""
    if self._get_param("IncludeNotScaledActivities"):
        raise NotModelled("activities that did not scale")
    if _follower is not None:
        _follower.settle(self.region)
    wanted = {
        "ServiceNamespace": self._get_param("ServiceNamespace"),
        "ResourceId": self._get_param("ResourceId"),
        "ScalableDimension": self._get_param("ScalableDimension"),
    }
    found = [
        shown
        for shown in (activity.shown() for activity in activities.of(self.region))
        if all(value in (None, shown[name]) for name, value in wanted.items())
    ]
    token = self._get_param("NextToken") or "0"
    if not token.isdecimal():
        raise JsonRESTError("InvalidNextTokenException", "The next token specified is invalid.")
    start = int(token)
    end = start + (self._get_param("MaxResults") or 50)
    page = {"ScalingActivities": found[start:end]}
    return json.dumps(page | ({"NextToken": str(end)} if end < len(found) else {}))


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
        found["RoleARN"] = AUTOSCALING_ROLE
    return found
