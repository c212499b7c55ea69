"""What calls to CodeDeploy ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.codedeploy.models import codedeploy_backends

from sandbox.access.model import Need
from tests.sandbox.access_calls import ACCOUNT, asked, pairs

HERE = f"arn:aws:codedeploy:us-east-1:{ACCOUNT}"
GROUP = f"{HERE}:deploymentgroup:dev-api/dev-api"
APPLICATION = f"{HERE}:application:dev-api"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/dev-api-codedeploy"
NAMES = {"applicationName": "dev-api", "deploymentGroupName": "dev-api"}
TAGS = [{"Key": "team", "Value": "web"}]


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.fixture
def deployment() -> str:
    """Of a group that is tagged."""
    client: Any = boto3.client("codedeploy", region_name="us-east-1")
    client.create_application(applicationName="dev-api", computePlatform="Server")
    client.create_deployment_group(**NAMES, serviceRoleArn=ROLE, deploymentConfigName="Slow", tags=TAGS)
    return str(client.create_deployment(**NAMES)["deploymentId"])


@pytest.mark.parametrize("operation", ["GetDeployment", "PutLifecycleEventHookExecutionStatus"])
def test_a_deployment_is_asked_for_by_its_group(deployment: str, operation: str) -> None:
    assert asked("codedeploy", operation, deploymentId=deployment) == [
        Need(f"codedeploy:{operation}", GROUP, request_tags={}, resource_tags={"team": "web"})
    ]


def test_several_deployments_of_a_group_are_asked_for_once(deployment: str) -> None:
    client: Any = boto3.client("codedeploy", region_name="us-east-1")
    second = client.create_deployment(**NAMES)["deploymentId"]
    assert pairs("codedeploy", "BatchGetDeployments", deploymentIds=[deployment, second, "d-NOSUCH"]) == [
        ("codedeploy:BatchGetDeployments", GROUP),
        ("codedeploy:BatchGetDeployments", "*"),
    ]


@pytest.mark.parametrize("operation", ["StopDeployment", "ContinueDeployment", "GetDeploymentTarget"])
def test_the_groups_arn_is_not_enough_where_the_reference_has_no_resource(deployment: str, operation: str) -> None:
    assert pairs("codedeploy", operation, deploymentId=deployment) == [(f"codedeploy:{operation}", "*")]


def test_a_release_registers_its_revision_and_reads_its_configuration(deployment: str) -> None:
    assert deployment in codedeploy_backends[ACCOUNT]["us-east-1"].deployments
    found = pairs("codedeploy", "CreateDeployment", **NAMES, revision={"revisionType": "AppSpecContent"})
    assert found == [
        ("codedeploy:CreateDeployment", GROUP),
        ("codedeploy:GetDeploymentConfig", f"{HERE}:deploymentconfig:Slow"),
        ("codedeploy:RegisterApplicationRevision", APPLICATION),
    ]


def test_a_release_that_ignores_alarms_may_change_the_group() -> None:
    ignoring = {"overrideAlarmConfiguration": {"enabled": False}, "deploymentConfigName": "Fast"}
    assert pairs("codedeploy", "CreateDeployment", **NAMES, **ignoring) == [
        ("codedeploy:CreateDeployment", GROUP),
        ("codedeploy:GetDeploymentConfig", f"{HERE}:deploymentconfig:Fast"),
        ("codedeploy:UpdateDeploymentGroup", GROUP),
    ]


def test_a_group_is_given_its_role() -> None:
    passed = Need("iam:PassRole", ROLE, keys={"iam:PassedToService": ("codedeploy.amazonaws.com",)}, resource_tags={})
    assert asked("codedeploy", "CreateDeploymentGroup", **NAMES, serviceRoleArn=ROLE, tags=TAGS) == [
        Need("codedeploy:CreateDeploymentGroup", GROUP, request_tags={"team": "web"}, resource_tags={}),
        passed,
    ]
    update = {"applicationName": "dev-api", "currentDeploymentGroupName": "dev-api", "newDeploymentGroupName": "b"}
    assert pairs("codedeploy", "UpdateDeploymentGroup", **update) == [("codedeploy:UpdateDeploymentGroup", GROUP)]


def test_all_deployments_are_listed_by_who_may_list_them_for_all_groups() -> None:
    assert pairs("codedeploy", "ListDeployments") == [("codedeploy:ListDeployments", "*")]
    assert pairs("codedeploy", "ListDeployments", **NAMES) == [("codedeploy:ListDeployments", GROUP)]


def test_tags_are_of_what_they_are_on() -> None:
    assert asked("codedeploy", "UntagResource", ResourceArn=APPLICATION, TagKeys=["team"]) == [
        Need("codedeploy:UntagResource", APPLICATION, request_tags={"team": ""}, resource_tags={})
    ]


@pytest.mark.parametrize(
    "arn", ["nonsense", "arn:aws:nonsense:us-east-1:1:x", "arn:aws:codedeploy:mars:1:application:x"]
)
def test_what_is_no_arn_has_no_tags(arn: str) -> None:
    assert asked("codedeploy", "ListTagsForResource", ResourceArn=arn) == [
        Need("codedeploy:ListTagsForResource", arn, request_tags={}, resource_tags={})
    ]
