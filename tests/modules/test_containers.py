import json
from dataclasses import replace
from typing import Any

import pytest

from modules.inputs import Sidecar
from modules.service import Service, ServiceProps
from tests.modules.example import CLUSTER, FIRST_TARGET, PLACEMENT, SERVICE, TASK
from tests.synthesis import Config, policy, reference, resource, synth

COLLECTOR = Sidecar(name="collector", image="222222222222.dkr.ecr.eu-west-1.amazonaws.com/collector:v1")
PUBLIC = replace(COLLECTOR, image="public.ecr.aws/team/collector:v1")


def service(**changes: Any) -> Config:
    props = ServiceProps(
        service=SERVICE, cluster=CLUSTER, task=replace(TASK, **changes), placement=PLACEMENT, first_target=FIRST_TARGET
    )
    return synth(lambda stack: Service(stack, "service", props))


def definition(config: Config) -> Config:
    return resource(config, "aws_ecs_task_definition")


def containers(config: Config) -> list[dict[str, Any]]:
    return list(json.loads(definition(config)["container_definitions"]))


def sidecar(given: Sidecar) -> dict[str, Any]:
    return containers(service(sidecars=[given]))[1]


def test_a_sidecar_is_hardened_and_logs_to_the_services_group_in_streams_of_its_own() -> None:
    config = service(sidecars=[COLLECTOR])

    assert containers(config)[1] == {
        "name": "collector",
        "image": COLLECTOR.image,
        "essential": True,
        "environment": [],
        "readonlyRootFilesystem": True,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": reference(config, "aws_cloudwatch_log_group", "name", name="/ecs/dev/api"),
                "awslogs-region": "eu-west-1",
                "awslogs-stream-prefix": "collector",
                "mode": "non-blocking",
                "max-buffer-size": "25m",
            },
        },
    }


def test_a_sidecar_has_what_is_chosen_for_it() -> None:
    chosen = replace(
        COLLECTOR,
        command=["--config", "/etc/a.yaml"],
        environment={"B": "2", "A": "1"},
        essential=False,
        memory=128,
        memory_reservation=64,
        health_command=["CMD", "/healthcheck"],
        user="4317",
    )
    made = sidecar(chosen)

    assert {key: made[key] for key in made if key not in ("logConfiguration", "image")} == {
        "name": "collector",
        "command": ["--config", "/etc/a.yaml"],
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
        "essential": False,
        "memory": 128,
        "memoryReservation": 64,
        "healthCheck": {
            "command": ["CMD", "/healthcheck"],
            "interval": 10,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 10,
        },
        "user": "4317",
        "readonlyRootFilesystem": True,
    }


def test_the_services_container_waits_for_each_sidecar_as_it_says() -> None:
    job = replace(COLLECTOR, name="job", essential=False, start="SUCCESS")

    assert containers(service(sidecars=[COLLECTOR, job]))[0]["dependsOn"] == [
        {"containerName": "collector", "condition": "START"},
        {"containerName": "job", "condition": "SUCCESS"},
    ]
    assert "dependsOn" not in containers(service())[0]


def test_a_task_does_not_wait_for_ever_for_a_sidecar_to_be_healthy_but_lets_a_job_take_its_time() -> None:
    healthy = replace(COLLECTOR, start="HEALTHY", health_command=["CMD", "/healthcheck"])
    job = replace(COLLECTOR, essential=False, start="COMPLETE")

    assert sidecar(healthy)["startTimeout"] == 120
    assert "startTimeout" not in sidecar(job)


def test_writable_paths_are_volumes_of_the_container_that_has_them() -> None:
    config = service(
        writable_paths=["/tmp", "/var/cache/nginx"], sidecars=[replace(COLLECTOR, writable_paths=["/tmp"])]
    )

    assert [one.get("mountPoints") for one in containers(config)] == [
        [
            {"sourceVolume": "tmp-cec4c99f", "containerPath": "/tmp", "readOnly": False},
            {"sourceVolume": "var-cache-nginx-ee38f0ee", "containerPath": "/var/cache/nginx", "readOnly": False},
        ],
        [{"sourceVolume": "tmp-39847c07", "containerPath": "/tmp", "readOnly": False}],
    ]
    assert definition(config)["volume"] == [
        {"name": "tmp-cec4c99f"},
        {"name": "var-cache-nginx-ee38f0ee"},
        {"name": "tmp-39847c07"},
    ]


def test_paths_that_read_alike_have_volumes_of_their_own() -> None:
    names = [one["name"] for one in definition(service(writable_paths=["/a/b", "/a.b", "/a-b"]))["volume"]]

    assert len(set(names)) == 3
    assert all(name.startswith("a-b-") for name in names)


def test_the_order_in_which_paths_are_given_changes_no_revision() -> None:
    assert definition(service(writable_paths=["/b", "/a"])) == definition(service(writable_paths=["/a", "/b"]))


def test_a_task_has_the_disk_that_is_asked_for() -> None:
    assert definition(service(ephemeral_storage_gib=30))["ephemeral_storage"] == {"size_in_gib": 30}
    assert "ephemeral_storage" not in definition(service())


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("non-blocking", {"mode": "non-blocking", "max-buffer-size": "25m"}), ("blocking", {"mode": "blocking"})],
)
def test_every_container_logs_in_the_chosen_mode(mode: str, expected: dict[str, str]) -> None:
    for one in containers(service(log_mode=mode, sidecars=[COLLECTOR])):
        options = one["logConfiguration"]["options"]
        assert {key: options[key] for key in options if not key.startswith("awslogs-")} == expected


def test_the_execution_role_pulls_the_images_of_all_containers() -> None:
    pull = {
        "Effect": "Allow",
        "Action": ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
    }
    own = "arn:aws:ecr:eu-west-1:111111111111:repository/team/api"
    other = "arn:aws:ecr:eu-west-1:222222222222:repository/collector"

    assert policy(service(sidecars=[COLLECTOR]), "dev-api-execution")[1] == pull | {"Resource": [own, other]}
    assert policy(service(sidecars=[PUBLIC]), "dev-api-execution")[1] == pull | {"Resource": own}
    same = replace(COLLECTOR, image=TASK.image)
    assert policy(service(sidecars=[same]), "dev-api-execution")[1] == pull | {"Resource": own}
