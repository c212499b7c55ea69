"""Releases of a real service: tasks that run, traffic that flows, a function that is asked."""

from __future__ import annotations

import json
from functools import partial
from operator import eq
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.codedeploy_stack import AFTER_INSTALL
from tests.sandbox.lambda_function import Function
from tests.sandbox.released_service import Service, Stream, answer
from tests.sandbox.roles import allow, make_role
from tests.sandbox.running_stack import Clients, Stack, stack, until

__all__ = ["stack"]


@pytest.fixture
def service(client: Clients, stack: Stack) -> Service:
    made = Service(client, stack)
    until(lambda: answer(made.url), lambda name: name == "one")
    return made


def shares(service: Service, listener: str) -> dict[str, int]:
    (found,) = service.client("elbv2").describe_listeners(ListenerArns=[listener])["Listeners"]
    groups = found["DefaultActions"][0]["ForwardConfig"]["TargetGroups"]
    return {one["TargetGroupArn"]: int(one["Weight"]) for one in groups}


def test_three_releases_and_no_request_fails(service: Service) -> None:
    stack = service.stack

    with Stream(service.url) as stream:
        for tag in ("two", "three", "four"):
            service.releases.reaches(service.release(tag), "Succeeded")
            until(lambda: answer(service.url), partial(eq, tag))

    assert set(stream.seen) == {"one", "two", "three", "four"}
    assert shares(service, stack.prod) == shares(service, stack.test) == {stack.blue: 0, stack.green: 100}
    assert len(stack.described()["taskSets"]) == 1


def test_a_hook_that_consents_lets_the_release_through(service: Service) -> None:
    hook = service.hooked(VERDICT="Succeeded")

    deployment = service.release("two", {"BeforeAllowTraffic": hook})

    service.releases.reaches(deployment, "Succeeded")
    assert answer(service.url) == "two"
    event = service.releases.target(deployment)["lifecycleEvents"][5]
    assert event["diagnostics"]["errorCode"] == "Success"
    assert event["diagnostics"]["scriptName"] == service.stack.name


def test_a_hook_that_refuses_keeps_production_where_it_is(service: Service) -> None:
    hook = service.hooked(VERDICT="Failed")
    stack = service.stack
    before = service.client("elbv2").describe_listeners(ListenerArns=[stack.prod])["Listeners"]

    with Stream(service.url) as stream:
        deployment = service.release("two", {"BeforeAllowTraffic": hook})
        info = service.releases.reaches(deployment, "Failed")
        service.releases.reaches(info["rollbackInfo"]["rollbackDeploymentId"], "Succeeded")

    assert info["errorInformation"]["code"] == "HOOK_EXECUTION_FAILURE"
    assert set(stream.seen) == {"one"}
    assert service.client("elbv2").describe_listeners(ListenerArns=[stack.prod])["Listeners"] == before
    assert shares(service, stack.test) == {stack.blue: 100, stack.green: 0}
    assert [one["status"] for one in stack.described()["taskSets"]] == ["PRIMARY"]


def test_a_role_that_may_not_move_traffic_fails_the_release_and_its_rollback(service: Service, client: Clients) -> None:
    name = service.stack.name
    denied = allow("elasticloadbalancing:ModifyListener") | {"Effect": "Deny"}
    role = make_role(client, f"{name}-release", "codedeploy.amazonaws.com", denied, managed="AWSCodeDeployRoleForECS")
    client("codedeploy").update_deployment_group(
        applicationName=name, currentDeploymentGroupName=name, serviceRoleArn=role
    )

    deployment = service.release("two")

    info = service.releases.reaches(deployment, "Failed")
    undoing = service.releases.reaches(info["rollbackInfo"]["rollbackDeploymentId"], "Failed")
    message = (
        f"The IAM role {role} does not give you permission to perform operations in the following AWS service: "
        "AmazonElasticLoadBalancingV2. Contact your AWS administrator if you need help. If you are an AWS "
        "administrator, you can grant permissions to your users or groups by creating IAM policies."
    )
    assert info["errorInformation"] == {"code": "IAM_ROLE_PERMISSIONS", "message": message}
    assert undoing["errorInformation"] == info["errorInformation"]
    assert service.releases.events(deployment)["AllowTestTraffic"] == "Failed"
    assert answer(service.url) == "one"


