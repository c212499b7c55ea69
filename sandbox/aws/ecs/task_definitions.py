"""ECS: task definitions: what AWS fills in (clients that save what they read send it again), and which is meant."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.exceptions import TaskDefinitionNotFoundException
from moto.ecs.models import DeleteTaskDefinitionFailure, EC2ContainerServiceBackend, TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from sandbox.aws.patch import replace_value, replaces
from sandbox.aws.rules.ecs.tasks import units

# moto wants memory where AWS is content with a reservation; what AWS wants is in `sandbox.aws.rules.ecs`.
replace_value(EC2ContainerServiceBackend, "_validate_container_defs", staticmethod(lambda *_args, **_kwargs: None))


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


@replaces(EC2ContainerServiceBackend)
def describe_task_definition(self: EC2ContainerServiceBackend, task_definition_str: str) -> Any:
    """A family without revision means its newest ACTIVE one; moto takes a deregistered one as well.

    moto fails at a revision that is no number, `app:latest`.
    """
    family = task_definition_str.split("/")[-1]
    if not re.fullmatch(r"[^:]+(:[0-9]+)?", family):
        raise TaskDefinitionNotFoundException
    if ":" not in family:
        active = [item for item in self.task_definitions.get(family, {}).values() if item.status == "ACTIVE"]
        if active:
            return active[-1]
    return describe_task_definition.moto(self, task_definition_str)


@replaces(EC2ContainerServiceBackend)
def delete_task_definitions(
    self: EC2ContainerServiceBackend, task_definitions: list[str] | None
) -> tuple[list[TaskDefinition], list[DeleteTaskDefinitionFailure]]:
    """moto fails at a revision that is no number, and has these words for one that is missing."""
    words = "The specified task definition identifier is invalid. Specify a valid name or ARN and try again."
    names = task_definitions or []
    wrong = [name for name in names if not re.fullmatch(r"[^:]+:[0-9]+", name.split("/")[-1])]
    right = [name for name in names if name not in wrong]
    deleted, failures = delete_task_definitions.moto(self, right) if right or not wrong else ([], [])
    failures += [DeleteTaskDefinitionFailure(words, name, self.account_id, self.region_name) for name in wrong]
    return deleted, failures
