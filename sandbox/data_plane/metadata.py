"""What a container can ask about itself: the task metadata endpoint, version 4, and its task role's credentials."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from sandbox.data_plane.http import Answer, json_answer
from sandbox.scheduler.records import ContainerRecord, TaskRecord
from sandbox.scheduler.roles import Roles


class KnownTask(Protocol):
    """A task, as far as it is told to itself."""

    @property
    def record(self) -> TaskRecord: ...

    @property
    def task_definition(self) -> Any: ...

    @property
    def address(self) -> str: ...

    @property
    def roles(self) -> Roles: ...


def document(task: KnownTask | None, container_id: str, what: str) -> dict[str, Any] | None:
    """The document below ``…/<task>/v4/<container>``: the container's own, or with ``/task`` the whole task's."""
    if task is None:
        return None
    shown = next((item for item in task.record.containers if item.runtime_id == container_id), None)
    if shown is None:
        return None
    if what == "":
        return _container(task, shown)
    return _task(task) if what == "/task" else None


def _task(task: KnownTask) -> dict[str, Any]:
    record, definition = task.record, task.task_definition
    answer = {
        "Cluster": record.cluster_arn,
        "TaskARN": record.task_arn,
        "Family": definition.family,
        "Revision": str(definition.revision),
        "ServiceName": record.group.removeprefix("service:"),
        "DesiredStatus": record.desired_status,
        "KnownStatus": record.last_status,
        "Limits": {"CPU": int(record.cpu or 0) / 1024, "Memory": int(record.memory or 0)},
        "PullStartedAt": _time(record.pull_started_at),
        "PullStoppedAt": _time(record.pull_stopped_at),
        "AvailabilityZone": record.availability_zone,
        "LaunchType": record.launch_type,
        "Containers": [_container(task, shown) for shown in record.containers],
    }
    return {name: value for name, value in answer.items() if value is not None}


def _container(task: KnownTask, shown: ContainerRecord) -> dict[str, Any]:
    record, definition = task.record, task.task_definition
    own = next(item for item in definition.container_definitions if item["name"] == shown.name)
    options = (own.get("logConfiguration") or {}).get("options")
    answer = {
        "DockerId": shown.runtime_id,
        "Name": shown.name,
        "DockerName": shown.name,
        "Image": shown.image,
        "ImageID": shown.image_digest,
        "Labels": {
            "com.amazonaws.ecs.cluster": record.cluster_arn,
            "com.amazonaws.ecs.container-name": shown.name,
            "com.amazonaws.ecs.task-arn": record.task_arn,
            "com.amazonaws.ecs.task-definition-family": definition.family,
            "com.amazonaws.ecs.task-definition-version": str(definition.revision),
        },
        "DesiredStatus": record.desired_status,
        "KnownStatus": shown.last_status,
        "Limits": {"CPU": int(shown.cpu or 0)},
        "CreatedAt": _time(record.created_at),
        "StartedAt": _time(record.started_at),
        "Type": "NORMAL",
        "ContainerARN": shown.container_arn,
        "LogDriver": "awslogs" if options else None,
        "LogOptions": options,
        "Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": [task.address]}],
    }
    return {name: value for name, value in answer.items() if value is not None}


def credentials(task: KnownTask | None, token: str) -> dict[str, Any] | None:
    """The document below ``…/<task>/credentials``, for the task's own containers. It may wait for the lock."""
    return None if task is None else task.roles.document(token)


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def not_found() -> Answer:
    return json_answer(404, "no such task, container or document")
