"""CodeDeploy's verbs for deployments: what they take, refuse and show. The service has no tasks, so all is quick."""

from __future__ import annotations

import re
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.clients import local_client
from sandbox.launch import Sandbox
from tests.sandbox.codedeploy_stack import AT_ONCE, Client, Releases, approved, appspec, refusal, releases, stack
from tests.sandbox.running_stack import until
from tests.sandbox.stack import Stack, make, service

__all__ = ["approved", "releases", "stack"]


def test_a_deployment_id_looks_like_awss(releases: Releases, stack: Stack) -> None:
    assert re.fullmatch(r"d-[A-Z0-9]{9}", releases.deploy(appspec(stack.task_definition)))


def test_the_service_and_its_group_follow_a_deployment_that_succeeded(
    client: Client, releases: Releases, stack: Stack
) -> None:
    content = appspec(client("ecs").register_task_definition(**_definition(client, stack))["taskDefinition"]["family"])
    deployment = releases.deploy(content)

    info = releases.reaches(deployment, "Succeeded")

    (found,) = client("ecs").describe_services(cluster=stack.name, services=[stack.name])["services"]
    assert found["taskDefinition"].endswith(f"/{stack.name}:2")
    assert found["loadBalancers"] == [{"targetGroupArn": stack.green, "containerName": "api", "containerPort": 3000}]
    assert [(one["status"], one["startedBy"], one["externalId"]) for one in found["taskSets"]] == [
        ("PRIMARY", "CODE_DEPLOY", deployment)
    ]
    group = _group(releases)
    last = {
        "deploymentId": deployment,
        "status": "Succeeded",
        "createTime": info["createTime"],
        "endTime": info["completeTime"],
    }
    assert group["lastSuccessfulDeployment"] == group["lastAttemptedDeployment"] == last
    assert group["targetRevision"]["appSpecContent"] == {"sha256": sha256(content.encode()).hexdigest()}


def _group(releases: Releases) -> dict[str, Any]:
    return dict(releases.codedeploy.get_deployment_group(**releases.named)["deploymentGroupInfo"])


def test_the_group_tells_of_a_deployment_from_its_begin(approved: Releases, stack: Stack) -> None:
    deployment = approved.deploy(appspec(stack.task_definition))
    created = approved.reaches(deployment, "Ready")["createTime"]

    group = _group(approved)

    assert group["lastAttemptedDeployment"] == {"deploymentId": deployment, "status": "Ready", "createTime": created}
    assert "lastSuccessfulDeployment" not in group


def test_the_platform_version_is_that_of_the_task_set_that_is_live(client: Client, stack: Stack) -> None:
    ecs = client("ecs")

    def version() -> str:
        (found,) = ecs.describe_services(cluster=stack.name, services=[stack.name])["services"]
        return str(found["platformVersion"])

    ecs.delete_service(cluster=stack.name, service=stack.name)
    ecs.describe_services(cluster=stack.name, services=[stack.name])
    service(client, stack, platformVersion="1.3.0")
    wait = {
        "deploymentReadyOption": AT_ONCE,
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 60},
    }
    releases = Releases(client, stack.name, stack.prod, blueGreenDeploymentConfiguration=wait)
    assert version() == "1.3.0"

    deployment = releases.deploy(appspec(stack.task_definition))  # it names none, which is the newest
    until(lambda: releases.info(deployment)["instanceTerminationWaitTimeStarted"])
    assert version() == "LATEST"
    releases.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
    undoing = releases.reaches(deployment, "Stopped")["rollbackInfo"]["rollbackDeploymentId"]
    releases.reaches(undoing, "Succeeded")

    assert version() == "1.3.0"


def _definition(client: Client, stack: Stack) -> dict[str, Any]:
    found = client("ecs").describe_task_definition(taskDefinition=stack.task_definition)["taskDefinition"]
    wanted = ("family", "requiresCompatibilities", "networkMode", "cpu", "memory", "containerDefinitions")
    return {key: found[key] for key in wanted}


