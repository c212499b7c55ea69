"""CodeDeploy refuses shifts that are none or take too long, and groups that wait for nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.codedeploy_stack import APPROVAL, AT_ONCE, Releases
from tests.sandbox.roles import codedeploy_role, make_role
from tests.sandbox.stack import make, service
from tests.sandbox.test_aws_errors import refused
from tests.sandbox.trust import trust

Client = Callable[[str], Any]

ROUTING = "InvalidTrafficRoutingConfigurationException"
BLUE_GREEN = "InvalidBlueGreenDeploymentConfigurationException"
PERCENT = "Valid traffic routing percentage is from 1 to 99"
CANARY = "Canary interval must be between 1 and 2880 minutes (2 days)"
LINEAR = "Total Traffic shifting intervals must be positive integers up to 2880 minutes (2 days)"


def canary(percentage: int, interval: int) -> dict[str, Any]:
    numbers = {"canaryPercentage": percentage, "canaryInterval": interval}
    return {"trafficRoutingConfig": {"type": "TimeBasedCanary", "timeBasedCanary": numbers}}


def linear(percentage: int, interval: int) -> dict[str, Any]:
    numbers = {"linearPercentage": percentage, "linearInterval": interval}
    return {"trafficRoutingConfig": {"type": "TimeBasedLinear", "timeBasedLinear": numbers}}


ALL = {"trafficRoutingConfig": {"type": "AllAtOnce"}}
HOSTS = {"minimumHealthyHosts": {"type": "HOST_COUNT", "value": 1}}


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (
            {"computePlatform": "EC2"},
            "InvalidComputePlatformException",
            "ComputePlatform 'EC2' is not valid. Valid values are [Server, Lambda, ECS, Kubernetes]",
        ),
        (
            {"deploymentConfigName": "CodeDeployDefault.Mine", **ALL},
            "InvalidDeploymentConfigNameException",
            "The prefix CodeDeployDefault. is reserved for predefined configuration names",
        ),
        (
            {**ALL, **HOSTS},
            "InvalidMinimumHealthyHostValueException",
            "minimum healthy hosts should be null for ECS deployment configuration",
        ),
        (
            {},
            ROUTING,
            "Traffic routing configuration cannot be null nor empty for deployment configurations on this platform.",
        ),
        (
            {"trafficRoutingConfig": {"type": "TimeBasedCanary"}},
            ROUTING,
            "TimeBasedCanaryConfiguration should not be null for TimeBasedCanary type",
        ),
        (
            {"trafficRoutingConfig": {**canary(10, 5)["trafficRoutingConfig"], "type": "AllAtOnce"}},
            ROUTING,
            "TimeBasedCanaryConfiguration should be null for AllAtOnce type",
        ),
        (canary(0, 5), ROUTING, PERCENT),
        (canary(100, 5), ROUTING, PERCENT),
        (linear(100, 5), ROUTING, PERCENT),
        (canary(10, 0), ROUTING, CANARY),
        (canary(10, 2881), ROUTING, CANARY),
        (linear(99, 2881), ROUTING, LINEAR),
        (linear(50, 1441), ROUTING, LINEAR),
        (linear(10, 0), ROUTING, LINEAR),
    ],
)
def test_traffic_is_shifted_in_steps_within_two_days(
    client: Client, name: str, given: dict[str, Any], code: str, message: str
) -> None:
    create = client("codedeploy").create_deployment_config

    answer = refused(create, **{"deploymentConfigName": name, "computePlatform": "ECS", **given})

    assert answer == (400, code, message)


@pytest.mark.parametrize(
    "given",
    [
        ALL,
        canary(1, 1),
        canary(99, 2880),
        linear(1, 28),
        linear(34, 1440),
        linear(99, 2880),
        {"deploymentConfigName": "CodeDeployDefaultMine", **ALL},
        {"computePlatform": "Server", **HOSTS},
    ],
)
def test_other_configurations_are_made(client: Client, name: str, given: dict[str, Any]) -> None:
    codedeploy = client("codedeploy")
    whole = {"deploymentConfigName": name, "computePlatform": "ECS", **given}

    codedeploy.create_deployment_config(**whole)

    named = {"deploymentConfigName": whole["deploymentConfigName"]}
    found = codedeploy.get_deployment_config(**named)["deploymentConfigInfo"]
    assert found["computePlatform"] == whole["computePlatform"]
    codedeploy.delete_deployment_config(**named)


def test_an_application_is_for_a_platform_that_there_is(client: Client, name: str) -> None:
    create = client("codedeploy").create_application

    code, message = refused(create, applicationName=name, computePlatform="EC2")[1:]

    assert code == "InvalidComputePlatformException"
    assert message == "ComputePlatform 'EC2' is not valid. Valid values are [Server, Lambda, ECS, Kubernetes]"


def waits(ready: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    config = {**APPROVAL, **more, **({} if ready is None else {"deploymentReadyOption": ready})}
    return {"blueGreenDeploymentConfiguration": {key: value for key, value in config.items() if value}}


def triggers(*pairs: tuple[str, str]) -> dict[str, Any]:
    arn = "arn:aws:sns:us-east-1:123456789012:{}"
    entries = [
        {"triggerName": name, "triggerTargetArn": arn.format(topic), "triggerEvents": ["DeploymentStart"]}
        for name, topic in pairs
    ]
    return {"triggerConfigurations": entries}


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (
            waits({"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 1}),
            BLUE_GREEN,
            "Deployment ready action cannot be set to 'CONTINUE_DEPLOYMENT' when timeout is specified",
        ),
        (
            waits({"actionOnTimeout": "STOP_DEPLOYMENT"}),
            BLUE_GREEN,
            "Deployment ready action cannot be set to STOP_DEPLOYMENT when timeout is set to 0 minutes.",
        ),
        (
            waits({"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 7201}),
            BLUE_GREEN,
            "waitTimeInMinutes is from 0 to 7200, got 7201.",
        ),
        (
            {"deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"},
            "InvalidDeploymentConfigNameException",
            "Compute platform of deployment config CodeDeployDefault.LambdaAllAtOnce does not match expected compute "
            "platform, correct compute platform should be ECS.",
        ),
        (
            triggers(("a", "one"), ("a", "two")),
            "InvalidTriggerConfigException",
            "Duplicate Trigger target name detected",
        ),
        (
            triggers(("a", "one"), ("b", "one")),
            "InvalidTriggerConfigException",
            "Duplicate Trigger target arn detected",
        ),
        (
            triggers(*[(f"name{number}", f"topic{number}") for number in range(11)]),
            "TriggerTargetsLimitExceededException",
            "Deployment Groups cannot contain more than 10 TriggerTargets.",
        ),
    ],
)
def test_a_group_waits_for_somebody_and_tells_each_once(
    client: Client, name: str, given: dict[str, Any], code: str, message: str
) -> None:
    service(client, make(client, name))
    codedeploy, named = client("codedeploy"), {"applicationName": name}
    releases = Releases(client, name, "arn:prod", blueGreenDeploymentConfiguration=APPROVAL)
    role = {"serviceRoleArn": codedeploy_role(client)}

    made = refused(codedeploy.create_deployment_group, **named, **role, deploymentGroupName="other", **given)
    current = releases.named["deploymentGroupName"]
    changed = refused(codedeploy.update_deployment_group, **named, currentDeploymentGroupName=current, **given)

    assert made == changed == (400, code, message)
    ten = triggers(*[(f"name{number}", f"topic{number}") for number in range(10)])
    for kept in (ten, waits(AT_ONCE), waits({**AT_ONCE, "waitTimeInMinutes": 0}), waits()):
        codedeploy.update_deployment_group(**named, currentDeploymentGroupName=current, **kept)


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("deploymentReadyOption", "Deployment ready option cannot be null for blue green deployment"),
        (
            "terminateBlueInstancesOnDeploymentSuccess",
            "Terminate blue instances on deployment success behaviour cannot be set to null for Blue Green deployments",
        ),
    ],
)
def test_a_new_group_says_what_begins_and_what_ends(client: Client, name: str, missing: str, message: str) -> None:
    answer = refused(
        client("codedeploy").create_deployment_group,
        applicationName=name,
        deploymentGroupName="group",
        serviceRoleArn=codedeploy_role(client),
        **waits(**{missing: None}),
    )

    assert answer == (400, BLUE_GREEN, message)


def test_a_groups_role_trusts_codedeploy_for_that_group(client: Client, name: str) -> None:
    service(client, make(client, name))
    releases = Releases(client, name, "arn:prod")
    role = make_role(client, f"{name}-role", "ecs-tasks.amazonaws.com")
    create, update = client("codedeploy").create_deployment_group, client("codedeploy").update_deployment_group
    new = {"applicationName": name, "deploymentGroupName": "other"}
    there = {"applicationName": name, "currentDeploymentGroupName": releases.named["deploymentGroupName"]}
    answer = (400, "InvalidRoleException", "Cannot assume role provided.")
    groups = f"arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:{name}"

    def trusting_for(source: str) -> None:
        condition = {"StringEquals": {"aws:SourceAccount": "123456789012"}, "ArnLike": {"aws:SourceArn": source}}
        document = trust(Principal={"Service": "codedeploy.amazonaws.com"}, Condition=condition)
        client("iam").update_assume_role_policy(RoleName=f"{name}-role", PolicyDocument=document)

    assert refused(create, **new, serviceRoleArn=f"{role}-that-is-gone") == answer
    assert refused(create, **new, serviceRoleArn=role) == answer
    assert refused(update, **there, serviceRoleArn=role) == answer
    trusting_for(f"{groups}/another")
    assert refused(update, **there, serviceRoleArn=role) == answer
    trusting_for(f"{groups}/*")
    update(**there, serviceRoleArn=role)
    kept = client("codedeploy").get_deployment_group(**releases.named)["deploymentGroupInfo"]
    assert kept["serviceRoleArn"] == role


def test_an_account_has_fifty_configurations_of_its_own(client: Client, name: str) -> None:
    codedeploy = client("codedeploy")
    own = [
        one for one in codedeploy.list_deployment_configs()["deploymentConfigsList"] if "CodeDeployDefault" not in one
    ]
    made = [f"{name}-{number}" for number in range(50 - len(own))]
    for one in made:
        codedeploy.create_deployment_config(deploymentConfigName=one, computePlatform="ECS", **ALL)

    answer = refused(
        codedeploy.create_deployment_config, deploymentConfigName=f"{name}-more", computePlatform="ECS", **ALL
    )
    for one in made:
        codedeploy.delete_deployment_config(deploymentConfigName=one)

    assert answer[:2] == (400, "DeploymentConfigLimitExceededException")
