"""Hooks that can no longer answer: CodeDeploy would wait for them for an hour."""

import json
from datetime import timedelta
from typing import Any

import pytest

from greenlight.commands import watch
from greenlight.deployment import Until
from tests.greenlight.script import BEGAN
from tests.greenlight.test_failures import run, undone

ID = "00000000-0000-4000-8000-000000000001"
START = f"START RequestId: {ID} Version: $LATEST"


def crash(number: int) -> str:
    """Lambda tries again under the same id, so that the lines of an invocation differ by their number only."""
    return f"RequestId: {ID} Error: Runtime exited with error: exit status 3\nRuntime.ExitError{' ' * number}"


REFUSED = json.dumps(
    {"greenlight": "verdict", "deployment_id": "d-NEW1", "status": "Succeeded", "passed": 1, "failed": 0}
    | {"identity_by": "header", "reported": False, "put_error": "AccessDeniedException: no", "reason": None}
)
SILENT = {
    "crashed": ([START, crash(1)], 0, "Runtime exited with error: exit status 3 Runtime.ExitError"),
    "ran out of time": (
        [START, f"2026-01-02T03:04:35.000Z {ID} Task timed out after 120.00 seconds\n"],
        0,
        "Task timed out after 120.00 seconds",
    ),
    "was refused": ([REFUSED], 0, "CodeDeploy did not accept its verdict: AccessDeniedException: no"),
    "crashed three times": (
        [START, crash(1), crash(2), crash(3)],
        None,
        "Runtime exited with error: exit status 3 Runtime.ExitError",
    ),
}


@pytest.mark.parametrize("case", SILENT)
def test_a_hook_that_can_no_longer_answer_ends_the_release_at_once(
    context: Any, aws: Any, play: Any, case: str
) -> None:
    aws.logs, aws.hook_retries, why = SILENT[case]
    aws.next_script = [play.step(at="BeforeAllowTraffic")]
    said = {"code": "MANUAL_STOP", "message": "The deployment was stopped by the user."}
    stopped = play.step("Stopped", failed="BeforeAllowTraffic", errorInformation=said, **undone(aws, play))
    aws.stop_script = [stopped]

    result = run(context)

    assert aws.made("codedeploy:StopDeployment") == [{"deploymentId": "d-NEW1", "autoRollbackEnabled": True}]
    assert result.exit_code == 3
    assert context.clock.time < 60
    assert result.document["causes"][0] == (
        f"stopped with rollback by greenlight: the hook of BeforeAllowTraffic can no longer answer: {why}"
    )


@pytest.mark.parametrize("retries", [None, 1], ids=["by default", "as set"])
def test_a_hook_that_lambda_tries_again_is_waited_for(context: Any, aws: Any, retries: int | None) -> None:
    aws.logs, aws.hook_retries = [START, crash(1), "a line of its own"], retries

    assert run(context).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


def test_what_a_hook_logs_of_its_own_calls_is_not_its_own_end(context: Any, aws: Any) -> None:
    aws.logs = [START, f"upstream said: {crash(1)}", f"retrying, because {ID} Task timed out after 3.00 seconds"]

    assert run(context).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


EARLIER = int(BEGAN.timestamp() * 1000) - 1
ANOTHERS = json.dumps({"greenlight": "check", "deployment_id": "d-OTHER", "method": "GET", "path": "/", "passed": True})


@pytest.mark.parametrize(
    "lines",
    [
        [crash(1)],
        [{"message": START, "timestamp": EARLIER}, crash(1)],
        [START.replace("0001", "0002"), crash(1)],
        [{"message": START, "logStreamName": "another"}, crash(1)],
        [{"message": REFUSED.replace("d-NEW1", "d-NEW0"), "timestamp": EARLIER}],
        [START, ANOTHERS, crash(1)],
        [START, '{"greenlight":"wake"}', crash(1)],
    ],
    ids=[
        "unknown",
        "before this hook",
        "of another request",
        "in another stream",
        "of an earlier hook",
        "of another release",
        "wake",
    ],
)
def test_an_invocation_that_is_not_this_deployments_stops_no_release(
    context: Any, aws: Any, play: Any, lines: list[Any]
) -> None:
    aws.logs, aws.hook_retries = lines, 0
    hooked = play.step(at="BeforeAllowTraffic", createTime=BEGAN - timedelta(minutes=1))
    hooked["target"]["lifecycleEvents"][5]["startTime"] = BEGAN
    aws.next_script = [hooked, hooked, hooked, *play.good[3:]]

    assert run(context).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


def test_what_another_release_left_in_the_stream_does_not_hide_this_ones_crash(
    context: Any, aws: Any, play: Any
) -> None:
    aws.logs, aws.hook_retries = [START.replace("0001", "0002"), ANOTHERS, START, crash(1)], 0
    aws.next_script = [play.step(at="BeforeAllowTraffic")]
    aws.stop_script = [play.step("Stopped", failed="BeforeAllowTraffic", **undone(aws, play))]

    assert run(context).exit_code == 3


def test_a_verdict_that_arrived_though_its_answer_was_lost_stops_no_release(context: Any, aws: Any, play: Any) -> None:
    aws.logs = [REFUSED.replace("d-NEW1", "d-NEW0")]
    aws.next_script = [play.step(at="BeforeAllowTraffic"), play.step(at="AllowTraffic"), *play.good[4:]]

    assert run(context).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


def test_a_stop_that_failed_is_not_repeated_once_the_hook_has_agreed(context: Any, aws: Any, play: Any) -> None:
    aws.logs = [REFUSED.replace("d-NEW1", "d-NEW0")]
    hooked = play.step(at="BeforeAllowTraffic")
    aws.next_script = [hooked, hooked, play.step(at="AllowTraffic"), *play.good[4:]]
    aws.errors["codedeploy:StopDeployment"] = [play.failure("ThrottlingException")]

    assert run(context).exit_code == 0
    assert len(aws.made("codedeploy:StopDeployment")) == 1


def test_a_hook_whose_verdict_was_accepted_may_fail_afterwards(context: Any, aws: Any) -> None:
    aws.logs = [REFUSED.replace("d-NEW1", "d-NEW0").replace('"reported": false', '"reported": true'), START, crash(1)]

    assert run(context).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


def test_a_policy_of_before_that_hides_the_retries_costs_only_their_time(context: Any, aws: Any, play: Any) -> None:
    aws.logs = [START, crash(1)]
    aws.errors["lambda:GetFunctionEventInvokeConfig"] = [play.failure("AccessDeniedException")]

    assert run(context).exit_code == 0


def test_who_only_watches_is_told_and_how_to_end_it(context: Any, aws: Any, play: Any) -> None:
    aws.logs = [START, crash(1)]
    aws.play("d-1", play.good[1:])

    assert watch.run(context, "d-1", Until.done).exit_code == 0
    assert (
        "the hook of BeforeAllowTraffic can no longer answer: Runtime exited with error: exit status 3 "
        "Runtime.ExitError. Waiting is of no use: greenlight stop dev/api --region us-east-1"
    ) in context.show.lines
    assert aws.made("codedeploy:StopDeployment") == []
