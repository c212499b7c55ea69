"""ECS refuses task definitions that Fargate cannot run, services without what they need, and names it does not have."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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
    assert no_name == (
        400,
        "InvalidParameterException",
        r"ServiceName must match ^[a-zA-Z0-9\-_]{1,255}$, but was my api",
    )
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

    assert answer == (400, "InvalidParameterException", r"ClusterName must match ^[a-zA-Z0-9\-_]{1,255}$")
    assert client("ecs").create_cluster(clusterName=f"{name}_Two")["cluster"]["clusterName"] == f"{name}_Two"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"loadBalancers": []},
            "When specifying the CODE_DEPLOY deployment controller type, the service requires an Application Load "
            "Balancer or Network Load Balancer.",
        ),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}]},
            "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
        ),
        (
            {"placementConstraints": [{"type": "distinctInstance"}]},
            "Placement constraints are not supported with FARGATE launch type.",
        ),
        (
            {"placementStrategy": [{"type": "random"}]},
            "Placement strategies are not supported with FARGATE launch type.",
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 101, "maximumPercent": 200}},
            "minimumHealthyPercent must be at most 100",
        ),
        (
            {"deploymentConfiguration": {"minimumHealthyPercent": 50, "maximumPercent": 99}},
            "maximumPercent must be at least 100",
        ),
    ],
)
def test_a_service_that_cannot_be_as_asked_is_refused(
    client: Client, name: str, changes: dict[str, Any], message: str
) -> None:
    stack = make(client, name)

    answer = refused(partial(service, client, stack), **changes)

    assert answer == (400, "InvalidParameterException", message)
    assert service(client, stack)["status"] == "ACTIVE"


def test_a_rolling_deployment_has_room_for_a_task(client: Client, name: str) -> None:
    stack, ecs = make(client, name), client("ecs")
    params = {"cluster": name, "serviceName": name, "taskDefinition": stack.task_definition, "desiredCount": 0}
    params |= {"launchType": "FARGATE", "networkConfiguration": stack.network}
    full = {"minimumHealthyPercent": 100, "maximumPercent": 100}

    none = refused(ecs.create_service, **params, deploymentConfiguration=full)

    message = "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments."
    assert none == (400, "InvalidParameterException", message)
    made = ecs.create_service(**params, deploymentConfiguration={**full, "minimumHealthyPercent": 0})["service"]
    assert made["deploymentConfiguration"]["maximumPercent"] == 100


def test_a_services_load_balancer_is_named_once_and_with_container_and_port(client: Client, name: str) -> None:
    stack = make(client, name)
    whole = {"targetGroupArn": stack.blue, "containerName": "api", "containerPort": 3000}

    def asked(entry: dict[str, Any]) -> tuple[int, str, str]:
        return refused(partial(service, client, stack), loadBalancers=[entry])

    no_port = asked({"targetGroupArn": stack.blue, "containerName": "api"})
    twice = asked({**whole, "loadBalancerName": "classic"})

    assert no_port[:2] == (400, "InvalidParameterException")
    assert twice == (
        400,
        "InvalidParameterException",
        "loadBalancerName and targetGroupArn cannot both be specified. You must specify either a loadBalancerName or a "
        "targetGroupArn in all loadBalancer entries",
    )


def test_only_tasks_with_interfaces_of_their_own_have_a_network(client: Client, name: str) -> None:
    stack, ecs = make(client, name), client("ecs")
    ecs.register_task_definition(
        family=f"{name}-bridge", containerDefinitions=[{"name": "api", "image": "nowhere/api:1", "memory": 8}]
    )
    params = {"cluster": name, "serviceName": name, "taskDefinition": f"{name}-bridge", "desiredCount": 0}

    answer = refused(ecs.create_service, **params, networkConfiguration=stack.network)

    message = "Network Configuration is not valid for the given networkMode of this task definition."
    assert answer == (400, "InvalidParameterException", message)
    assert ecs.create_service(**params)["service"]["status"] == "ACTIVE"


def test_a_strategy_leads_somewhere(client: Client, name: str) -> None:
    stack, ecs = make(client, name), client("ecs")
    params = {"cluster": name, "serviceName": name, "taskDefinition": stack.task_definition, "desiredCount": 0}
    params |= {"networkConfiguration": stack.network}
    both = [{"capacityProvider": "FARGATE", "weight": 0}, {"capacityProvider": "FARGATE_SPOT", "weight": 0}]

    nowhere = refused(ecs.create_service, **params, capacityProviderStrategy=both)
    elsewhere = refused(ecs.create_cluster, clusterName=f"{name}-x", defaultCapacityProviderStrategy=both[:1])

    assert nowhere == (
        400,
        "InvalidParameterException",
        "There are no capacity providers in the capacity provider strategy with a weight value greater than zero. "
        "Specify a weight value greater than zero for at least one capacity provider and try again.",
    )
    assert elsewhere == (
        400,
        "InvalidParameterException",
        "The specified capacity provider strategy cannot contain a capacity provider that is not associated with the "
        "cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.",
    )
    ecs.create_cluster(clusterName=f"{name}-x", capacityProviders=["FARGATE"], defaultCapacityProviderStrategy=both[:1])
