"""ECS: task sets of services that CodeDeploy releases, whose counts the scheduler writes."""

from __future__ import annotations

from math import ceil
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Service
from moto.ecs.models import TaskSet as MotoTaskSet
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import replace_value, replaces

PLATFORM_VERSION = "1.4.0"
"""What Fargate's LATEST means."""


class TaskSet(MotoTaskSet):  # type: ignore[misc]
    """A task set whose counts the scheduler writes."""

    revision: dict[str, Any] | None = None
    """What CodeDeploy made it of; nothing, for the one from birth."""

    def __init__(self, owner: Service, backend: EC2ContainerServiceBackend, task_definition: str, **kwargs: Any):
        self.owner = owner
        self._stability = "STABILIZING"
        super().__init__(
            service=owner.name,
            cluster=owner.cluster_name,
            task_definition=task_definition,
            account_id=backend.account_id,
            region_name=backend.region_name,
            launch_type=owner.launch_type,
            **kwargs,
        )
        self.service_arn = owner.arn
        self.cluster_arn = owner.cluster_arn
        self.stabilityStatus = "STABILIZING"
        self.runningCount = 0
        self.pendingCount = 0
        self.platform_family = "Linux"

    @property
    def computedDesiredCount(self) -> int:  # noqa: N802 (AWS's name, which moto looks for)
        """How many tasks this set is to have: its share of the service's desired count."""
        count: int = ceil(self.owner.desired_count * self.scale["value"] / 100)
        return count

    @property
    def stabilityStatus(self) -> str:  # noqa: N802 (as in moto, whose constructor assigns it)
        """Never steady while the counts say otherwise: the scheduler has not looked since the desired count changed."""
        settled = self.pendingCount == 0 and self.runningCount == self.computedDesiredCount
        return self._stability if settled else "STABILIZING"

    @stabilityStatus.setter
    def stabilityStatus(self, value: str) -> None:  # noqa: N802
        if value != self._stability:
            self.stabilityStatusAt = self.updatedAt = utcnow()
        self._stability = value


def new_task_set(
    backend: EC2ContainerServiceBackend,
    service: Service,
    *,
    task_definition: str,
    load_balancers: list[dict[str, Any]],
    network_configuration: dict[str, Any] | None,
    platform_version: str | None = None,
    started_by: str | None = None,
    external_id: str | None = None,
    status: str = "ACTIVE",
) -> TaskSet:
    """Add a task set to the service. ``task_definition`` is an ARN; ``load_balancers`` as in CreateService."""
    asked = platform_version
    if service.launch_type == "FARGATE":
        asked = platform_version or "LATEST"
        platform_version = PLATFORM_VERSION if asked == "LATEST" else asked
    task_set = TaskSet(
        service,
        backend,
        task_definition,
        load_balancers=load_balancers,
        network_configuration=network_configuration,
        platform_version=platform_version,
        external_id=external_id,
    )
    # The service's own, while this set is primary.
    task_set.asked_platform_version = asked
    task_set.started_by = started_by
    # moto says "" for none, which clients take for one.
    task_set.external_id = external_id
    task_set.status = status
    service.task_sets.append(task_set)
    return task_set


def _count(name: str) -> property:
    def read(service: Service) -> int:
        if service.__dict__.get("task_sets"):
            return sum(getattr(task_set, name) for task_set in service.task_sets)
        return int(service.__dict__.get(name, 0))

    def write(service: Service, value: int) -> None:
        service.__dict__[name] = value

    return property(read, write)


replace_value(Service, "running_count", _count("runningCount"))
replace_value(Service, "pending_count", _count("pendingCount"))


@replaces(Response, "create_task_set")
@replaces(Response, "update_task_set")
@replaces(Response, "delete_task_set")
@replaces(Response, "update_service_primary_task_set")
def _no_task_sets(_response: Response) -> ActionResult:
    """Nothing here would ever run them."""
    raise NotModelled("task sets made by hand (EXTERNAL deployment controllers)")
