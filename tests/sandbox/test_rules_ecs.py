"""ECS refuses task definitions that Fargate cannot run, services without what they need, and names it does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.stack import Stack, make, service
from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]


@pytest.fixture
def definition(name: str) -> dict[str, Any]:
    """One that Fargate runs."""
    return {
        "family": name,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": "api", "image": "nowhere/api:1"}],
    }


SIZES = "No Fargate configuration exists for given values: {} CPU, {} memory. See the Amazon ECS documentation for the "


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"cpu": "256", "memory": "4096"}, SIZES.format(256, 4096) + "valid values.", id="memory"),
        pytest.param({"cpu": "300", "memory": "512"}, SIZES.format(300, 512) + "valid values.", id="cpu"),
        pytest.param({"cpu": "1 vCPU", "memory": "1 GB"}, SIZES.format(1024, 1024) + "valid values.", id="units"),
        pytest.param({"cpu": ""}, "Fargate requires that 'cpu' be defined at the task level.", id="no cpu"),
        pytest.param({"memory": ""}, "Fargate requires that 'memory' be defined at the task level.", id="no memory"),
        pytest.param(
            {"networkMode": "bridge"}, "Fargate only supports network mode \u2018awsvpc\u2019.", id="network mode"
        ),
        pytest.param({"family": "my api"}, "Family contains invalid characters.", id="family"),
        pytest.param({"containerDefinitions": []}, "Container list cannot be empty.", id="no container"),
        pytest.param(
            {"containerDefinitions": [{"name": "my.api", "image": "i"}]},
            "Container.name contains invalid characters.",
            id="container",
        ),
        pytest.param(
            {"containerDefinitions": [{"image": "i"}]}, "Container.name should not be null or empty.", id="no name"
        ),
        pytest.param(
            {"containerDefinitions": [{"name": "api"}]}, "Container.image should not be null or empty.", id="no image"
        ),
    ],
)
def test_a_task_definition_that_fargate_cannot_run_is_refused(
    client: Client, definition: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    answer = refused(client("ecs").register_task_definition, **{**definition, **changes})

    assert answer == (400, "ClientException", message)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"cpu": "512", "memory": "4096"},
        {"cpu": "4096", "memory": "30720"},
        {"cpu": "8192", "memory": "20480"},
        {"cpu": "16384", "memory": "122880"},
        {"cpu": ".25 vCPU", "memory": "0.5 GB"},
        {"cpu": "1 vcpu", "memory": "2GB"},
        {"requiresCompatibilities": ["EC2"], "networkMode": "bridge", "cpu": "300", "memory": "300"},
    ],
)
def test_a_task_definition_of_any_other_size_is_registered(
    client: Client, definition: dict[str, Any], changes: dict[str, Any]
) -> None:
    assert client("ecs").register_task_definition(**{**definition, **changes})["taskDefinition"]["revision"] == 1


def test_a_service_needs_a_task_definition_a_network_and_a_name(client: Client, name: str) -> None:
    ecs, stack = client("ecs"), make(client, name)
    params = {"cluster": name, "serviceName": name, "launchType": "FARGATE", "desiredCount": 0}
    complete = {**params, "taskDefinition": stack.task_definition, "networkConfiguration": stack.network}

    nothing = refused(ecs.create_service, **params)
    no_network = refused(ecs.create_service, **params, taskDefinition=stack.task_definition)
    no_name = refused(ecs.create_service, **{**complete, "serviceName": "my api"})

    assert nothing == (400, "InvalidParameterException", "TaskDefinition can not be blank.")
    message = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
    assert no_network == (400, "InvalidParameterException", message)
    assert no_name == (400, "InvalidParameterException", "Service name my api contains invalid characters.")
    assert ecs.create_service(**complete)["service"]["status"] == "ACTIVE"


def test_a_cluster_that_is_there_stays_as_it_is_and_is_returned(client: Client, name: str) -> None:
    stack: Stack = make(client, name)
    service(client, stack)
    ecs = client("ecs")

    again = ecs.create_cluster(clusterName=name, tags=[{"key": "owner", "value": "another"}])["cluster"]

    assert again["clusterArn"] == f"arn:aws:ecs:us-east-1:123456789012:cluster/{name}"
    assert [found["clusterArn"] for found in ecs.describe_clusters(clusters=[name])["clusters"]] == [
        again["clusterArn"]
    ]
    assert ecs.list_tags_for_resource(resourceArn=again["clusterArn"]).get("tags", []) == []
    assert ecs.describe_services(cluster=name, services=[name])["services"][0]["status"] == "ACTIVE"


def test_a_clusters_name_is_of_letters_digits_hyphens_and_underscores(client: Client, name: str) -> None:
    answer = refused(client("ecs").create_cluster, clusterName="my cluster")

    assert answer == (400, "InvalidParameterException", "Cluster name my cluster contains invalid characters.")
    assert client("ecs").create_cluster(clusterName=f"{name}_Two")["cluster"]["clusterName"] == f"{name}_Two"
