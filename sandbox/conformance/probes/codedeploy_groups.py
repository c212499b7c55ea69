"""CodeDeploy: deployment groups, and what they may be."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, answered, breaks, without, worded
from sandbox.conformance.probes.codedeploy import API, refusal
from sandbox.conformance.world import World

_PROVIDER = "https://github.com/hashicorp/terraform-provider-aws/issues"


def _tried(world: World, **changes: Any) -> dict[str, Any]:
    """A group of a service that is in no group."""
    assert world.spare_service, "CodeDeploy needs a while to know it: it is made before the rest"
    assert world.deployment_group, "the role must be known, and this group has it too"
    return world.spare_deployment_group_settings(f"{world.name}-tried", **changes)


def _unfit(claim: str, code: str, changes: dict[str, Any], source: str = "") -> Probe:
    return refusal("CreateDeploymentGroup", claim, lambda world: _tried(world, **changes), code, source)


def _ready(**option: Any) -> dict[str, Any]:
    terminate = {"action": "TERMINATE"}
    return {
        "blueGreenDeploymentConfiguration": {
            "deploymentReadyOption": option,
            "terminateBlueInstancesOnDeploymentSuccess": terminate,
        }
    }


_HALF = {"blueGreenDeploymentConfiguration": {"terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE"}}}


def _waiting(rule: str, **option: Any) -> Probe:
    return worded(rule, "CreateDeploymentGroup", lambda world: _tried(world, **_ready(**option)))


def _triggers(*pairs: tuple[str, str]) -> dict[str, Any]:
    """Of names and topics."""
    entries = [
        {"triggerName": name, "triggerTargetArn": topic, "triggerEvents": ["DeploymentStart"]} for name, topic in pairs
    ]
    return {"triggerConfigurations": entries}


def _with_many_triggers(world: World) -> dict[str, Any]:
    """Of topics that are there, which is looked at first."""
    names = [f"{world.name}-{number}" for number in range(11)]
    topics = [world.account.call("sns", "CreateTopic", Name=name)["TopicArn"] for name in names]
    return _tried(world, **_triggers(*zip(names, topics, strict=True)))


def _ending(**option: Any) -> dict[str, Any]:
    ready = {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}
    return {
        "blueGreenDeploymentConfiguration": {
            "deploymentReadyOption": ready,
            "terminateBlueInstancesOnDeploymentSuccess": option,
        }
    }


def _alarms(*names: str) -> dict[str, Any]:
    return {"alarmConfiguration": {"enabled": True, "alarms": [{"name": name} for name in names]}}


def _with_half_a_pair(world: World) -> dict[str, Any]:
    settings = _tried(world)
    pair = settings["loadBalancerInfo"]["targetGroupPairInfoList"][0]
    pair["targetGroups"] = pair["targetGroups"][:1]
    return settings


def _group(world: World, **changes: Any) -> dict[str, Any]:
    return {"applicationName": world.application, "deploymentGroupName": world.deployment_group} | changes


PROBES: list[Probe] = [
    answered(
        "codedeploy",
        "CreateDeploymentGroup",
        "a group that waits for a person is made",
        lambda world: _tried(
            world,
            deploymentGroupName=f"{world.name}-waits",
            **_ready(actionOnTimeout="STOP_DEPLOYMENT", waitTimeInMinutes=60),
        ),
        {},
        f"{API}/API_DeploymentReadyOption.html",
    ),
    answered(
        "codedeploy",
        "GetDeploymentGroup",
        "a group tells both of its waits as numbers, though it was never given any",
        _group,
        {
            "deploymentGroupInfo.blueGreenDeploymentConfiguration.deploymentReadyOption": {
                "actionOnTimeout": "CONTINUE_DEPLOYMENT",
                "waitTimeInMinutes": 0,
            },
            "deploymentGroupInfo.blueGreenDeploymentConfiguration.terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE",
                "terminationWaitTimeInMinutes": 0,
            },
        },
        "https://github.com/aws/aws-cli/blob/develop/awscli/customizations/ecs/deploy.py",
    ),
    answered(
        "codedeploy",
        "GetDeploymentGroup",
        "a group tells its platform and its service by name, and no deployment before there is one",
        _group,
        {
            "deploymentGroupInfo.computePlatform": "ECS",
            "deploymentGroupInfo.ecsServices": lambda world: [
                {"clusterName": world.cluster, "serviceName": world.service}
            ],
            "deploymentGroupInfo.lastAttemptedDeployment": None,
            "deploymentGroupInfo.lastSuccessfulDeployment": None,
        },
        f"{API}/API_DeploymentGroupInfo.html",
    ),
    refusal(
        "GetDeploymentGroup",
        "a group that is not there is not shown",
        lambda world: _group(world, deploymentGroupName=world.missing),
        "DeploymentGroupDoesNotExistException",
    ),
    refusal(
        "ListDeploymentGroups",
        "an application that is not there has no groups",
        lambda world: {"applicationName": world.missing},
        "ApplicationDoesNotExistException",
    ),
    refusal(
        "CreateDeploymentGroup",
        "a group's name is used once an application",
        lambda world: _tried(world, deploymentGroupName=world.deployment_group),
        "DeploymentGroupAlreadyExistsException",
    ),
    refusal(
        "CreateDeploymentGroup",
        "a group has a name",
        lambda world: without(_tried(world), "deploymentGroupName"),
        "DeploymentGroupNameRequiredException",
    ),
    refusal(
        "CreateDeploymentGroup",
        "a group's name has no space",
        lambda world: _tried(world, deploymentGroupName=f"{world.name} tried"),
        "InvalidDeploymentGroupNameException",
    ),
    refusal(
        "CreateDeploymentGroup",
        "a group has a role",
        lambda world: without(_tried(world), "serviceRoleArn"),
        "RoleRequiredException",
    ),
    worded(
        "role_does_not_trust_codedeploy",
        "CreateDeploymentGroup",
        lambda world: _tried(world, serviceRoleArn=world.execution_role),
    ),
    refusal(
        "CreateDeploymentGroup",
        "a group is of an application that is there",
        lambda world: _tried(world, applicationName=world.missing),
        "ApplicationDoesNotExistException",
    ),
    refusal(
        "CreateDeploymentGroup",
        "a group shifts traffic by a configuration that is there",
        lambda world: _tried(world, deploymentConfigName=world.missing),
        "DeploymentConfigDoesNotExistException",
    ),
    refusal(
        "CreateDeploymentGroup",
        "a group shifts traffic by a configuration of its own platform",
        lambda world: _tried(world, deploymentConfigName="CodeDeployDefault.LambdaAllAtOnce"),
        "InvalidDeploymentConfigNameException",
    ),
    refusal(
        "CreateDeploymentGroup",
        "a group's service is there",
        lambda world: _tried(world, ecsServices=[{"clusterName": world.cluster, "serviceName": world.missing}]),
        "InvalidECSServiceException",
    ),
    refusal(
        "CreateDeploymentGroup",
        "a group's service is one of CodeDeploy's",
        lambda world: _tried(world, ecsServices=[{"clusterName": world.cluster, "serviceName": world.rolling_service}]),
        "InvalidECSServiceException",
    ),
    refusal(
        "CreateDeploymentGroup",
        "a service is in one group",
        lambda world: world.deployment_group_settings(f"{world.deployment_group}-tried"),
        "ECSServiceMappingLimitExceededException",
    ),
    refusal(
        "CreateDeploymentGroup", "a pair is of two target groups", _with_half_a_pair, "InvalidTargetGroupPairException"
    ),
    _unfit(
        "a group of services has no instances to scale",
        "InvalidAutoScalingGroupException",
        {"autoScalingGroups": ["none"]},
        f"{_PROVIDER}/7128",
    ),
    breaks(
        "blue_green_configuration_is_half",
        "CreateDeploymentGroup",
        lambda world: _tried(world, **_HALF),
        message="Deployment ready option cannot be null",
    ),
    _waiting("deployment_waits_for_nothing", actionOnTimeout="CONTINUE_DEPLOYMENT", waitTimeInMinutes=5),
    _waiting("deployment_is_given_up_at_once", actionOnTimeout="STOP_DEPLOYMENT", waitTimeInMinutes=0),
    _unfit(
        "an approval is waited for five days at most",
        "InvalidBlueGreenDeploymentConfigurationException",
        _ready(actionOnTimeout="STOP_DEPLOYMENT", waitTimeInMinutes=7201),
        "https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html",
    ),
    worded(
        "trigger_is_given_twice",
        "CreateDeploymentGroup",
        lambda world: _tried(world, **_triggers(("one", world.topic), ("two", world.topic))),
    ),
    worded("group_has_too_many_triggers", "CreateDeploymentGroup", _with_many_triggers),
    _unfit(
        "the original tasks are not kept",
        "InvalidBlueGreenDeploymentConfigurationException",
        _ending(action="KEEP_ALIVE"),
        f"{_PROVIDER}/23995",
    ),
    _unfit(
        "the original tasks are kept for two days at most",
        "InvalidBlueGreenDeploymentConfigurationException",
        _ending(action="TERMINATE", terminationWaitTimeInMinutes=2881),
        f"{API}/API_BlueInstanceTerminationOption.html",
    ),
    _unfit(
        "a rollback that is on has an event",
        "InvalidAutoRollbackConfigException",
        {"autoRollbackConfiguration": {"enabled": True, "events": []}},
    ),
    _unfit(
        "a rollback's event is one of three",
        "InvalidAutoRollbackConfigException",
        {"autoRollbackConfiguration": {"enabled": True, "events": ["DEPLOYMENT_LATE"]}},
    ),
    _unfit("alarms that are on are named", "InvalidAlarmConfigException", _alarms()),
    _unfit("an alarm is named once", "InvalidAlarmConfigException", _alarms("slow", "slow")),
    _unfit(
        "a group has ten alarms at most",
        "AlarmsLimitExceededException",
        _alarms(*(f"slow-{number}" for number in range(11))),
    ),
    refusal(
        "UpdateDeploymentGroup",
        "a group that is not there is not changed",
        lambda world: {"applicationName": world.application, "currentDeploymentGroupName": world.missing},
        "DeploymentGroupDoesNotExistException",
    ),
]
