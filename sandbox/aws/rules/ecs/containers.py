"""The containers of a task definition: what they share, and what they are to each other."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.ecs.tasks import is_fargate, units
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

_CONTAINER = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html"
_HEALTH_CHECK = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html"

MOST_CONTAINERS = 10

_task = partial(rule, "ecs", "RegisterTaskDefinition", code="ClientException", coded=False)


def _containers(call: Call) -> list[dict[str, Any]]:
    containers: list[dict[str, Any]] = call.params["containerDefinitions"]
    return containers


def _each(call: Call, member: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every container, with each entry of a list that it has."""
    for container in _containers(call):
        for entry in container.get(member) or []:
            yield container, entry


def _twice(names: list[str]) -> bool:
    return len(set(names)) < len(names)


def _is_essential(container: dict[str, Any]) -> bool:
    return container.get("essential") is not False


@_task(
    source=tried("ecs/pf-ecs-duplicate-container-names"),
    says="The containers of a task have names of their own.",
    quote="Container names must be unique within a task definition",
)
def container_name_is_given_twice(call: Call) -> bool:
    return _twice([container["name"] for container in _containers(call)])


@_task(
    source=tried("ecs/pf-ecs-essential-container"),
    says="A container of the task is essential.",
    quote="Task definition doesn't have any essential container",
)
def task_has_no_essential_container(call: Call) -> bool:
    containers = _containers(call)
    return bool(containers) and not any(_is_essential(container) for container in containers)


@_task(
    source="https://github.com/aws/amazon-ecs-cli/issues/184",
    says="A task has ten containers at most.",
    quote="Too many containers.",
    coded=True,
)
def task_has_too_many_containers(call: Call) -> bool:
    return len(_containers(call)) > MOST_CONTAINERS


# Sizes ---------------------------------------------------------------------------------------------------------------


@_task(
    source=tried("ecs/pf-ecs-container-memory-required"),
    says="A container has memory of its own where the task as a whole has none.",
    quote="At least one of 'memory' or 'memoryReservation' must be specified",
)
def container_has_no_memory(call: Call) -> str | None:
    for container in _containers(call) if not call.params.get("memory") else []:
        if not container.get("memory") and not container.get("memoryReservation"):
            return (
                f"Invalid setting for container '{container['name']}'. At least one of 'memory' or 'memoryReservation' "
                "must be specified."
            )
    return None


@_task(
    source=tried("ecs/pf-ecs-container-memory-over-task"),
    says="A container has the task's memory at most.",
    quote="The 'memory' setting for container",
)
def container_memory_exceeds_the_tasks(call: Call) -> str | None:
    whole = units(call.params.get("memory") or "", "gb")
    for container in _containers(call):
        if whole is not None and (container.get("memory") or 0) > whole:
            return f"The 'memory' setting for container '{container['name']}' is greater than for the task"
    return None


@_task(
    source=tried("ecs/pf-ecs-container-memory-reservation"),
    says="A container's limit of memory is not below what is kept for it.",
    quote="'memory' must be greater than or equal to 'memoryReservation'",
)
def container_memory_is_below_its_reservation(call: Call) -> bool:
    return any(
        container["memory"] < (container.get("memoryReservation") or 0)
        for container in _containers(call)
        if container.get("memory")
    )


@_task(
    source=_CONTAINER,
    says="The memory that is kept for the containers fits into the task's.",
    quote="total amount of memory reserved for all containers within a task must be lower than the task memory value",
    worded=False,
)
def reserved_memory_exceeds_the_tasks(call: Call) -> str | None:
    whole = units(call.params.get("memory") or "", "gb")
    kept = sum(one.get("memoryReservation") or one.get("memory") or 0 for one in _containers(call))
    if whole is None or kept <= whole:
        return None
    return f"The containers reserve {kept} MiB of memory, and the task has {whole}"


@_task(
    source=tried("ecs/pf-ecs-fargate-container-cpu-over-task"),
    says="The containers of a task on Fargate share the task's CPU.",
    quote="The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
)
def container_cpu_exceeds_the_tasks(call: Call) -> bool:
    whole = units(call.params.get("cpu") or "", "vcpu")
    given = sum(container.get("cpu") or 0 for container in _containers(call))
    return is_fargate(call) and whole is not None and given > whole


# Ports ---------------------------------------------------------------------------------------------------------------


@_task(
    source=tried("ecs/pf-ecs-host-network-host-port-mismatch"),
    says="A container that has no network of its own behind the host's port listens on that very port.",
    quote="the host ports and container ports in port mappings must match.",
)
def host_port_is_not_the_containers(call: Call) -> str | None:
    mode = call.params.get("networkMode")
    differ = any(
        mapping.get("hostPort") and mapping["hostPort"] != mapping.get("containerPort")
        for _, mapping in _each(call, "portMappings")
    )
    if mode not in ("awsvpc", "host") or not differ:
        return None
    return f"When networkMode={mode}, the host ports and container ports in port mappings must match."