def test_one_group_has_one_active_deployment(approved: Releases, stack: Stack) -> None:
    active = approved.deploy(appspec(stack.task_definition))

    with pytest.raises(ClientError) as caught:
        approved.deploy(appspec(stack.task_definition))

    assert caught.value.response["Error"]["Code"] == "DeploymentLimitExceededException"
    assert active in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize(
    ("revision", "code"),
    [
        (None, "RevisionRequiredException"),
        ({"revisionType": "AppSpecContent", "appSpecContent": {}}, "InvalidRevisionException"),
        ({"revisionType": "AppSpecContent", "appSpecContent": {"content": "version: 2"}}, "InvalidRevisionException"),
        (
            {"revisionType": "AppSpecContent", "appSpecContent": {"content": appspec("x"), "sha256": "0" * 64}},
            "InvalidRevisionException",
        ),
        (
            {
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": appspec("x", hooks={"AfterAllowTestTraffic": "check"})},
            },
            "InvalidRevisionException",  # there is no test listener: the check would never be made
        ),
        ({"revisionType": "GitHub", "gitHubLocation": {"repository": "a/b"}}, "UnsupportedOperation"),
    ],
    ids=["none", "empty", "not an AppSpec", "another sha256", "hook that would never run", "GitHub"],
)
def test_a_revision_that_cannot_be_deployed_is_refused(
    releases: Releases, revision: dict[str, Any] | None, code: str
) -> None:
    params = {} if revision is None else {"revision": revision}

    assert refusal(releases.codedeploy.create_deployment, **releases.named, **params) == code
    assert releases.codedeploy.list_deployments(**releases.named)["deployments"] == []


def test_a_deployment_needs_names_that_exist(releases: Releases) -> None:
    create, get = releases.codedeploy.create_deployment, releases.codedeploy.get_deployment

    assert refusal(create, applicationName="none", deploymentGroupName="x") == "ApplicationDoesNotExistException"
    assert refusal(create, applicationName=releases.name) == "DeploymentGroupNameRequiredException"
    assert (
        refusal(create, applicationName=releases.name, deploymentGroupName="none")
        == "DeploymentGroupDoesNotExistException"
    )
    config = {"deploymentConfigName": "none"}
    assert refusal(releases.deploy, appspec("x"), **config) == "DeploymentConfigDoesNotExistException"
    assert refusal(get, deploymentId="d-AAAAAAAAA") == "DeploymentDoesNotExistException"
    assert refusal(get, deploymentId="mine") == "InvalidDeploymentIdException"


def test_deployments_are_listed_newest_first_and_by_status(approved: Releases, stack: Stack) -> None:
    older = approved.deploy(appspec(stack.task_definition), autoRollbackConfiguration={"enabled": False})
    approved.codedeploy.stop_deployment(deploymentId=older, autoRollbackEnabled=False)
    approved.reaches(older, "Stopped")
    newer = approved.deploy(appspec(stack.task_definition))
    approved.reaches(newer, "Ready")

    def listed(*statuses: str) -> list[str]:
        filters = {"includeOnlyStatuses": list(statuses)} if statuses else {}
        return list(approved.codedeploy.list_deployments(**approved.named, **filters)["deployments"])

    assert listed() == [newer, older]
    assert listed("Created", "Queued", "InProgress", "Ready") == [newer]
    assert listed("Stopped") == [older]
    everything, named = approved.codedeploy.list_deployments, approved.named
    assert {newer, older} <= set(everything()["deployments"])
    alone = {"applicationName": named["applicationName"]}
    assert refusal(everything, **alone) == "DeploymentGroupNameRequiredException"
    group = {"deploymentGroupName": named["deploymentGroupName"]}
    assert refusal(everything, **group) == "ApplicationNameRequiredException"
    assert refusal(everything, **named, nextToken="garbage") == "InvalidNextTokenException"
    batch = approved.codedeploy.batch_get_deployments(deploymentIds=[older, "d-AAAAAAAAA", newer])["deploymentsInfo"]
    assert [info["deploymentId"] for info in batch] == [older, newer]


