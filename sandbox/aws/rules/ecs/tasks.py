"""Task definitions as a whole: their sizes, names and network."""

from __future__ import annotations

import re

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")

_AWSVPC_ONLY = "Fargate only supports network mode \u2018awsvpc\u2019."
"""With the quotation marks that AWS prints."""

_GIB = 1024
FARGATE_SIZES: dict[int, tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}
"""CPU units -> MiB of memory. Above 16,384 nothing is refused here: the list grows there."""


def is_fargate(call: Call) -> bool:
    """Whether the definition is meant to run there."""
    return "FARGATE" in (call.params.get("requiresCompatibilities") or [])


def units(text: str, unit: str) -> int | None:
    """``256`` and ``.25 vCPU``, ``512`` and ``0.5 GB``; None for what is neither."""
    given = re.fullmatch(rf"\s*(\d*\.?\d+)\s*({unit})?\s*", text, re.IGNORECASE)
    if given is None:
        return None
    return int(float(given[1]) * 1024) if given[2] else int(float(given[1]))


@rule(
    "ecs",
    "RegisterTaskDefinition",
    code="ClientException",
    source="https://github.com/aws/amazon-ecs-cli/issues/542",
    says="A family is of letters, digits, hyphens and underscores.",
    quote="Family contains invalid characters.",
)
def family_has_other_characters(call: Call) -> str | None:
    return None if NAME.fullmatch(call.params["family"]) else "Family contains invalid characters."


@rule(
    "ecs",
    "RegisterTaskDefinition",
    code="ClientException",
    source="https://github.com/awsdocs/aws-cloudformation-user-guide/pull/454",
    says="A task has a container.",
    quote="Container list cannot be empty.",
)
def task_has_no_container(call: Call) -> str | None:
    return None if call.params["containerDefinitions"] else "Container list cannot be empty."


@rule(
    "ecs",
    "RegisterTaskDefinition",
    code="ClientException",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/5950",
    says="A container's name is of letters, digits, hyphens and underscores.",
    quote="Container.name contains invalid characters.",
)
def container_name_has_other_characters(call: Call) -> str | None:
    names = [container.get("name") for container in call.params["containerDefinitions"]]
    wrong = any(name and not NAME.fullmatch(name) for name in names)
    return "Container.name contains invalid characters." if wrong else None


@rule(
    "ecs",
    "RegisterTaskDefinition",
    code="ClientException",
    source="https://github.com/aws-actions/amazon-ecs-render-task-definition/issues/87",
    says="A container has a name and an image.",
    quote="Container.image should not be null or empty.",
)
def container_is_incomplete(call: Call) -> str | None:
    for container in call.params["containerDefinitions"]:
        missing = [name for name in ("name", "image") if not container.get(name)]
        if missing:
            return f"Container.{missing[0]} should not be null or empty."
    return None


@rule(
    "ecs",
    "RegisterTaskDefinition",
    code="ClientException",
    source="https://github.com/aws/amazon-ecs-cli/issues/1145",
    says="A task on Fargate has a network interface of its own.",
    quote=_AWSVPC_ONLY,
)
def fargate_has_another_network_mode(call: Call) -> str | None:
    wrong = is_fargate(call) and call.params.get("networkMode") != "awsvpc"
    return _AWSVPC_ONLY if wrong else None


@rule(
    "ecs",
    "RegisterTaskDefinition",
    code="ClientException",
    source="https://github.com/mongodb/terraform-aws-ecs-task-definition/issues/38",
    says="A task on Fargate has a size as a whole.",
    quote="Fargate requires that 'cpu' be defined at the task level.",
)
def fargate_has_no_size(call: Call) -> str | None:
    missing = [name for name in ("cpu", "memory") if is_fargate(call) and not call.params.get(name)]
    return f"Fargate requires that '{missing[0]}' be defined at the task level." if missing else None


@rule(
    "ecs",
    "RegisterTaskDefinition",
    code="ClientException",
    source="https://github.com/aws-games/cloud-game-development-toolkit/issues/737",
    says="Fargate has some pairs of CPU and memory, listed on the page “Task size”.",
    quote="No Fargate configuration exists for given values: 1024 CPU, 1024 memory.",
)
def fargate_has_no_such_size(call: Call) -> str | None:
    if not is_fargate(call):
        return None
    cpu, memory = units(call.params.get("cpu", ""), "vcpu"), units(call.params.get("memory", ""), "gb")
    if cpu is None or memory is None or cpu > max(FARGATE_SIZES) or memory in FARGATE_SIZES.get(cpu, ()):
        return None
    return (
        f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the Amazon ECS "
        "documentation for the valid values."
    )
