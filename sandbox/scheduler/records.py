"""What DescribeTasks shows of a task: plain data that moto's responses serialize by attribute name.

A task's own record changes in the event loop, moto answers in threads of its own: it gets snapshots.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4


def utcnow() -> datetime:
    return datetime.now(UTC)


@dataclass(eq=False)
class ContainerRecord:
    container_arn: str
    task_arn: str
    name: str
    image: str
    cpu: str
    memory: str | None
    memory_reservation: str | None
    network_interfaces: list[dict[str, str]]
    last_status: str = "PENDING"
    image_digest: str | None = None
    runtime_id: str = field(default_factory=lambda: uuid4().hex)
    exit_code: int | None = None
    reason: str | None = None
    health_status: str = "UNKNOWN"
    network_bindings: list[Any] = field(default_factory=list)


@dataclass(eq=False)
class TaskRecord:
    task_arn: str
    cluster_arn: str
    cluster_name: str
    task_definition_arn: str
    group: str
    started_by: str
    launch_type: str
    platform_version: str | None
    platform_family: str | None
    cpu: str | None
    memory: str | None
    availability_zone: str | None
    attributes: list[dict[str, str]]
    attachments: list[dict[str, Any]]
    tags: list[dict[str, str]]
    containers: list[ContainerRecord] = field(default_factory=list)
    last_status: str = "PROVISIONING"
    desired_status: str = "RUNNING"
    health_status: str = "UNKNOWN"
    connectivity: str = "CONNECTED"
    created_at: datetime = field(default_factory=utcnow)
    connectivity_at: datetime | None = None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    stop_code: str | None = None
    stopped_reason: str | None = None
    enable_execute_command: bool = False
    version: int = 1
    overrides: dict[str, Any] = field(
        default_factory=lambda: {"containerOverrides": [], "inferenceAcceleratorOverrides": []}
    )

    # moto itself reads these two of a task.
    container_instance_arn: None = None
    resource_requirements: None = None

    @property
    def id(self) -> str:
        return self.task_arn.rsplit("/", 1)[1]

    def snapshot(self) -> TaskRecord:
        """What it says at this moment. Of all that it is made of, only containers and attachments change in place."""
        return replace(
            self,
            containers=[replace(container) for container in self.containers],
            attachments=[dict(attachment) for attachment in self.attachments],
        )

    def set_status(self, status: str) -> None:
        """Each change counts up `version`, which is how AWS lets clients order what they saw."""
        self.last_status = status
        self.version += 1
