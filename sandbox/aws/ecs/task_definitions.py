"""ECS: what AWS fills in when a task definition is registered; clients that save what they read send it again."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from sandbox.aws.rules.ecs.tasks import units


def register_task_definition(self: EC2ContainerServiceBackend, *args: Any, **kwargs: Any) -> TaskDefinition:
    """moto keeps port mappings and the size as given, and not who registered the revision, nor when."""
    definition = _original["register_task_definition"](self, *args, **kwargs)
    definition.cpu = _in_units(definition.cpu, "vcpu")
    definition.memory = _in_units(definition.memory, "gb")
    for container in definition.container_definitions:
        for mapping in container["portMappings"]:
            mapping.setdefault("protocol", "tcp")
            if definition.network_mode == "awsvpc" and "containerPort" in mapping:
                mapping["hostPort"] = mapping.get("hostPort") or mapping["containerPort"]
    definition.registered_at = utcnow()
    definition.registered_by = f"arn:aws:iam::{self.account_id}:root"
    return definition


def _in_units(size: str | None, unit: str) -> str | None:
    """A size such as ``.25 vCPU`` in units, or in MiB; one that is neither stays as it is."""
    found = units(size or "", unit)
    return size if found is None else str(found)


def answer_with_tags(self: Response) -> ActionResult:
    """moto keeps the tags, and forgets them in its answer."""
    answer: dict[str, Any] = _register(self).result
    tags = self._get_param("tags")
    return ActionResult(answer | ({"tags": tags} if tags else {}))


def deregister_task_definition(self: EC2ContainerServiceBackend, task_definition_str: str) -> TaskDefinition:
    definition = _original["deregister_task_definition"](self, task_definition_str)
    definition.deregistered_at = utcnow()
    return definition


_original: dict[str, Any] = {
    name: getattr(EC2ContainerServiceBackend, name)
    for name in ("register_task_definition", "deregister_task_definition")
}

_register = Response.register_task_definition


def install() -> None:
    Response.register_task_definition = answer_with_tags
    for function in (register_task_definition, deregister_task_definition):
        setattr(EC2ContainerServiceBackend, function.__name__, function)
