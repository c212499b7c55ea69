"""What the scheduler is to keep running, as read from ECS: no behaviour, no moto."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TargetSpec:
    """One entry of a service's or task set's ``loadBalancers``."""

    target_group_arn: str
    container: str
    port: int


@dataclass(frozen=True)
class SetSpec:
    """One task set, or, for a service with the ordinary ECS controller, its one deployment."""

    region: str
    account: str
    cluster_name: str
    cluster_arn: str
    service_name: str
    service_arn: str
    id: str
    """``ecs-svc/N``: the ``startedBy`` of its tasks."""

    is_task_set: bool
    desired: int
    task_definition: Any
    """moto's own object; registered revisions never change."""

    targets: tuple[TargetSpec, ...]
    subnets: tuple[str, ...]
    security_groups: tuple[str, ...]
    public: bool
    """Whether its tasks get public addresses too: ``assignPublicIp``."""

    grace_seconds: float
    """Failing health checks, of containers and of targets, are ignored for so long after a task has started."""

    launch_type: str
    platform_version: str | None
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.service_arn, self.id

    @property
    def named(self) -> str:
        """How events begin."""
        task_set = f", taskSet {self.id}" if self.is_task_set else ""
        return f"(service {self.service_name}{task_set})"
