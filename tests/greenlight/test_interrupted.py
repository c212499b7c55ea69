"""Releases that are lost sight of: Ctrl-C, credentials that expire, AWS that is away. They go on, and this is told."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from greenlight.commands import deploy, stop
from greenlight.errors import LostSightError
from greenlight.release import Conflict

ROOT = Path(__file__).parents[2]


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
        "  lost sight of it: ExpiredTokenException: said AWS. Sign in again: these credentials have ended; deployment "
        "d-NEW0 goes on",
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


def interrupt(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


def nobody_undoes(play: Any, weight: float) -> dict[str, Any]:
    error = {"code": "TIMEOUT", "message": "never steady"}
    never: dict[str, Any] = {"errorInformation": error, "autoRollbackConfiguration": {"enabled": False}}
    failed: dict[str, Any] = play.step("Failed", failed="AllowTraffic", weight=weight, **never)
    return failed


@pytest.mark.parametrize(("weight", "code"), [(0.0, 3), (50.0, 5)])
def test_ctrl_c_while_causes_are_gathered_does_not_hide_how_it_ended(
    context: Any, aws: Any, play: Any, weight: float, code: int
) -> None:
    aws.next_script = [nobody_undoes(play, weight)]
    watched = replace(context, manifest=context.manifest.model_copy(update={"alarms": ["dev-api-5xx"]}))
    looks = iter([lambda **_: {"MetricAlarms": [{"AlarmName": "dev-api-5xx", "StateValue": "OK"}]}, interrupt])
    aws.cloudwatch_DescribeAlarms = lambda **asked: next(looks)(**asked)

    result = run(watched)

    assert (result.exit_code, result.document["causes"]) == (
        code,
        ["d-NEW0 Failed: TIMEOUT: never steady", "AllowTraffic Failed: no reason given"],
    )


def test_ctrl_c_while_the_hooks_last_lines_are_awaited_does_not_hide_that_it_succeeded(context: Any) -> None:
    context.clock.each_sleep = lambda: interrupt() if context.show.lines[-1] == "deployment d-NEW0 Succeeded" else None

    assert run(context).exit_code == 0


def test_ctrl_c_while_an_end_is_awaited_begins_no_release_though_it_was_seen(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", play.good[-2:])

    def interrupting() -> None:
        if context.show.lines[-1] == "deployment d-1 Succeeded":
            interrupt()

    context.clock.each_sleep = interrupting

    with pytest.raises(KeyboardInterrupt):
        deploy.run(context, deploy.Options(image=":blue", conflict=Conflict.queue))

    assert aws.made("codedeploy:CreateDeployment") == []


def test_ctrl_c_once_the_rollback_has_ended_tells_what_it_came_to(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-BACK", [play.step()], rollbackInfo={"rollbackTriggeringDeploymentId": "d-NEW1"})
    aws.deployments["d-BACK"][0]["info"]["status"] = "Succeeded"
    aws.not_yet = {"d-BACK"}
    aws.next_script = [play.step("Failed", failed="Install", rollbackInfo={"rollbackDeploymentId": "d-BACK"})]
    line = context.show.line

    def interrupting(text: str, style: str = "") -> None:
        line(text, style)
        if text == "rollback d-BACK Succeeded":
            interrupt()

    context.show.line = interrupting

    result = run(context)

    assert (result.exit_code, result.document["rollback"]["status"]) == (3, "Succeeded")


@pytest.mark.parametrize("verb", ["stop", "replace"])
def test_ctrl_c_while_a_deployment_is_being_stopped_names_it(context: Any, aws: Any, play: Any, verb: str) -> None:
    aws.play("d-1", [play.step(at="Install", running=0)])
    aws.codedeploy_StopDeployment = interrupt
    replacing = deploy.Options(image=":blue", conflict=Conflict.replace)

    result = stop.run(context, dry_run=False) if verb == "stop" else deploy.run(context, replacing)

    assert (result.exit_code, result.document["outcome"], result.document["deployment"]["id"]) == (
        130,
        "detached",
        "d-1",
    )
    assert result.document["causes"] == ["d-1 may be being stopped"]
    assert context.show.lines[-1] == "watch it again: greenlight watch dev/api d-1 --region us-east-1"


def test_ctrl_c_while_a_bake_is_being_ended_names_its_deployment(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", play.good[4:])
    aws.codedeploy_ContinueDeployment = interrupt

    result = deploy.run(context, deploy.Options(image=":blue", conflict=Conflict.replace))

    assert (result.exit_code, result.document["deployment"]["id"]) == (130, "d-1")
    assert result.document["causes"] == ["d-1 may be giving up its old tasks"]


def test_ctrl_c_while_we_stop_it_says_that_this_may_have_happened(context: Any, aws: Any, play: Any) -> None:
    aws.tasks = [crashed(play, number) for number in range(3)]
    aws.next_script = [play.step(at="Install", running=0)]
    aws.codedeploy_StopDeployment = interrupt

    assert run(context).document["causes"] == [
        "greenlight asked to stop it with rollback: the candidate keeps crashing: 3 of its tasks have stopped",
        "detached; d-NEW0 may be being stopped",
    ]


COMMAND = """
import atexit, os, signal, sys
from greenlight import __main__, clock, output, smoke
from greenlight.commands import command_line
from tests.greenlight.fake_aws import FakeAws
from tests.greenlight.script import GOOD

moment, *arguments = sys.argv[1:]
aws = FakeAws()
if "--queue" in arguments:
    aws.play("d-1", GOOD[-2:])

def at(this, then):
    def run(*given, **named):
        if this == moment:
            for name in ("SIGTERM", "SIGHUP", "SIGINT"):
                os.kill(os.getpid(), getattr(signal, name))
        return then(*given, **named)
    return run

clock.Clock.sleep = lambda self, seconds: None
command_line.Session = lambda **_: aws
smoke.get = at("smoke", lambda url: smoke.Smoke(url, 200))
output.write = at("write", output.write)
aws.ecs_RegisterTaskDefinition = at("register", aws.ecs_RegisterTaskDefinition)
atexit.register(at("exit", lambda: None))
sys.argv = ["greenlight", *arguments]
__main__.main()
"""


@pytest.mark.parametrize(
    ("moment", "queue", "code"),
    [("smoke", [], 0), ("write", [], 0), ("exit", [], 0), ("exit", ["--queue"], 0), ("register", ["--queue"], 130)],
)
def test_a_signal_replaces_neither_exit_code_nor_json_of_a_release_that_is_over(
    moment: str, queue: list[str], code: int
) -> None:
    command = [sys.executable, "-c", COMMAND, moment, "deploy", "dev/api", "--image", ":blue", "-o", "json", *queue]

    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)

    assert (done.returncode, json.loads(done.stdout)["exit_code"]) == (code, code), done.stderr


def test_a_stop_that_fails_for_ever_is_given_up_and_the_release_lost_sight_of(
    context: Any, aws: Any, play: Any
) -> None:
    aws.next_script = [play.step(at="AllowTraffic", weight=10.0)]
    aws.errors["codedeploy:StopDeployment"] = [play.failure("InternalFailure", status=500) for _ in range(999)]

    result = run(context)

    assert result.exit_code == 4
    assert 145 * 60 <= context.clock.time < 147 * 60
