"""ECS: what AWS fills in when a task definition is registered; clients that save what they read send it again."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from sandbox.aws.patch import replaces
from sandbox.aws.rules.ecs.tasks import units


@replaces(EC2ContainerServiceBackend)
def register_task_definition(self: EC2ContainerServiceBackend, *args: Any, **kwargs: Any) -> TaskDefinition:
    """moto keeps port mappings and the size as given, and not who registered the revision, nor when."""
    definition = register_task_definition.moto(self, *args, **kwargs)
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


@replaces(Response, "register_task_definition")
def answer_with_tags(self: Response) -> ActionResult:
    """moto keeps the tags, and forgets them in its answer."""
    answer: dict[str, Any] = answer_with_tags.moto(self).result
    tags = self._get_param("tags")
    return ActionResult(answer | ({"tags": tags} if tags else {}))


@replaces(EC2ContainerServiceBackend)
def deregister_task_definition(self: EC2ContainerServiceBackend, task_definition_str: str) -> TaskDefinition:
    definition = deregister_task_definition.moto(self, task_definition_str)
    definition.deregistered_at = utcnow()
    return definition
