"""ECS: what AWS fills in when a task definition is registered; clients that save what they read send it again."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition


def register_task_definition(self: EC2ContainerServiceBackend, *args: Any, **kwargs: Any) -> TaskDefinition:
    """moto keeps port mappings as given, and not who registered the revision, nor when."""
    definition = _original["register_task_definition"](self, *args, **kwargs)
    for container in definition.container_definitions:
        for mapping in container["portMappings"]:
            mapping.setdefault("protocol", "tcp")
            if definition.network_mode == "awsvpc" and "containerPort" in mapping:
                mapping["hostPort"] = mapping.get("hostPort") or mapping["containerPort"]
    definition.registered_at = utcnow()
    definition.registered_by = f"arn:aws:iam::{self.account_id}:root"
    return definition


def deregister_task_definition(self: EC2ContainerServiceBackend, task_definition_str: str) -> TaskDefinition:
    definition = _original["deregister_task_definition"](self, task_definition_str)
    definition.deregistered_at = utcnow()
    return definition


_original: dict[str, Any] = {
    name: getattr(EC2ContainerServiceBackend, name)
    for name in ("register_task_definition", "deregister_task_definition")
}


def install() -> None:
    for function in (register_task_definition, deregister_task_definition):
        setattr(EC2ContainerServiceBackend, function.__name__, function)
