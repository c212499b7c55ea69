"""CodeDeploy's applications, groups and configurations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.codedeploy_stack import AT_ONCE
from tests.sandbox.roles import codedeploy_role
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
        "serviceRoleArn": codedeploy_role(client),
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


def test_groups_are_listed_of_an_application_that_exists(client: Client, stack: Stack) -> None:
    group(client, stack)
    listed = client("codedeploy").list_deployment_groups

    answer = listed(applicationName=stack.name)

    assert answer["deploymentGroups"] == ["group"]
    assert "nextToken" not in answer
    assert code(listed, applicationName="none") == "ApplicationDoesNotExistException"


@pytest.mark.parametrize("verb", ["applications", "deployment_groups", "deployment_configs", "application_revisions"])
def test_a_page_that_nobody_was_told_of_is_refused(client: Client, stack: Stack, verb: str) -> None:
    named = {"applicationName": stack.name} if verb in ("deployment_groups", "application_revisions") else {}

    refusal = code(getattr(client("codedeploy"), f"list_{verb}"), **named, nextToken="garbage")

    assert refusal == "InvalidNextTokenException"


def test_an_application_is_for_one_of_the_platforms(client: Client, name: str) -> None:
    create = client("codedeploy").create_application

    assert code(create, applicationName=name, computePlatform="Fargate") == "InvalidComputePlatformException"
    assert create(applicationName=name)["applicationId"]
    assert client("codedeploy").get_application(applicationName=name)["application"]["computePlatform"] == "Server"


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


EVENTS = ["DEPLOYMENT_FAILURE"]
BLUE_GREEN = "InvalidBlueGreenDeploymentConfigurationException"


def ending(**option: Any) -> dict[str, Any]:
    return _waits(AT_ONCE, option)


def ready(**option: Any) -> dict[str, Any]:
    return _waits(option, {"action": "TERMINATE"})


def _waits(ready: dict[str, Any], ending: dict[str, Any]) -> dict[str, Any]:
    config = {"deploymentReadyOption": ready, "terminateBlueInstancesOnDeploymentSuccess": ending}
    return {"blueGreenDeploymentConfiguration": config}


def pair(*groups: str, **routes: list[str]) -> Callable[[Stack], dict[str, Any]]:
    """Of the stack's target groups, which are called like it."""

    def changes(stack: Stack) -> dict[str, Any]:
        info: dict[str, Any] = {"targetGroups": [{"name": f"{stack.name}-{group}"} for group in groups]}
        info |= {name: {"listenerArns": arns} for name, arns in routes.items()}
        return {"loadBalancerInfo": {"targetGroupPairInfoList": [info]}}

    return changes


