"""Releases that are lost sight of: Ctrl-C, credentials that expire, AWS that is away. They go on, and this is told."""

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from greenlight.commands import deploy
from greenlight.errors import LostSightError


def run(context: Any) -> Any:
    return deploy.run(context, deploy.Options(image=":blue"))


def crashed(play: Any, number: int) -> dict[str, Any]:
    task = {"taskArn": f"task/dev/{number}", "desiredStatus": "STOPPED", "taskDefinitionArn": f"{play.family}:2"}
    return task | {"stopCode": "EssentialContainerExited", "createdAt": play.began, "containers": []}


def test_a_poll_that_fails_says_nothing_about_the_deployment(context: Any, aws: Any, play: Any) -> None:
    away = EndpointConnectionError(endpoint_url="https://codedeploy")
    aws.errors["codedeploy:GetDeployment"] = [away, play.failure("ThrottlingException"), away]
    aws.errors["codedeploy:GetDeploymentTarget"] = [play.failure("InternalFailure", status=500)]

    assert run(context).exit_code == 0
    assert "cannot ask CodeDeploy, trying again: ThrottlingException: said AWS" in context.show.lines


def test_expired_credentials_lose_sight_of_it_and_say_how_to_go_on(context: Any, aws: Any, play: Any) -> None:
    aws.errors["codedeploy:GetDeploymentTarget"] = [play.failure("ExpiredTokenException")]

    result = run(context)

    assert result.exit_code == 4
    assert context.show.lines[-2:] == [
        "  lost sight of it: ExpiredTokenException: said AWS; deployment d-NEW0 goes on",
        "watch it again: greenlight watch dev/api d-NEW0 --region us-east-1",
    ]


def test_a_bug_of_ours_after_the_start_is_never_told_as_nothing_changed(context: Any, aws: Any) -> None:
    aws.codedeploy_GetDeploymentTarget = lambda **_: {"unexpected": "answer"}

    assert run(context).exit_code == 4


def test_ctrl_c_detaches_and_stops_nothing(context: Any, aws: Any) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    context.clock.each_sleep = interrupt

    result = run(context)

    assert (result.exit_code, result.document["outcome"]) == (130, "detached")
    assert aws.made("codedeploy:StopDeployment") == []
    assert context.show.lines[-2:] == [
        "  detached; deployment d-NEW0 goes on",
        "watch it again: greenlight watch dev/api d-NEW0 --region us-east-1",
    ]


def test_ctrl_c_while_it_is_being_created_finds_out_whether_it_was(context: Any, aws: Any) -> None:
    create = aws.codedeploy_CreateDeployment

    def interrupted(**request: Any) -> Any:
        create(**request)
        raise KeyboardInterrupt

    aws.codedeploy_CreateDeployment = interrupted

    result = run(context)

    assert (result.exit_code, result.document["outcome"]) == (130, "detached")
    assert context.show.lines[-2:] == [
        "  detached; deployment d-NEW0 goes on",
        "watch it again: greenlight watch dev/api d-NEW0 --region us-east-1",
    ]


def test_ctrl_c_again_while_that_is_found_out_does_not_say_that_nothing_began(context: Any, aws: Any) -> None:
    def interrupted(**_: Any) -> Any:
        raise KeyboardInterrupt

    aws.codedeploy_CreateDeployment = context.clock.each_sleep = interrupted

    with pytest.raises(LostSightError, match=r"nor whether it began: interrupted\. See what goes on: greenlight watch"):
        run(context)


def test_ctrl_c_between_its_creation_and_the_first_look_detaches_too(context: Any) -> None:
    line = context.show.line

    def interrupt(text: str, style: str = "") -> None:
        line(text, style)
        if text == "deployment d-NEW0 of dev/api":
            raise KeyboardInterrupt

    context.show.line = interrupt

    result = run(context)

    assert (result.exit_code, result.document["deployment"]) == (130, {"id": "d-NEW0"})


def test_ctrl_c_after_we_stopped_it_does_not_say_that_it_goes_on(context: Any, aws: Any, play: Any) -> None:
    aws.tasks = [crashed(play, number) for number in range(3)]
    aws.next_script = aws.stop_script = [play.step(at="Install", running=0)]

    def interrupt() -> None:
        if aws.made("codedeploy:StopDeployment"):
            raise KeyboardInterrupt

    context.clock.each_sleep = interrupt

    assert run(context).document["causes"] == [
        "stopped with rollback by greenlight: the candidate keeps crashing: 3 of its tasks have stopped",
        "detached; d-NEW0 is being stopped",
    ]


def test_ctrl_c_during_the_rollback_keeps_what_was_found_out_and_says_that_the_rollback_goes_on(
    context: Any, aws: Any, play: Any
) -> None:
    aws.play("d-BACK", [play.step(at="AllowTraffic")], rollbackInfo={"rollbackTriggeringDeploymentId": "d-NEW1"})
    aws.not_yet = {"d-BACK"}
    error, rollback = {"code": "TIMEOUT", "message": "never steady"}, {"rollbackDeploymentId": "d-BACK"}
    aws.next_script = [play.step("Failed", failed="Install", errorInformation=error, rollbackInfo=rollback)]

    def interrupt() -> None:
        raise KeyboardInterrupt

    context.clock.each_sleep = interrupt

    result = run(context)

    assert result.exit_code == 130
    assert result.document["causes"] == [
        "d-NEW1 Failed: TIMEOUT: never steady",
        "Install Failed: no reason given",
        "detached; rollback d-BACK goes on",
    ]


def test_a_stop_that_fails_for_ever_is_given_up_and_the_release_lost_sight_of(
    context: Any, aws: Any, play: Any
) -> None:
    aws.next_script = [play.step(at="AllowTraffic", weight=10.0)]
    aws.errors["codedeploy:StopDeployment"] = [play.failure("InternalFailure", status=500) for _ in range(999)]

    result = run(context)

    assert result.exit_code == 4
    assert 145 * 60 <= context.clock.time < 147 * 60