def test_a_deleted_hook_fails_the_release_at_once(service: Service) -> None:
    hook = "arn:aws:lambda:us-east-1:123456789012:function:gone"

    deployment = service.release("two", {"BeforeAllowTraffic": hook})

    service.releases.reaches(deployment, "Failed")
    event = service.releases.target(deployment)["lifecycleEvents"][5]
    assert event["diagnostics"]["errorCode"] == "UnknownError"
    assert "ResourceNotFoundException" in event["diagnostics"]["message"]


def test_the_first_answer_of_a_hook_counts_and_nothing_else_is_one(service: Service) -> None:
    hook = service.hooked()
    deployment = service.release("two", {"BeforeAllowTraffic": hook})
    (line,) = until(lambda: [line for line in lines(service.hook) if line.startswith("asked ")])
    asked = json.loads(line.removeprefix("asked "))
    assert set(asked) == {"DeploymentId", "LifecycleEventHookExecutionId"}
    assert asked["DeploymentId"] == deployment
    execution = asked["LifecycleEventHookExecutionId"]

    def put(status: str, execution: str = execution, id: str = deployment) -> str:
        try:
            service.releases.codedeploy.put_lifecycle_event_hook_execution_status(
                deploymentId=id, lifecycleEventHookExecutionId=execution, status=status
            )
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "taken"

    assert put("Skipped") == "InvalidLifecycleEventHookExecutionStatusException"
    assert put("Succeeded", "another") == "InvalidLifecycleEventHookExecutionIdException"
    assert put("Succeeded", id="d-AAAAAAAAA") == "DeploymentDoesNotExistException"
    assert service.releases.events(deployment)["BeforeAllowTraffic"] == "InProgress"
    assert put("Succeeded") == "taken"
    assert put("Failed") == "LifecycleEventAlreadyCompletedException"
    service.releases.reaches(deployment, "Succeeded")
    assert put("Failed") == "LifecycleEventAlreadyCompletedException"


def lines(function: Function) -> list[str]:
    try:
        return function.lines()
    except ClientError:
        return []


def test_a_stop_that_comes_while_the_old_tasks_end_is_refused(service: Service) -> None:
    service.stack.deregistration_delay(service.stack.blue, 240)
    deployment = service.release("two")
    until(lambda: "DRAINING" in [one["status"] for one in service.stack.described()["taskSets"]])

    with pytest.raises(ClientError, match="DeploymentAlreadyCompletedException"):
        service.releases.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)

    service.releases.reaches(deployment, "Succeeded")
    assert answer(service.url) == "two"


def test_a_release_that_cannot_start_never_gets_any_traffic(service: Service) -> None:
    deployment = service.release("two", MODE="crash")
    with Stream(service.url) as stream:
        until(lambda: service.stack.tasks("STOPPED"))
        service.releases.codedeploy.stop_deployment(deploymentId=deployment, autoRollbackEnabled=True)
        info = service.releases.reaches(deployment, "Stopped")
        service.releases.reaches(info["rollbackInfo"]["rollbackDeploymentId"], "Succeeded")

    events = service.releases.events(deployment)
    assert events["Install"] == "Failed"
    assert [events[name] for name in AFTER_INSTALL] == ["Skipped"] * len(AFTER_INSTALL)
    assert set(stream.seen) == {"one"}
    assert len(service.stack.described()["taskSets"]) == 1


def test_a_stop_after_the_shift_brings_the_old_tasks_back(service: Service) -> None:
    first = service.stack.running()[0]["taskArn"]
    stop = service.releases.codedeploy.stop_deployment
    service.stack.deregistration_delay(service.stack.green, 240)
    with Stream(service.url) as stream:
        deployment = service.release("two")
        until(lambda: answer(service.url), lambda name: name == "two")
        stop(deploymentId=deployment, autoRollbackEnabled=True)
        info = service.releases.reaches(deployment, "Stopped")
        with pytest.raises(ClientError, match="UnsupportedActionForDeploymentTypeException"):
            stop(deploymentId=info["rollbackInfo"]["rollbackDeploymentId"])
        service.releases.reaches(info["rollbackInfo"]["rollbackDeploymentId"], "Succeeded")
        until(lambda: answer(service.url), lambda name: name == "one")

    assert set(stream.seen) == {"one", "two"}
    assert service.stack.running()[0]["taskArn"] == first
    described: dict[str, Any] = service.stack.described()
    assert described["taskDefinition"].endswith(":1")
    assert described["loadBalancers"][0]["targetGroupArn"] == service.stack.blue
