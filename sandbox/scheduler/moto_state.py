"""Where the scheduler meets moto: ECS has no public API for what only the scheduler knows.

Both functions are called with `sandbox.aws.lock.LOCK` held.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from moto.ec2.models import ec2_backends
from moto.ecs.exceptions import TaskDefinitionNotFoundException
from moto.ecs.models import ecs_backends

from sandbox.scheduler.records import TaskRecord, utcnow
from sandbox.scheduler.spec import SetSpec, TargetSpec

MAX_EVENTS = 100


@dataclass(frozen=True)
class Counts:
    running: int
    pending: int
    steady: bool


@dataclass
class Changes:
    """What the scheduler has to tell ECS."""

    counts: dict[tuple[str, str], Counts] = field(default_factory=dict)
    """By task set key."""

    tasks: list[tuple[SetSpec, TaskRecord]] = field(default_factory=list)
    """As they are now: snapshots of their records, see `show`."""

    old_tasks: list[tuple[SetSpec, TaskRecord]] = field(default_factory=list)
    events: list[tuple[SetSpec, datetime, str]] = field(default_factory=list)

    def show(self, spec: SetSpec, record: TaskRecord) -> None:
        self.tasks.append((spec, record.snapshot()))

    def event(self, spec: SetSpec, message: str) -> None:
        self.events.append((spec, utcnow(), message))


def read() -> list[SetSpec]:
    """All that is to run, in all regions. A DRAINING service's sets are to have no tasks."""
    specs: list[SetSpec] = []
    for account, regions in list(ecs_backends.items()):
        for region, backend in list(regions.items()):
            for service in list(backend.services.values()):
                if service.task_sets:
                    # What DescribeServices shows. Kept up here, as a set may have gone since the last news of it.
                    service.running_count = sum(task_set.runningCount for task_set in service.task_sets)
                    service.pending_count = sum(task_set.pendingCount for task_set in service.task_sets)
                if service.status in ("ACTIVE", "DRAINING"):
                    # A deleted task definition is one service's trouble, not everybody's.
                    with suppress(TaskDefinitionNotFoundException):
                        specs.extend(_sets(account, region, backend, service))
    return specs


def _sets(account: str, region: str, backend: Any, service: Any) -> Iterable[SetSpec]:
    if service.task_sets:
        for task_set in service.task_sets:
            yield _spec(account, region, backend, service, task_set, task_set.id, task_set.computedDesiredCount)
    elif service.deployments and service.task_definition:
        # The ordinary ECS controller: one deployment at a time; a new one replaces the old one's tasks.
        yield _spec(account, region, backend, service, service, service.deployments[0]["id"], service.desired_count)


def _spec(account: str, region: str, backend: Any, service: Any, owner: Any, id: str, desired: int) -> SetSpec:
    definition = backend.describe_task_definition(owner.task_definition)
    network = (owner.network_configuration or service.network_configuration or {}).get("awsvpcConfiguration") or {}
    tags: list[dict[str, str]] = []
    propagate = getattr(service, "propagate_tags", "NONE")
    if propagate in ("SERVICE", "TASK_DEFINITION"):
        tags = (service.tags if propagate == "SERVICE" else definition.tags) or []
    return SetSpec(
        region=region,
        account=account,
        cluster_name=service.cluster_name,
        cluster_arn=service.cluster_arn,
        service_name=service.name,
        service_arn=service.arn,
        id=id,
        is_task_set=owner is not service,
        desired=0 if service.status == "DRAINING" else desired,
        task_definition=definition,
        targets=tuple(
            TargetSpec(item["targetGroupArn"], item["containerName"], int(item["containerPort"]))
            for item in owner.load_balancers or []
            if item.get("targetGroupArn")
        ),
        subnets=tuple(network.get("subnets") or ()),
        security_groups=tuple(network.get("securityGroups") or ()),
        public=network.get("assignPublicIp") == "ENABLED",
        grace_seconds=float(getattr(service, "health_check_grace_period_seconds", None) or 0),
        launch_type=service.launch_type or "FARGATE",
        platform_version=owner.platform_version,
        tags=tuple((tag["key"], tag["value"]) for tag in tags),
    )


def write(changes: Changes) -> dict[str, str]:
    """Make the scheduler's news visible in DescribeServices, DescribeTaskSets and DescribeTasks.

    Returns which tasks StopTask has asked for since the last time, by id, with the reasons given.
    """
    asked = {}
    for spec, record in changes.tasks:
        tasks = ecs_backends[spec.account][spec.region].tasks.setdefault(spec.cluster_name, {})
        shown = tasks.get(record.task_arn)
        if shown is not None:
            # What the API has changed meanwhile stays.
            record.tags = shown.tags
            if shown.stop_code and not record.stop_code:
                asked[record.id] = shown.stopped_reason
                record.desired_status, record.stop_code = shown.desired_status, shown.stop_code
                record.stopped_reason = shown.stopped_reason
        tasks[record.task_arn] = record
    for spec, record in changes.old_tasks:
        ecs_backends[spec.account][spec.region].tasks.get(spec.cluster_name, {}).pop(record.task_arn, None)
    for spec, at, message in changes.events:
        service = _service(spec)
        if service is not None:
            service.events.insert(0, {"id": str(uuid4()), "createdAt": at, "message": message})
            del service.events[MAX_EVENTS:]
    for (service_arn, set_id), counts in changes.counts.items():
        for regions in ecs_backends.values():
            for backend in regions.values():
                for service in backend.services.values():
                    if service.arn == service_arn:
                        _write_counts(service, set_id, counts)
    return asked


def _write_counts(service: Any, set_id: str, counts: Counts) -> None:
    for task_set in service.task_sets:
        if task_set.id == set_id:
            task_set.runningCount = counts.running
            task_set.pendingCount = counts.pending
            task_set.stabilityStatus = "STEADY_STATE" if counts.steady else "STABILIZING"
    for deployment in service.deployments:
        if deployment["id"] == set_id:
            service.running_count = deployment["runningCount"] = counts.running
            service.pending_count = deployment["pendingCount"] = counts.pending
            deployment["rolloutState"] = "COMPLETED" if counts.steady else "IN_PROGRESS"
            words = "completed" if counts.steady else "in progress"
            deployment["rolloutStateReason"] = f"ECS deployment {set_id} {words}."
            deployment["updatedAt"] = utcnow()


def _service(spec: SetSpec) -> Any:
    return ecs_backends[spec.account][spec.region].services.get(f"{spec.cluster_name}:{spec.service_name}")


def availability_zone(account: str, region: str, subnet_id: str) -> str | None:
    """The zone that a task in this subnet is in."""
    for zones in ec2_backends[account][region].subnets.values():
        if subnet_id in zones:
            return str(zones[subnet_id].availability_zone)
    return None
