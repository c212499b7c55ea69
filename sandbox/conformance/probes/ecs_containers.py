"""ECS: containers that do not go together, and what a task on Fargate cannot have."""

from __future__ import annotations

from typing import Any

from sandbox.aws.rules import RULES
from sandbox.conformance.probe import Probe, breaks, without
from sandbox.conformance.world import World

_WORDS = {rule.name: rule.quote for rule in RULES if rule.worded}
"""All of these are a ClientException: what tells them apart is the message."""

_SIDE = {"name": "side", "image": "public.ecr.aws/docker/library/busybox:stable", "essential": False}
_CHECK = {"command": ["CMD", "/check"]}
_ON_EC2 = {"requiresCompatibilities": ["EC2"], "networkMode": "bridge"}


def _of(*others: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """What differs in a task definition: in its container, and in the containers beside it."""
    container = _SIDE | {"name": "app", "essential": True} | changes
    return {"containerDefinitions": [container, *others]}


def _waiting(condition: str, awaited: str = "side", **side: Any) -> dict[str, Any]:
    return _of(_SIDE | side, dependsOn=[{"containerName": awaited, "condition": condition}])


def _ports(*mappings: dict[str, Any]) -> dict[str, Any]:
    return _of(portMappings=list(mappings))


def _health(**numbers: int) -> dict[str, Any]:
    return _of(healthCheck=_CHECK | numbers)


def _secrets(*names: str, **changes: Any) -> dict[str, Any]:
    return _of(secrets=[{"name": name, "valueFrom": "parameter"} for name in names], **changes)


_BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("container_name_is_given_twice", _of(_SIDE | {"name": "app"})),
    ("task_has_no_essential_container", _of(essential=False)),
    ("container_memory_exceeds_the_tasks", _of(memory=513)),
    ("container_memory_is_below_its_reservation", _of(memory=100, memoryReservation=101)),
    ("container_cpu_exceeds_the_tasks", _of(_SIDE | {"cpu": 57}, cpu=200)),
    ("host_port_is_not_the_containers", _ports({"containerPort": 3000, "hostPort": 80})),
    (
        "port_name_is_given_twice",
        _ports({"containerPort": 3000, "name": "http"}, {"containerPort": 3001, "name": "http"}),
    ),
    ("awaited_container_is_missing", _waiting("START", "none")),
    ("awaited_end_is_of_an_essential_container", _waiting("SUCCESS", essential=True)),
    ("awaited_health_is_of_a_container_without_check", _waiting("HEALTHY")),
    ("health_check_value_is_too_large", _health(startPeriod=301)),
    ("health_check_value_is_too_small", _health(interval=4)),
    ("soft_limit_exceeds_the_hard_one", _of(ulimits=[{"name": "nofile", "softLimit": 2, "hardLimit": 1}])),
    ("mounted_volume_is_missing", _of(mountPoints=[{"sourceVolume": "none", "containerPath": "/x"}])),
    ("volume_name_is_given_twice", {"volumes": [{"name": "data"}, {"name": "data"}]}),
    ("volume_name_has_other_characters", {"volumes": [{"name": "data.1"}]}),
    ("task_has_too_many_containers", _of(*(_SIDE | {"name": f"side-{number}"} for number in range(10)))),
    ("reserved_memory_exceeds_the_tasks", _of(_SIDE | {"memory": 13}, memoryReservation=500)),
    ("containers_wait_in_a_circle", _waiting("START", dependsOn=[{"containerName": "app", "condition": "START"}])),
    ("fargate_has_no_such_timeout", _of(startTimeout=121)),
    ("fargate_task_is_privileged", _of(privileged=True)),
    ("fargate_task_shares_ipc", {"ipcMode": "task"}),
    (
        "fargate_task_is_placed",
        {"placementConstraints": [{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}]},
    ),
    ("fargate_task_has_the_hosts_files", {"volumes": [{"name": "data", "host": {"sourcePath": "/data"}}]}),
    ("fargate_task_sets_shared_memory", _of(linuxParameters={"sharedMemorySize": 64})),
    ("fargate_task_adds_a_capability", _of(linuxParameters={"capabilities": {"add": ["NET_ADMIN"]}})),
    ("ephemeral_storage_is_out_of_range", {"ephemeralStorage": {"sizeInGiB": 201}}),
    ("task_with_its_own_network_links_containers", _of(_SIDE, links=["side"])),
    ("task_with_its_own_network_has_extra_hosts", _of(extraHosts=[{"hostname": "other", "ipAddress": "10.255.0.1"}])),
    ("task_with_its_own_network_has_a_hostname", _of(hostname="app")),
    ("secret_is_called_as_a_variable", _secrets("TOKEN", environment=[{"name": "TOKEN", "value": "x"}])),
    ("secret_name_is_given_twice", _secrets("TOKEN", "TOKEN")),
    ("fargate_has_no_such_log_driver", _of(logConfiguration={"logDriver": "json-file"})),
]
"""Rule -> what breaks it in a definition that is right otherwise."""


def _broken(rule: str, changes: dict[str, Any], case: str = "") -> Probe:
    request = lambda world: world.task_definition_settings(**changes)  # noqa: E731
    return breaks(rule, "RegisterTaskDefinition", request, case, _WORDS.get(rule, ""))


def _on_ec2(world: World) -> dict[str, Any]:
    settings = world.task_definition_settings(**_ON_EC2, **_of())
    return without(without(settings, "memory"), "cpu")


def _writing_logs(world: World, without_option: str = "", **more: str) -> dict[str, Any]:
    options = {"awslogs-group": world.log_group, "awslogs-region": world.account.region, "awslogs-stream-prefix": "app"}
    options |= more
    config = {"logDriver": "awslogs", "options": without(options, without_option)}
    return world.task_definition_settings(**_of(logConfiguration=config))


def _without_role(world: World) -> dict[str, Any]:
    return without(world.task_definition_settings(**_secrets("TOKEN")), "executionRoleArn")


def _pulling_from_ecr(world: World) -> dict[str, Any]:
    image = f"{world.account.number}.dkr.ecr.{world.account.region}.amazonaws.com/{world.name}:one"
    return without(world.task_definition_settings(**_of(image=image)), "executionRoleArn")


PROBES: list[Probe] = [
    *(_broken(rule, changes) for rule, changes in _BROKEN),
    _broken("ephemeral_storage_is_out_of_range", {"ephemeralStorage": {"sizeInGiB": 20}}, "too little"),
    breaks("container_has_no_memory", "RegisterTaskDefinition", _on_ec2, message=_WORDS["container_has_no_memory"]),
    breaks("secrets_have_no_role", "RegisterTaskDefinition", _without_role, message=_WORDS["secrets_have_no_role"]),
    breaks("logs_have_no_such_mode", "RegisterTaskDefinition", lambda world: _writing_logs(world, mode="sometimes")),
    *(
        breaks(rule, "RegisterTaskDefinition", request, message=_WORDS[rule])
        for rule, request in (
            ("logs_have_no_group", lambda world: _writing_logs(world, "awslogs-group")),
            ("fargate_logs_have_no_prefix", lambda world: _writing_logs(world, "awslogs-stream-prefix")),
            ("fargate_logs_have_no_role", lambda world: without(_writing_logs(world), "executionRoleArn")),
            ("fargate_images_of_ecr_have_no_role", _pulling_from_ecr),
        )
    ),
]