def test_an_approval_moves_production_and_only_then(client: Client, approved: Releases, stack: Stack) -> None:
    deployment = approved.deploy(appspec(stack.task_definition))
    info = approved.reaches(deployment, "Ready")

    assert info["deploymentOverview"]["Ready"] == 1
    (listener,) = client("elbv2").describe_listeners(ListenerArns=[stack.prod])["Listeners"]
    before = {
        one["TargetGroupArn"]: one["Weight"] for one in listener["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
    }
    assert before == {stack.blue: 100, stack.green: 0}
    too_early = refusal(
        approved.codedeploy.continue_deployment, deploymentId=deployment, deploymentWaitType="TERMINATION_WAIT"
    )
    assert too_early == "InvalidDeploymentStatusException"
    approved.codedeploy.continue_deployment(deploymentId=deployment, deploymentWaitType="READY_WAIT")
    approved.reaches(deployment, "Succeeded")
    (listener,) = client("elbv2").describe_listeners(ListenerArns=[stack.prod])["Listeners"]
    after = {
        one["TargetGroupArn"]: one["Weight"] for one in listener["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
    }
    assert after == {stack.blue: 0, stack.green: 100}
    late = refusal(approved.codedeploy.continue_deployment, deploymentId=deployment)
    assert late == "DeploymentAlreadyCompletedException"


def test_a_configuration_is_kept_for_the_deployment_that_goes_by_it(approved: Releases, stack: Stack) -> None:
    codedeploy, own = approved.codedeploy, {"deploymentConfigName": f"{stack.name}-own"}
    codedeploy.create_deployment_config(**own, computePlatform="ECS", trafficRoutingConfig={"type": "AllAtOnce"})
    deployment = approved.deploy(appspec(stack.task_definition), **own)
    info = approved.reaches(deployment, "Ready")

    assert info["deploymentConfigName"] == f"{stack.name}-own"
    assert refusal(codedeploy.delete_deployment_config, **own) == "DeploymentConfigInUseException"
    codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=False)
    approved.reaches(deployment, "Stopped")
    codedeploy.delete_deployment_config(**own)
    assert refusal(codedeploy.get_deployment_config, **own) == "DeploymentConfigDoesNotExistException"


def test_a_stop_with_rollback_is_followed_by_a_deployment_that_undoes_it(approved: Releases, stack: Stack) -> None:
    deployment = approved.deploy(appspec(stack.task_definition))
    approved.reaches(deployment, "Ready")

    answer = approved.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)

    assert answer["status"] == "Pending"
    info = approved.reaches(deployment, "Stopped")
    assert info["errorInformation"]["code"] == "MANUAL_STOP"
    undoing = info["rollbackInfo"]["rollbackDeploymentId"]
    found = approved.reaches(undoing, "Succeeded")
    assert found["rollbackInfo"]["rollbackTriggeringDeploymentId"] == deployment
    assert found["creator"] == "codeDeployRollback"
    late = refusal(approved.codedeploy.stop_deployment, deploymentId=deployment)
    assert late == "DeploymentAlreadyCompletedException"


def test_a_deployment_has_one_target(releases: Releases, stack: Stack) -> None:
    deployment = releases.deploy(appspec(stack.task_definition))
    releases.reaches(deployment, "Succeeded")
    codedeploy, named = releases.codedeploy, {"deploymentId": deployment}

    assert codedeploy.list_deployment_targets(**named)["targetIds"] == [releases.target_id]
    one = codedeploy.get_deployment_target(**named, targetId=releases.target_id)["deploymentTarget"]
    assert codedeploy.batch_get_deployment_targets(**named, targetIds=[releases.target_id])["deploymentTargets"] == [
        one
    ]
    assert one["deploymentTargetType"] == "ECSTarget"
    assert one["ecsTarget"]["status"] == "Succeeded"
    listed = codedeploy.list_deployment_targets
    assert listed(**named, targetFilters={"TargetStatus": ["Failed"]})["targetIds"] == []
    wrong = {"TargetStatus": ["Done"]}
    assert refusal(listed, **named, targetFilters=wrong) == "InvalidInstanceStatusException"
    assert refusal(listed, **named, nextToken="garbage") == "InvalidNextTokenException"
    unknown = refusal(codedeploy.get_deployment_target, **named, targetId="x:y")
    assert unknown == "DeploymentTargetDoesNotExistException"
    malformed = refusal(codedeploy.get_deployment_target, **named, targetId=stack.name)
    assert malformed == "InvalidDeploymentTargetIdException"


def test_the_rules_of_the_production_listener_move_with_it(client: Client, releases: Releases, stack: Stack) -> None:
    elbv2 = client("elbv2")
    conditions = [{"Field": "path-pattern", "Values": ["/a"]}]
    forward = [{"Type": "forward", "TargetGroupArn": stack.blue}]
    fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    (rule,) = elbv2.create_rule(ListenerArn=stack.prod, Conditions=conditions, Priority=1, Actions=forward)["Rules"]
    (other,) = elbv2.create_rule(ListenerArn=stack.prod, Conditions=conditions, Priority=2, Actions=fixed)["Rules"]

    releases.reaches(releases.deploy(appspec(stack.task_definition)), "Succeeded")

    rules = {one["RuleArn"]: one for one in elbv2.describe_rules(ListenerArn=stack.prod)["Rules"]}
    groups = rules[rule["RuleArn"]]["Actions"][0]["ForwardConfig"]["TargetGroups"]
    assert {one["TargetGroupArn"]: one["Weight"] for one in groups} == {stack.blue: 0, stack.green: 100}
    assert rules[other["RuleArn"]]["Actions"][0]["Type"] == "fixed-response"