def alarms(*names: str, enabled: bool = True) -> dict[str, Any]:
    return {"alarmConfiguration": {"enabled": enabled, "alarms": [{"name": name} for name in names]}}


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        (ending(action="KEEP_ALIVE"), BLUE_GREEN),
        (ending(action="TERMINATE", terminationWaitTimeInMinutes=2881), BLUE_GREEN),
        (ending(terminationWaitTimeInMinutes=-1), BLUE_GREEN),
        (ready(actionOnTimeout="STOP"), BLUE_GREEN),
        (ready(actionOnTimeout="STOP_DEPLOYMENT", waitTimeInMinutes=-1), BLUE_GREEN),
        (ready(actionOnTimeout="CONTINUE_DEPLOYMENT", waitTimeInMinutes=5), BLUE_GREEN),
        (ready(waitTimeInMinutes=5), BLUE_GREEN),
        ({"autoScalingGroups": ["a"]}, "InvalidAutoScalingGroupException"),
        ({"autoRollbackConfiguration": {"enabled": True}}, "InvalidAutoRollbackConfigException"),
        ({"autoRollbackConfiguration": {"enabled": True, "events": ["X"]}}, "InvalidAutoRollbackConfigException"),
        (alarms(), "InvalidAlarmConfigException"),
        (alarms("a", "a"), "InvalidAlarmConfigException"),
        (alarms(*"abcdefghijk"), "AlarmsLimitExceededException"),
        (pair("blue"), "InvalidTargetGroupPairException"),
        (pair("blue", "blue"), "InvalidTargetGroupPairException"),
        (pair("blue", "red"), "InvalidTargetGroupPairException"),
        (pair("blue", "green", testTrafficRoute=["a", "b"]), "InvalidTargetGroupPairException"),
        ({"deploymentStyle": {"deploymentType": "IN_PLACE"}}, "InvalidDeploymentStyleException"),
        ({"deploymentConfigName": "CodeDeployDefault.OneAtATime"}, "InvalidDeploymentConfigNameException"),
    ],
)
def test_a_group_by_which_nothing_could_be_released_is_refused_when_it_is_made_and_when_it_is_changed(
    client: Client, stack: Stack, changes: Any, refusal: str
) -> None:
    params: dict[str, Any] = changes(stack) if callable(changes) else changes
    assert code(group, client=client, stack=stack, **params) == refusal
    group(client, stack)
    before = info(client, stack)

    named = {"applicationName": stack.name, "currentDeploymentGroupName": "group"}

    assert code(client("codedeploy").update_deployment_group, **named, **params) == refusal
    assert info(client, stack) == before


@pytest.mark.parametrize(
    "changes",
    [
        alarms(enabled=False),
        {"autoRollbackConfiguration": {"enabled": False}},
        {"autoRollbackConfiguration": {"enabled": False, "events": EVENTS}},
        ending(action="TERMINATE", terminationWaitTimeInMinutes=2880),
        pair("blue", "green", prodTrafficRoute=["a"], testTrafficRoute=["b"]),
    ],
    ids=["no alarms", "no rollback", "rollback off", "two days", "pair"],
)
def test_what_terraform_sends_is_taken(client: Client, stack: Stack, changes: Any) -> None:
    params: dict[str, Any] = changes(stack) if callable(changes) else changes

    group(client, stack, **params)
    made = info(client, stack)
    client("codedeploy").update_deployment_group(
        applicationName=stack.name, currentDeploymentGroupName="group", **params
    )

    assert info(client, stack) == made
    assert set(params) <= set(made)


def test_a_service_that_is_gone_is_refused(client: Client, stack: Stack) -> None:
    client("ecs").delete_service(cluster=stack.name, service=stack.name)
    client("ecs").describe_services(cluster=stack.name, services=[stack.name])

    assert code(group, client=client, stack=stack) == "InvalidECSServiceException"


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


@pytest.mark.parametrize(
    "routing",
    [
        {"type": "TimeBasedcanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 5}},
        {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 0, "linearInterval": 1}},
        {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 150, "canaryInterval": 5}},
        {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": -5}},
        {"type": "TimeBasedCanary", "timeBasedLinear": {"linearPercentage": 10, "linearInterval": 1}},
        {"timeBasedLinear": {"linearPercentage": 10, "linearInterval": 1}},
    ],
    ids=["typo", "nothing moves", "more than all", "before it began", "the other block", "no type"],
)
def test_a_deployment_configuration_by_which_traffic_cannot_move_is_refused(
    client: Client, name: str, routing: dict[str, Any]
) -> None:
    create = client("codedeploy").create_deployment_config
    params = {"deploymentConfigName": name, "computePlatform": "ECS"}

    refusal = code(create, **params, trafficRoutingConfig=routing)

    assert refusal == "InvalidTrafficRoutingConfigurationException"
    assert name not in client("codedeploy").list_deployment_configs()["deploymentConfigsList"]


def test_a_deployment_configuration_for_an_unknown_platform_is_refused(client: Client, name: str) -> None:
    create = client("codedeploy").create_deployment_config

    assert code(create, deploymentConfigName=name, computePlatform="EKS") == "InvalidComputePlatformException"


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
