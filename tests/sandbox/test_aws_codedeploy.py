"""CodeDeploy's applications, groups and configurations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.stack import Stack, make, service

Client = Callable[[str], Any]


@pytest.fixture
def stack(client: Client, name: str) -> Stack:
    made = make(client, name)
    service(client, made)
    client("codedeploy").create_application(applicationName=name, computePlatform="ECS")
    return made


def group(client: Client, stack: Stack, **changes: Any) -> None:
    params: dict[str, Any] = {
        "applicationName": stack.name,
        "deploymentGroupName": "group",
        "serviceRoleArn": "arn:aws:iam::123456789012:role/r",
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "ecsServices": [{"clusterName": stack.name, "serviceName": stack.name}],
        "tags": [{"Key": "a", "Value": "b"}],
    }
    client("codedeploy").create_deployment_group(**{**params, **changes})


def info(client: Client, stack: Stack, name: str = "group") -> dict[str, Any]:
    answer = client("codedeploy").get_deployment_group(applicationName=stack.name, deploymentGroupName=name)
    found: dict[str, Any] = answer["deploymentGroupInfo"]
    return found


def code(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def test_a_group_has_both_waits_as_numbers_even_when_never_given(client: Client, stack: Stack) -> None:
    group(client, stack)

    found = info(client, stack)
    assert found["blueGreenDeploymentConfiguration"] == {
        "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 0},
    }
    assert found["deploymentConfigName"] == "CodeDeployDefault.ECSAllAtOnce"
    assert found["computePlatform"] == "ECS"
    assert found["ecsServices"] == [{"clusterName": stack.name, "serviceName": stack.name}]


def test_what_was_never_given_is_absent(client: Client, stack: Stack) -> None:
    group(client, stack)

    absent = {"alarmConfiguration", "lastSuccessfulDeployment", "lastAttemptedDeployment", "targetRevision"}
    assert absent & set(info(client, stack)) == set()


def test_an_update_changes_what_is_sent_and_nothing_else(client: Client, stack: Stack) -> None:
    alarms = {"enabled": True, "ignorePollAlarmFailure": False, "alarms": [{"name": "a"}]}
    group(client, stack, alarmConfiguration=alarms)
    codedeploy = client("codedeploy")

    codedeploy.update_deployment_group(
        applicationName=stack.name,
        currentDeploymentGroupName="group",
        newDeploymentGroupName="renamed",
        deploymentConfigName="CodeDeployDefault.ECSCanary10Percent5Minutes",
    )

    found = info(client, stack, "renamed")
    assert found["deploymentConfigName"] == "CodeDeployDefault.ECSCanary10Percent5Minutes"
    assert found["alarmConfiguration"] == alarms
    arn = f"arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:{stack.name}/renamed"
    assert codedeploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    assert code(info, client=client, stack=stack) == "DeploymentGroupDoesNotExistException"


def test_an_application_can_be_renamed_and_deleted_with_its_groups(client: Client, stack: Stack) -> None:
    group(client, stack)
    codedeploy = client("codedeploy")
    new = f"{stack.name}-new"

    codedeploy.update_application(applicationName=stack.name, newApplicationName=new)

    assert code(codedeploy.get_application, applicationName=stack.name) == "ApplicationDoesNotExistException"
    assert codedeploy.list_deployment_groups(applicationName=new)["deploymentGroups"] == ["group"]
    codedeploy.delete_application(applicationName=new)
    assert code(codedeploy.get_application, applicationName=new) == "ApplicationDoesNotExistException"
    # As in AWS: deleting what is not there is no error.
    codedeploy.delete_application(applicationName=new)


def test_a_deleted_group_is_gone(client: Client, stack: Stack) -> None:
    group(client, stack)
    named = {"applicationName": stack.name, "deploymentGroupName": "group"}

    assert client("codedeploy").delete_deployment_group(**named)["hooksNotCleanedUp"] == []

    assert code(client("codedeploy").get_deployment_group, **named) == "DeploymentGroupDoesNotExistException"


def test_groups_are_read_in_batches(client: Client, stack: Stack) -> None:
    group(client, stack)

    answer = client("codedeploy").batch_get_deployment_groups(
        applicationName=stack.name, deploymentGroupNames=["group", "none"]
    )

    assert [found["deploymentGroupName"] for found in answer["deploymentGroupsInfo"]] == ["group"]
    assert answer["errorMessage"] == "No Deployment Group found for name: none"


def test_a_service_that_codedeploy_cannot_release_is_refused(client: Client, stack: Stack) -> None:
    client("ecs").create_service(
        cluster=stack.name,
        serviceName="rolling",
        taskDefinition=stack.task_definition,
        desiredCount=0,
        launchType="FARGATE",
        networkConfiguration=stack.network,
    )

    for unfit in ("rolling", "none"):
        services = [{"clusterName": stack.name, "serviceName": unfit}]
        assert code(group, client=client, stack=stack, ecsServices=services) == "InvalidECSServiceException"


def test_a_service_is_in_one_group_only(client: Client, stack: Stack) -> None:
    group(client, stack)

    refusal = code(group, client=client, stack=stack, deploymentGroupName="other")

    assert refusal == "ECSServiceMappingLimitExceededException"


def test_an_unknown_deployment_configuration_is_refused(client: Client, stack: Stack) -> None:
    refusal = code(group, client=client, stack=stack, deploymentConfigName="none")

    assert refusal == "DeploymentConfigDoesNotExistException"


def test_a_deployment_configuration_lives_and_dies(client: Client, stack: Stack) -> None:
    codedeploy = client("codedeploy")
    named = {"deploymentConfigName": f"{stack.name}-canary"}
    routing = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 20, "canaryInterval": 1}}
    codedeploy.create_deployment_config(**named, computePlatform="ECS", trafficRoutingConfig=routing)

    found = codedeploy.get_deployment_config(**named)["deploymentConfigInfo"]
    assert found["trafficRoutingConfig"] == routing
    assert found["computePlatform"] == "ECS"
    group(client, stack, **named)
    assert code(codedeploy.delete_deployment_config, **named) == "DeploymentConfigInUseException"
    codedeploy.delete_deployment_group(applicationName=stack.name, deploymentGroupName="group")
    codedeploy.delete_deployment_config(**named)
    assert code(codedeploy.get_deployment_config, **named) == "DeploymentConfigDoesNotExistException"


def test_awss_own_configurations_are_there_and_cannot_be_deleted(client: Client) -> None:
    codedeploy = client("codedeploy")
    listed = codedeploy.list_deployment_configs()["deploymentConfigsList"]

    assert {name for name in listed if name.startswith("CodeDeployDefault.ECS")} == {
        "CodeDeployDefault.ECSAllAtOnce",
        "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "CodeDeployDefault.ECSCanary10Percent15Minutes",
        "CodeDeployDefault.ECSLinear10PercentEvery1Minutes",
        "CodeDeployDefault.ECSLinear10PercentEvery3Minutes",
    }
    linear = codedeploy.get_deployment_config(deploymentConfigName="CodeDeployDefault.ECSLinear10PercentEvery3Minutes")
    assert linear["deploymentConfigInfo"]["trafficRoutingConfig"] == {
        "type": "TimeBasedLinear",
        "timeBasedLinear": {"linearPercentage": 10, "linearInterval": 3},
    }
    named = {"deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce"}
    assert code(codedeploy.delete_deployment_config, **named) == "InvalidOperationException"
