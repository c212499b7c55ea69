"""What the containers of a task definition have in common, and those next to the service's own."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from modules.inputs import LogMode, Sidecar, Task

# AWS's recommendation, which the driver's own 10m is below: https://github.com/aws/amazon-ecs-agent/pull/4524
LOG_BUFFER = "25m"
# Fargate's maximum. Without it a task whose sidecar never turns healthy waits for it until CodeDeploy gives up.
START_TIMEOUT_SECONDS = 120


def log_configuration(name: str, mode: LogMode, group: str, region: str) -> dict[str, Any]:
    """Where a container logs to, in streams of its own, and what it does when nothing can be written there."""
    options = {"awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": name, "mode": mode}
    if mode == "non-blocking":
        options["max-buffer-size"] = LOG_BUFFER
    return {"logDriver": "awslogs", "options": options}


def environment(variables: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in sorted(variables.items())]


def health_check(command: Sequence[str]) -> dict[str, Any]:
    return {"command": list(command), "interval": 10, "timeout": 5, "retries": 3, "startPeriod": 10}


def mount_points(container: str, paths: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {"sourceVolume": volume, "containerPath": path, "readOnly": False}
        for volume, path in _volumes(container, paths).items()
    ]


def volumes(task: Task) -> list[str]:
    """The names of all volumes of a task. No container sees another's."""
    writers = [(task.container.name, task.writable_paths), *((one.name, one.writable_paths) for one in task.sidecars)]
    return [volume for name, paths in writers for volume in _volumes(name, paths)]


def _volumes(container: str, paths: Sequence[str]) -> dict[str, str]:
    """Name -> path. The names are unique: different paths may read the same in the letters that a name may have."""
    names = {}
    for path in sorted(paths):
        readable = re.sub(r"[^A-Za-z0-9_-]+", "-", path).strip("-")[-200:]
        names[f"{readable}-{hashlib.sha256(f'{container}:{path}'.encode()).hexdigest()[:8]}"] = path
    return names


def depends_on(sidecars: Sequence[Sidecar]) -> list[dict[str, str]]:
    """What the service's container waits for. ECS stops it before these, the other way round."""
    return [{"containerName": one.name, "condition": one.start} for one in sidecars]


def sidecar(given: Sidecar, mode: LogMode, group: str, region: str) -> dict[str, Any]:
    """The definition of one. It has no share of CPU of its own: the service's container comes first."""
    definition: dict[str, Any] = {
        "name": given.name,
        "image": given.image,
        "essential": given.essential,
        "environment": environment(given.environment),
        "readonlyRootFilesystem": True,
        "logConfiguration": log_configuration(given.name, mode, group, region),
    }
    if given.start == "HEALTHY":
        definition["startTimeout"] = START_TIMEOUT_SECONDS
    chosen = {
        "command": list(given.command) if given.command is not None else None,
        "memory": given.memory,
        "memoryReservation": given.memory_reservation,
        "healthCheck": health_check(given.health_command) if given.health_command is not None else None,
        "user": given.user,
        "mountPoints": mount_points(given.name, given.writable_paths) or None,
    }
    return definition | {key: value for key, value in chosen.items() if value is not None}