@_task(
    source=tried("ecs/pf-ecs-port-mapping-duplicate-name"),
    says="The ports of a task have names of their own.",
    quote="When networkMode=awsvpc, port mapping name is already used",
)
def port_name_is_given_twice(call: Call) -> bool:
    names = [mapping["name"] for _, mapping in _each(call, "portMappings") if mapping.get("name")]
    return call.params.get("networkMode") == "awsvpc" and _twice(names)


# What one container needs of another ---------------------------------------------------------------------------------


@_task(
    source=tried("ecs/pf-ecs-dependson-container-missing"),
    says="A container waits for one of its own task.",
    quote="Cannot depend on container + '",
)
def awaited_container_is_missing(call: Call) -> str | None:
    names = [container["name"] for container in _containers(call)]
    for _, awaited in _each(call, "dependsOn"):
        if awaited["containerName"] not in names:
            return f"Cannot depend on container + '{awaited['containerName']}' because it does not exist"
    return None


@_task(
    source="https://github.com/aws/amazon-ecs-agent/blob/master/agent/engine/errors.go",
    says="Containers that wait for each other in a circle never start, and the agent has no task of them.",
    quote="Task dependencies cannot be resolved",
    worded=False,
)
def containers_wait_in_a_circle(call: Call) -> str | None:
    waiting = {
        one["name"]: {other["containerName"] for other in one.get("dependsOn") or []} for one in _containers(call)
    }
    while ready := [name for name, others in waiting.items() if not others & waiting.keys()]:
        for name in ready:
            del waiting[name]
    return f"Container dependencies should not have a cycle, got {', '.join(waiting)}" if waiting else None


def _awaited(call: Call, *conditions: str) -> list[dict[str, Any]]:
    """The containers that others wait for under one of these conditions."""
    by_name = {container["name"]: container for container in _containers(call)}
    return [
        by_name[awaited["containerName"]]
        for _, awaited in _each(call, "dependsOn")
        if awaited["condition"] in conditions
    ]


@_task(
    source=tried("ecs/pf-ecs-dependson-complete-on-essential"),
    says="A container that is to have ended is not essential: its end would be the task's.",
    quote="A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
)
def awaited_end_is_of_an_essential_container(call: Call) -> bool:
    return any(_is_essential(container) for container in _awaited(call, "SUCCESS", "COMPLETE"))


@_task(
    source=tried("ecs/pf-ecs-dependson-healthy-without-healthcheck"),
    says="A container that is to be healthy has a health check.",
    quote="A dependency container with HEALTHY condition must have health check configured",
)
def awaited_health_is_of_a_container_without_check(call: Call) -> bool:
    return any(not container.get("healthCheck") for container in _awaited(call, "HEALTHY"))


# Values --------------------------------------------------------------------------------------------------------------

_HEALTH = {"interval": (5, 300), "timeout": (2, 60), "retries": (1, 10), "startPeriod": (0, 300)}
"""Member of a health check -> least and most."""


def _health(call: Call) -> Iterator[tuple[str, str, int]]:
    for container in _containers(call):
        for member, value in (container.get("healthCheck") or {}).items():
            if member in _HEALTH and value is not None:
                yield container["name"], member, value


@_task(
    source=tried("ecs/pf-ecs-healthcheck-start-period-range"),
    says="A health check's numbers have a most.",
    quote="must be less than or equal to the maximum allowed value",
)
def health_check_value_is_too_large(call: Call) -> str | None:
    for name, member, value in _health(call):
        if value > (most := _HEALTH[member][1]):
            return (
                f"Health check {member} must be less than or equal to the maximum allowed value {most} for container "
                f"'{name}'"
            )
    return None


@_task(
    source=_HEALTH_CHECK,
    says="A health check's numbers have a least.",
    quote="You may specify between 5 and 300 seconds.",
    worded=False,
)
def health_check_value_is_too_small(call: Call) -> str | None:
    for name, member, value in _health(call):
        if value < (least := _HEALTH[member][0]):
            return (
                f"Health check {member} must be greater than or equal to the minimum allowed value {least} for "
                f"container '{name}'"
            )
    return None


@_task(
    source=tried("ecs/pf-ecs-ulimit-soft-over-hard"),
    says="A soft limit is not above the hard one.",
    quote="Soft limit exceeds hard limit for ulimit",
)
def soft_limit_exceeds_the_hard_one(call: Call) -> str | None:
    for _, ulimit in _each(call, "ulimits"):
        if ulimit["softLimit"] > ulimit["hardLimit"]:
            return f"Soft limit exceeds hard limit for ulimit {ulimit['name']}"
    return None
