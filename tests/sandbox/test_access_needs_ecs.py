"""What calls to ECS ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.access.model import Need
from tests.sandbox.access_calls import ACCOUNT, asked, pairs

HERE = f"arn:aws:ecs:us-east-1:{ACCOUNT}"
CLUSTER = f"{HERE}:cluster/dev"
SERVICE = f"{HERE}:service/dev/dev-api"
REVISIONS = f"{HERE}:task-definition/dev-api:*"
ROLES = {"taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/task", "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/run"}
TAGS = [{"key": "team", "value": "web"}]
PASSED = [
    Need("iam:PassRole", role, keys={"iam:PassedToService": ("ecs-tasks.amazonaws.com",)}, resource_tags={})
    for role in ROLES.values()
]


@pytest.fixture(autouse=True)
def client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("ecs", region_name="us-east-1")


def test_a_revision_is_registered_with_its_tags_and_roles() -> None:
    params = {"family": "dev-api", "containerDefinitions": [{"name": "api", "privileged": True}], "cpu": "256"}
    keys = {
        "ecs:compute-compatibility": ("FARGATE",),
        "ecs:privileged": ("true",),
        "ecs:task-cpu": ("256",),
        "ecs:task-memory": (),
    }
    made = {"request_tags": {"team": "web"}, "resource_tags": {}}
    found = asked("ecs", "RegisterTaskDefinition", **params, **ROLES, tags=TAGS, requiresCompatibilities=["FARGATE"])
    assert found == [
        Need("ecs:RegisterTaskDefinition", REVISIONS, keys=keys, **made),
        Need("ecs:RegisterTaskDefinition", "*", keys=keys, **made),
        Need("ecs:TagResource", REVISIONS, keys={"ecs:CreateAction": ("RegisterTaskDefinition",)}, **made),
        *PASSED,
    ]


def test_one_role_for_both_is_passed_once() -> None:
    role = ROLES["taskRoleArn"]
    params = {"family": "a", "containerDefinitions": [], "taskRoleArn": role, "executionRoleArn": role}
    assert pairs("ecs", "RegisterTaskDefinition", **params)[2:] == [("iam:PassRole", role)]


def test_a_task_set_is_made_by_both_readings_of_the_reference() -> None:
    params = {"cluster": "dev", "service": "dev-api", "taskDefinition": "dev-api:3"}
    keys = {
        "ecs:cluster": (CLUSTER,),
        "ecs:service": (SERVICE,),
        "ecs:capacity-provider": (),
        "ecs:task-definition": (f"{HERE}:task-definition/dev-api:3",),
    }
    assert asked("ecs", "CreateTaskSet", **params) == [
        Need("ecs:CreateTaskSet", f"{HERE}:task-set/dev/dev-api/*", keys=keys, request_tags={}),
        Need("ecs:CreateTaskSet", "*", keys=keys, request_tags={}, resource_tags={}),
    ]


@pytest.mark.parametrize("named", ["ecs-svc/12", f"{HERE}:task-set/dev/dev-api/ecs-svc/12"])
def test_a_task_set_goes_by_id_or_arn(named: str) -> None:
    assert asked("ecs", "DeleteTaskSet", cluster="dev", service="dev-api", taskSet=named) == [
        Need(
            "ecs:DeleteTaskSet",
            f"{HERE}:task-set/dev/dev-api/ecs-svc/12",
            keys={"ecs:cluster": (CLUSTER,), "ecs:service": (SERVICE,)},
            request_tags={},
        )
    ]


@pytest.mark.parametrize(
    ("cluster", "service"),
    [
        ({"cluster": "dev"}, "dev-api"),
        ({"cluster": CLUSTER}, SERVICE),
        ({}, SERVICE),
        ({"cluster": "dev"}, f"{HERE}:service/dev-api"),
    ],
)
def test_services_and_clusters_have_names_and_arns(cluster: dict[str, str], service: str) -> None:
    assert pairs("ecs", "UpdateServicePrimaryTaskSet", **cluster, service=service, primaryTaskSet="x") == [
        ("ecs:UpdateServicePrimaryTaskSet", SERVICE)
    ]


def test_a_service_is_known_by_its_tags(client: Any) -> None:
    client.create_cluster(clusterName="dev")
    client.create_service(cluster="dev", serviceName="dev-api", tags=TAGS, deploymentController={"type": "CODE_DEPLOY"})
    assert asked("ecs", "DescribeServices", cluster="dev", services=["dev-api"]) == [
        Need(
            "ecs:DescribeServices",
            SERVICE,
            keys={"ecs:cluster": (CLUSTER,)},
            request_tags={},
            resource_tags={"team": "web"},
        )
    ]


def test_a_service_says_what_it_runs_and_where(client: Any) -> None:
    for _ in range(2):
        client.register_task_definition(family="dev-api", containerDefinitions=[])
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "DISABLED"}}
    params = {"cluster": "dev", "serviceName": "dev-api", "taskDefinition": "dev-api"}
    create, tagging = asked("ecs", "CreateService", **params, networkConfiguration=network, tags=TAGS)
    said = {key: value for key, value in create.keys.items() if value not in ((), ("false",))}
    assert said == {
        "ecs:task-definition": (f"{HERE}:task-definition/dev-api:2",),
        "ecs:subnet": ("subnet-1",),
        "ecs:auto-assign-public-ip": ("DISABLED",),
    }
    assert (tagging.action, tagging.resource) == ("ecs:TagResource", SERVICE)
    assert tagging.keys == {"ecs:CreateAction": ("CreateService",)}


def test_tasks_are_listed_by_their_cluster() -> None:
    assert asked("ecs", "ListTasks", cluster="dev", serviceName="dev-api") == [
        Need("ecs:ListTasks", "*", keys={"ecs:cluster": (CLUSTER,)}, request_tags={}, resource_tags={})
    ]


def test_a_task_that_is_run_is_given_its_roles_again(client: Any) -> None:
    client.register_task_definition(family="dev-api", containerDefinitions=[], **ROLES)
    found = asked("ecs", "RunTask", cluster="dev", taskDefinition="dev-api")
    assert (found[0].action, found[0].resource) == ("ecs:RunTask", f"{HERE}:task-definition/dev-api:1")
    assert found[1:] == PASSED


def test_the_first_cluster_makes_the_services_role() -> None:
    assert pairs("ecs", "CreateCluster", clusterName="dev", tags=TAGS) == [
        ("ecs:CreateCluster", CLUSTER),
        ("ecs:TagResource", CLUSTER),
        (
            "iam:CreateServiceLinkedRole",
            f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
        ),
    ]


def test_tags_that_are_changed_later_are_no_creation() -> None:
    assert asked("ecs", "TagResource", resourceArn=CLUSTER, tags=TAGS) == [
        Need("ecs:TagResource", CLUSTER, keys={"ecs:CreateAction": ()}, request_tags={"team": "web"}, resource_tags={})
    ]
