"""ECS refuses task definitions whose containers do not go together, or ask for what Fargate does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]

API = {"name": "api", "image": "nowhere/api:1"}
SIDE = {"name": "side", "image": "nowhere/side:1", "essential": False}
CHECK = {"command": ["CMD", "/check"]}
LOGS = {"awslogs-group": "g", "awslogs-region": "us-east-1", "awslogs-stream-prefix": "p"}
ROLE = "arn:aws:iam::123456789012:role/execution"


def of(*containers: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"containerDefinitions": list(containers), **changes}


def api(**members: Any) -> dict[str, Any]:
    return {**API, **members}


def logs(driver: str = "awslogs", **options: str | None) -> dict[str, Any]:
    given = {name.replace("_", "-"): value for name, value in {**_keys(LOGS), **options}.items() if value}
    return api(logConfiguration={"logDriver": driver, "options": given})


def _keys(options: dict[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in options.items()}


def waiting(condition: str, name: str = "side") -> dict[str, Any]:
    return api(dependsOn=[{"containerName": name, "condition": condition}])


def ports(*pairs: tuple[int, int | None, str]) -> dict[str, Any]:
    return api(
        portMappings=[
            {"containerPort": inside, "name": name, **({} if outside is None else {"hostPort": outside})}
            for inside, outside, name in pairs
        ]
    )


def definition(name: str, changes: dict[str, Any]) -> dict[str, Any]:
    base = {
        "family": name,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [API],
    }
    return {**base, **changes}


ON_EC2 = {"requiresCompatibilities": ["EC2"], "networkMode": "bridge"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (of(API, API), "Container names must be unique within a task definition"),
        (of(SIDE), "Task definition doesn't have any essential container"),
        (
            of(API, memory="", **ON_EC2),
            "Invalid setting for container 'api'. At least one of 'memory' or 'memoryReservation' must be specified.",
        ),
        (of(api(memory=513)), "The 'memory' setting for container 'api' is greater than for the task"),
        (of(api(memory=100, memoryReservation=101)), "'memory' must be greater than or equal to 'memoryReservation'"),
        (
            of(api(cpu=200), {**SIDE, "cpu": 57}),
            "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
        ),
        (
            of(ports((3000, 80, "http"))),
            "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
        ),
        (
            of(api(memory=8, portMappings=[{"containerPort": 1, "hostPort": 2}]), **ON_EC2 | {"networkMode": "host"}),
            "When networkMode=host, the host ports and container ports in port mappings must match.",
        ),
        (
            of(ports((3000, None, "http"), (3001, None, "http"))),
            "When networkMode=awsvpc, port mapping name is already used",
        ),
        (of(waiting("START", "nope"), SIDE), "Cannot depend on container + 'nope' because it does not exist"),
        (
            of(waiting("SUCCESS"), {**SIDE, "essential": True}),
            "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
        ),
        (
            of(waiting("HEALTHY"), SIDE),
            "A dependency container with HEALTHY condition must have health check configured",
        ),
        (
            of(api(healthCheck={**CHECK, "startPeriod": 301})),
            "Health check startPeriod must be less than or equal to the maximum allowed value 300 for container 'api'",
        ),
        (
            of(api(healthCheck={**CHECK, "interval": 4})),
            "Health check interval must be greater than or equal to the minimum allowed value 5 for container 'api'",
        ),
        (
            of(api(ulimits=[{"name": "nofile", "softLimit": 2, "hardLimit": 1}])),
            "Soft limit exceeds hard limit for ulimit nofile",
        ),
        (of(api(mountPoints=[{"sourceVolume": "nope", "containerPath": "/x"}])), "Unknown volume 'nope'."),
        (of(API, *({**SIDE, "name": f"side-{number}"} for number in range(10))), "Too many containers."),
        (
            of(api(memoryReservation=500), {**SIDE, "memory": 13}),
            "The containers reserve 513 MiB of memory, and the task has 512",
        ),
        (of(waiting("START", "api")), "Container dependencies should not have a cycle, got api"),
        (
            of(waiting("START"), {**SIDE, "dependsOn": [{"containerName": "api", "condition": "START"}]}),
            "Container dependencies should not have a cycle, got api, side",
        ),
        ({"volumes": [{"name": "v"}, {"name": "v"}]}, "Volume names must be unique within a task definition"),
        ({"volumes": [{"name": "v.1"}]}, "Volume.name contains invalid characters."),
    ],
)
def test_containers_that_do_not_go_together_are_refused(
    client: Client, name: str, changes: dict[str, Any], message: str
) -> None:
    answer = refused(client("ecs").register_task_definition, **definition(name, changes))

    assert answer == (400, "ClientException", message)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            of(api(privileged=True)),
            "Fargate requires that the \u2018privileged\u2019 setting be \u2018false\u2019 at the container level.",
        ),
        ({"ipcMode": "task"}, "Fargate compatible task definitions do not support ipcMode"),
        (
            {"pidMode": "host"},
            "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is "
            "'task'.",
        ),
        (
            {"placementConstraints": [{"type": "memberOf", "expression": "a == b"}]},
            "Fargate compatible task definitions do not support constraints",
        ),
        (
            {"volumes": [{"name": "v", "host": {"sourcePath": "/data"}}]},
            "Fargate compatible task definitions do not support sourcePath",
        ),
        (
            of(api(linuxParameters={"sharedMemorySize": 64})),
            "Fargate compatible task definitions do not support sharedMemorySize",
        ),
        (
            of(api(linuxParameters={"capabilities": {"add": ["SYS_PTRACE", "NET_ADMIN"]}})),
            "NET_ADMIN is not allowed on Fargate.",
        ),
        ({"ephemeralStorage": {"sizeInGiB": 20}}, "EphemeralStorage size should be at least 21"),
        ({"ephemeralStorage": {"sizeInGiB": 201}}, "EphemeralStorage size should be at most 200"),
        (of(api(startTimeout=121)), "startTimeout and stopTimeout must be between 2 and 120 seconds on Fargate"),
        (of(api(stopTimeout=1)), "startTimeout and stopTimeout must be between 2 and 120 seconds on Fargate"),
        (
            of(logs(mode="sometimes"), executionRoleArn=ROLE),
            "Log driver option mode must be blocking or non-blocking, got sometimes",
        ),
        (of(api(links=["side"]), SIDE), "Links are not supported when networkMode=awsvpc."),
        (
            of(api(extraHosts=[{"hostname": "a", "ipAddress": "10.0.0.1"}])),
            "Extra hosts are not supported on container when networkMode=awsvpc.",
        ),
        (of(api(hostname="api")), "hostname is not supported on container when networkMode=awsvpc."),
        (of(logs("json-file")), "json-file is not a valid log driver. Must be one of [awslogs,splunk,awsfirelens]"),
        (of(logs(awslogs_group=None), executionRoleArn=ROLE), "Log driver awslogs requires options: awslogs-group"),
        (
            of(logs(awslogs_stream_prefix=None), executionRoleArn=ROLE),
            "Fargate requires log configuration options to include awslogs-stream-prefix to support log driver "
            "awslogs.",
        ),
        (of(logs()), "Fargate requires task definition to have execution role ARN to support log driver awslogs."),
        (
            of(api(image="123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1")),
            "Fargate requires task definition to have execution role ARN to support ECR images.",
        ),
        (
            of(api(secrets=[{"name": "A", "valueFrom": "/a"}])),
            "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
        ),
        (
            of(
                api(environment=[{"name": "A", "value": "1"}], secrets=[{"name": "A", "valueFrom": "/a"}]),
                executionRoleArn=ROLE,
            ),
            "The secret name must be unique and not shared with any new or existing environment variables set on the "
            "container, such as 'A'.",
        ),
        (
            of(api(secrets=[{"name": "A", "valueFrom": "/a"}] * 2), executionRoleArn=ROLE),
            "Duplicate secret names found: A. Each secret name must be unique.",
        ),
    ],
)
def test_what_fargate_does_not_have_is_refused(
    client: Client, name: str, changes: dict[str, Any], message: str
) -> None:
    answer = refused(client("ecs").register_task_definition, **definition(name, changes))

    assert answer == (400, "ClientException", message)


@pytest.mark.parametrize(
    "changes",
    [
        of(api(memory=512, memoryReservation=512, cpu=256), SIDE),
        of(ports((3000, 3000, "http"), (3001, None, "https"))),
        of(waiting("START"), SIDE),
        of(
            waiting("START"),
            {**SIDE, "dependsOn": [{"containerName": "b", "condition": "START"}]},
            {**SIDE, "name": "b"},
        ),
        of(API, *({**SIDE, "name": f"side-{number}"} for number in range(9))),
        of(api(memoryReservation=500), {**SIDE, "memory": 512, "memoryReservation": 12}),
        of(api(startTimeout=120, stopTimeout=2)),
        of(api(startTimeout=3600, memory=8), **ON_EC2 | {"memory": ""}),
        of(logs(mode="blocking"), executionRoleArn=ROLE),
        of(waiting("SUCCESS"), SIDE),
        of(waiting("HEALTHY"), {**SIDE, "healthCheck": CHECK}),
        of(api(healthCheck={**CHECK, "interval": 5, "timeout": 2, "retries": 1, "startPeriod": 0})),
        of(api(healthCheck={**CHECK, "interval": 300, "timeout": 60, "retries": 10, "startPeriod": 300})),
        of(api(ulimits=[{"name": "nofile", "softLimit": 1, "hardLimit": 1}])),
        of(api(mountPoints=[{"sourceVolume": "v", "containerPath": "/x"}]), volumes=[{"name": "v"}]),
        of(api(linuxParameters={"capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]}, "initProcessEnabled": True})),
        of(api(privileged=False), pidMode="task", ephemeralStorage={"sizeInGiB": 21}),
        of(logs(), executionRoleArn=ROLE),
        of(
            api(memory=8, privileged=True, cpu=1024, hostname="api", extraHosts=[]), **ON_EC2, ipcMode="host", memory=""
        ),
        of(
            api(memoryReservation=8, logConfiguration={"logDriver": "awslogs", "options": {"awslogs-group": "g"}}),
            **ON_EC2,
            memory="",
        ),
        of(api(memory=8, portMappings=[{"containerPort": 80, "hostPort": 8080}]), **ON_EC2),
    ],
)
def test_what_goes_together_is_registered(client: Client, name: str, changes: dict[str, Any]) -> None:
    answer = client("ecs").register_task_definition(**definition(name, changes))

    assert answer["taskDefinition"]["revision"] == 1
