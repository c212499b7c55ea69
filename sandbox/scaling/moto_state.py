"""What is scaled, where moto keeps it. All functions are called with `sandbox.aws.lock.LOCK` held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy as Policy
from moto.applicationautoscaling.models import FakeScalableTarget as Target
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.ecs.models import ecs_backends

from sandbox.state import ACCOUNT

DIMENSION = "ecs:service:DesiredCount"


@dataclass
class Memory:
    """What a target remembers of its own scaling. Moments are the clock's."""

    out_until: float = float("-inf")
    """When the cooldown of the last scale-out ends."""

    before: int = 0
    """How many tasks ran when it began."""

    in_until: float = float("-inf")
    """When the cooldown of the last scale-in ends."""


def memory(target: Target) -> Memory:
    return cast(Memory, target.__dict__.setdefault("memory", Memory()))


def target(region: str, resource_id: str) -> Target | None:
    return applicationautoscaling_backends[ACCOUNT][region].targets.get(DIMENSION, {}).get(resource_id)


def service(region: str, resource_id: str) -> Any:
    """The ECS service, if it is active."""
    _, cluster, name = resource_id.split("/")
    found = ecs_backends[ACCOUNT][region].services.get(f"{cluster}:{name}")
    return found if found is not None and found.status == "ACTIVE" else None


def policies(region: str, resource_id: str) -> Iterator[Policy]:
    """Those that track a target."""
    for policy in applicationautoscaling_backends[ACCOUNT][region].policies.values():
        if policy.resource_id == resource_id and policy.target_tracking_scaling_policy_configuration:
            yield policy


def of_alarm(region: str, alarm: str) -> Policy | None:
    for policy in applicationautoscaling_backends[ACCOUNT][region].policies.values():
        if policy.scalable_dimension == DIMENSION and any(one.name == alarm for one in policy.alarms):
            return policy
    return None


def low_alarm(policy: Policy) -> str:
    return next(str(one.name) for one in policy.alarms if "-AlarmLow-" in one.name)


def fires(region: str, alarm: str) -> bool:
    found = cloudwatch_backends[ACCOUNT][region].alarms.get(alarm)
    return found is not None and found.state_value == "ALARM"


def is_deploying(service: Any) -> bool:
    """Whether tasks of two versions run."""
    if service.task_sets:
        return len(service.task_sets) > 1
    return any(one["rolloutState"] == "IN_PROGRESS" for one in service.deployments)
