"""Scaling activities, as DescribeScalingActivities shows them. Called with `sandbox.aws.lock.LOCK` held.

The words: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scaling-activities.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast
from uuid import uuid4

from moto.applicationautoscaling.models import applicationautoscaling_backends

from sandbox.scaling import moto_state
from sandbox.state import ACCOUNT


@dataclass
class Activity:
    resource_id: str
    count: int
    cause: str
    start: float
    """Seconds since the epoch, by the sandbox's clock."""

    failure: str | None = None
    """Why ECS refused it."""

    status: str = "InProgress"
    end: float | None = None
    id: str = field(default_factory=lambda: str(uuid4()))

    def shown(self) -> dict[str, Any]:
        done = f"Successfully set desired count to {self.count}. "
        message = {
            "InProgress": done + "Waiting for change to be fulfilled by ecs.",
            "Successful": done + "Change successfully fulfilled by ecs.",
            "Failed": f"Failed to set desired count to {self.count}. Reason: {self.failure}",
        }
        return {
            "ActivityId": self.id,
            "ServiceNamespace": "ecs",
            "ResourceId": self.resource_id,
            "ScalableDimension": moto_state.DIMENSION,
            "Description": f"Setting desired count to {self.count}.",
            "Cause": self.cause,
            "StartTime": self.start,
            "StatusCode": self.status,
            **({"EndTime": self.end} if self.end is not None else {}),
            **({"StatusMessage": message[self.status]} if self.status in message else {}),
        }


def of(region: str) -> list[Activity]:
    """All of a region, the newest first."""
    backend = applicationautoscaling_backends[ACCOUNT][region]
    return cast(list[Activity], backend.__dict__.setdefault("activities", []))


def begin(region: str, activity: Activity) -> None:
    """The desired count was set, or ECS refused that."""
    settle(region, activity.start)
    for other in of(region):
        if other.status == "InProgress" and other.resource_id == activity.resource_id:
            other.status, other.end = "Overridden", activity.start
    if activity.failure is not None:
        activity.status, activity.end = "Failed", activity.start
    of(region).insert(0, activity)


def settle(region: str, now: float) -> None:
    """End those whose tasks run."""
    for activity in of(region):
        if activity.status != "InProgress":
            continue
        service = moto_state.service(region, activity.resource_id)
        if service is None or service.desired_count != activity.count:
            activity.status, activity.end = "Overridden", now
        elif service.running_count == activity.count * max(1, len(service.task_sets)) and not service.pending_count:
            activity.status, activity.end = "Successful", now