def test_more_rules_than_a_page_has_move_all(client: Client, releases: Releases, stack: Stack) -> None:
    elbv2 = client("elbv2")
    forward = [{"Type": "forward", "TargetGroupArn": stack.blue}]
    for number in range(1, 52):
        path = [{"Field": "path-pattern", "Values": [f"/{number}"]}]
        elbv2.create_rule(ListenerArn=stack.prod, Conditions=path, Priority=number, Actions=forward)

    releases.reaches(releases.deploy(appspec(stack.task_definition)), "Succeeded")

    pages = elbv2.get_paginator("describe_rules").paginate(ListenerArn=stack.prod)
    shares = pages.search("Rules[].Actions[].ForwardConfig.TargetGroups[].[TargetGroupArn, Weight]")
    assert Counter(map(tuple, shares)) == {(stack.blue, 0): 52, (stack.green, 100): 52}


def test_a_firing_alarm_of_the_group_stops_the_deployment(client: Client, stack: Stack) -> None:
    alarm = {"MetricName": "m", "Namespace": "n", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1.0}
    client("cloudwatch").put_metric_alarm(
        AlarmName=stack.name,
        **alarm,
        Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="ignore",
    )
    client("cloudwatch").set_alarm_state(AlarmName=stack.name, StateValue="ALARM", StateReason="test")
    releases = Releases(
        client, stack.name, stack.prod, alarmConfiguration={"enabled": True, "alarms": [{"name": stack.name}]}
    )

    blocked = releases.reaches(releases.deploy(appspec(stack.task_definition)), "Stopped")
    override = {"enabled": False, "alarms": []}
    forced = releases.deploy(appspec(stack.task_definition), overrideAlarmConfiguration=override)

    assert blocked["errorInformation"]["code"] == "ALARM_ACTIVE"
    releases.reaches(forced, "Succeeded")


def test_a_group_or_an_application_that_is_deleted_ends_its_deployment(
    approved: Releases, client: Client, stack: Stack
) -> None:
    deployment = approved.deploy(appspec(stack.task_definition))
    approved.reaches(deployment, "Ready")

    approved.codedeploy.delete_deployment_group(**approved.named)

    info = approved.reaches(deployment, "Stopped")
    assert info["errorInformation"]["code"] == "DEPLOYMENT_GROUP_MISSING"
    assert "rollbackInfo" not in info
    client("ecs").delete_service(cluster=stack.name, service=stack.name, force=True)
    (gone,) = client("ecs").describe_services(cluster=stack.name, services=[stack.name])["services"]
    assert (gone["status"], gone["taskSets"]) == ("INACTIVE", [])


def test_a_deleted_service_ends_its_deployment(client: Client, approved: Releases, stack: Stack) -> None:
    deployment = approved.deploy(appspec(stack.task_definition))
    approved.reaches(deployment, "Ready")

    client("ecs").delete_service(cluster=stack.name, service=stack.name, force=True)

    assert approved.reaches(deployment, "Failed")["errorInformation"]["code"] == "INVALID_ECS_SERVICE"


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"autoRollbackConfiguration": {"enabled": True}}, "InvalidAutoRollbackConfigException"),
        ({"overrideAlarmConfiguration": {"enabled": True, "alarms": []}}, "InvalidAlarmConfigException"),
        ({"deploymentConfigName": "CodeDeployDefault.LambdaAllAtOnce"}, "InvalidDeploymentConfigNameException"),
    ],
)
def test_a_deployment_whose_own_settings_make_no_sense_is_refused(
    releases: Releases, stack: Stack, params: dict[str, Any], code: str
) -> None:
    assert refusal(releases.deploy, appspec(stack.task_definition), **params) == code


def test_deployments_are_found_by_when_they_were_made_in_every_time_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    with Sandbox(tmp_path / "state", time_scale=60) as running:

        def client(name: str) -> Any:
            return local_client(name, running.facts["region"], running.facts["endpoint_url"])

        made = make(client, "zone")
        service(client, made)
        releases = Releases(client, "zone", made.prod)
        deployment = releases.deploy(appspec(made.task_definition))
        created = releases.info(deployment)["createTime"]

        def listed(start: timedelta, end: timedelta) -> list[str]:
            times = {"start": created + start, "end": created + end}
            return list(releases.codedeploy.list_deployments(createTimeRange=times)["deployments"])

        none, second = timedelta(), timedelta(seconds=1)
        assert listed(-second, none) == listed(none, second) == [deployment]
        assert listed(-second, timedelta(milliseconds=-1)) == listed(timedelta(milliseconds=1), second) == []
