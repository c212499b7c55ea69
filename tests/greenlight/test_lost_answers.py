"""Answers of AWS that are lost, and calls that it refuses for a while: nothing is done twice by mistake, nor left."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, CredentialRetrievalError

from greenlight import codedeploy
from greenlight.aws import explain, is_passing, is_throttled
from greenlight.commands import approve, deploy, stop, watch
from greenlight.deployment import Until
from greenlight.errors import LostSightError, RefusedError
from greenlight.policy import ACTIONS
from greenlight.release import Conflict
from sandbox.faults import codes
from tests.greenlight.test_autoscaling import NONE, RECORD, scaled, suspended_by

__all__ = ["scaled"]

LOST = ConnectionClosedError(endpoint_url="https://aws")
WHY = 'Connection was closed before we received a valid response from endpoint URL: "https://aws"'


def run(context: Any, **changes: Any) -> Any:
    return deploy.run(context, deploy.Options(image=":blue", **changes))


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_services_throttling_and_faults_are_known_as_passing(action: str, play: Any) -> None:
    service, _, name = action.partition(":")
    operation = {"lambda:InvokeFunction": "Invoke"}.get(action, name)
    service = {"elasticloadbalancing": "elbv2"}.get(service, service)
    throttled, failed = codes.throttled(service, operation), codes.failed(service, operation)

    errors = [play.failure(one.code, status=one.status) for one in (throttled, failed)]

    assert [(is_throttled(error), is_passing(error)) for error in errors] == [(True, True), (False, True)]


# A revision -----------------------------------------------------------------------------------------------------------


def test_a_revision_that_was_registered_twice_is_released_once_and_told(context: Any, aws: Any) -> None:
    register, answers = aws.ecs_RegisterTaskDefinition, [LOST]

    def lost_once(**request: Any) -> Any:
        answer = register(**request)
        if answers:
            raise answers.pop()
        return answer

    aws.ecs_RegisterTaskDefinition = lost_once

    result = run(context)

    assert (result.exit_code, result.document["task_definition"].rsplit("/", 1)[1]) == (0, "api:3")
    assert len(aws.made("codedeploy:CreateDeployment")) == 1
    assert (
        "an answer to RegisterTaskDefinition was lost: a revision before api:3 may be the same as it, and nothing runs "
        "it"
    ) in context.show.lines


def test_a_revision_that_is_throttled_is_registered_once_and_nothing_is_told(context: Any, aws: Any, play: Any) -> None:
    aws.errors["ecs:RegisterTaskDefinition"] = [play.failure("ThrottlingException")] * 4

    result = run(context)

    assert result.document["task_definition"].rsplit("/", 1)[1] == "api:2"
    assert [line for line in context.show.lines if "RegisterTaskDefinition" in line] == []


def test_a_revision_that_cannot_be_registered_begins_no_release(context: Any, aws: Any, play: Any) -> None:
    aws.errors["ecs:RegisterTaskDefinition"] = [play.failure("ServerException", status=500) for _ in range(5)]

    with pytest.raises(ClientError, match="ServerException"):
        run(context)

    assert aws.made("codedeploy:CreateDeployment") == []


def test_two_that_are_throttled_at_once_do_not_ask_again_at_once(context: Any, aws: Any, play: Any) -> None:
    pauses = []
    for _ in range(2):
        codes = ("ThrottlingException", "InvalidRoleException")
        aws.errors["codedeploy:CreateDeployment"] = [play.failure(code) for code in codes]
        began = context.clock.time
        with pytest.raises(RefusedError):
            codedeploy.create(context, {"applicationName": "dev-api", "deploymentGroupName": "dev-api"})
        pauses.append(context.clock.time - began)

    assert pauses[0] != pauses[1]
    assert [1.6 <= pause <= 2 for pause in pauses] == [True, True]


# Requests that change a deployment ------------------------------------------------------------------------------------


def test_a_stop_without_an_answer_is_no_error_before_anything_changed(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-NOW", play.good[1:])
    aws.errors["codedeploy:StopDeployment"] = [LOST]

    with pytest.raises(LostSightError) as lost:
        stop.run(context, dry_run=False)

    assert str(lost.value) == (
        f"CodeDeploy gave no answer, and d-NOW may be being stopped: {WHY}. "
        "See what goes on: greenlight watch dev/api d-NOW --region us-east-1"
    )
    assert lost.value.exit_code == 4


def test_a_stop_that_is_throttled_to_the_end_has_stopped_nothing(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-NOW", play.good[1:])
    aws.errors["codedeploy:StopDeployment"] = [play.failure("ThrottlingException")]

    with pytest.raises(ClientError, match="ThrottlingException"):
        stop.run(context, dry_run=False)


def test_a_replaced_deployment_that_may_be_being_stopped_is_told_as_such(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-OTHER", play.good[1:])
    aws.errors["codedeploy:StopDeployment"] = [play.failure("InternalFailure", status=500)]

    with pytest.raises(LostSightError, match=r"d-OTHER may be being stopped: InternalFailure: said AWS\. See what"):
        run(context, conflict=Conflict.replace)


def test_an_approval_without_an_answer_may_have_been_given(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-NOW", [play.step("Ready", at="BeforeAllowTraffic")])
    aws.errors["codedeploy:ContinueDeployment"] = [LOST]

    with pytest.raises(LostSightError, match="d-NOW may be approved: Connection was closed"):
        approve.run(context, None, Until.done, dry_run=False)


def test_why_it_was_stopped_is_told_though_the_answer_to_the_stop_was_lost(context: Any, aws: Any, play: Any) -> None:
    aws.next_script = [play.step(at="AllowTraffic", weight=10.0)]
    said = {"code": "MANUAL_STOP", "message": "stopped by the user"}
    aws.play("d-BACK", [play.step("Succeeded")], rollbackInfo={"rollbackTriggeringDeploymentId": "d-NEW0"})
    aws.stop_script = [
        play.step(
            "Stopped", failed="AllowTraffic", errorInformation=said, rollbackInfo={"rollbackDeploymentId": "d-BACK"}
        )
    ]
    aws.not_yet = {"d-BACK"}
    stopped = aws.codedeploy_StopDeployment

    def answer_is_lost(**request: Any) -> Any:
        stopped(**request)
        raise LOST

    aws.codedeploy_StopDeployment = answer_is_lost

    result = run(context)

    assert result.exit_code == 3
    assert result.document["causes"][0] == (
        "greenlight asked to stop it with rollback: it took longer than its deployment group allows"
    )


# Autoscaling ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "action", ["ssm:GetParameter", "application-autoscaling:RegisterScalableTarget", "ssm:DeleteParameter"]
)
def test_autoscaling_is_restored_though_aws_refuses_at_the_end_for_a_while(
    scaled: Any, aws: Any, play: Any, action: str
) -> None:
    suspended_by("d-OLD", aws, [play.good[-1]])
    aws.errors[action] = [play.failure("ThrottlingException"), play.failure("InternalFailure", status=500), LOST]

    assert watch.run(scaled, "d-OLD", Until.done).exit_code == 0
    assert (aws.suspended, RECORD in aws.parameters) == (NONE, False)


def test_autoscaling_that_could_not_be_suspended_is_restored_after_a_while(scaled: Any, aws: Any, play: Any) -> None:
    register = "application-autoscaling:RegisterScalableTarget"
    aws.errors[register] = [play.failure("ThrottlingException") for _ in range(4)]

    with pytest.raises(ClientError, match="ThrottlingException"):
        run(scaled)

    assert (aws.suspended, RECORD in aws.parameters) == (NONE, False)
    assert aws.made("codedeploy:CreateDeployment") == []


def test_autoscaling_that_cannot_be_restored_is_told_and_left_for_the_next_deploy(
    scaled: Any, aws: Any, play: Any
) -> None:
    suspended_by("d-OLD", aws, [play.good[-1]])
    aws.errors["ssm:DeleteParameter"] = [play.failure("ThrottlingException") for _ in range(99)]

    assert watch.run(scaled, "d-OLD", Until.done).exit_code == 0
    assert json.loads(aws.parameters[RECORD]) == NONE
    assert "cannot see autoscaling, which the next deploy restores: ThrottlingException: said AWS" in scaled.show.lines
    assert scaled.clock.time < 120


# Credentials ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["ExpiredTokenException", "ExpiredToken", "RequestExpired"])
def test_expired_credentials_are_told_with_what_to_do(play: Any, code: str) -> None:
    assert explain(play.failure(code)) == f"{code}: said AWS. Sign in again: these credentials have ended"


def test_credentials_that_cannot_be_renewed_are_told_so_too() -> None:
    error = CredentialRetrievalError(provider="sso", error_msg="no session")

    assert explain(error) == (
        "Error when retrieving credentials from sso: no session. Sign in again: these credentials have ended"
    )


def test_ended_credentials_are_no_fault_that_passes(play: Any) -> None:
    assert not is_passing(play.failure("ExpiredTokenException"))
