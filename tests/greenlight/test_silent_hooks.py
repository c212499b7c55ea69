"""Hooks that can no longer answer: CodeDeploy would wait for them for an hour."""

import json
from typing import Any

import pytest

from greenlight.commands import watch
from greenlight.deployment import Until
from tests.greenlight.test_failures import run, undone

ID = "00000000-0000-4000-8000-000000000001"


def crash(number: int) -> str:
    """Lambda tries again under the same id, so that the lines of an invocation differ by their number only."""
    return f"RequestId: {ID} Error: Runtime exited with error: exit status 3\nRuntime.ExitError{' ' * number}"


REFUSED = json.dumps(
    {"greenlight": "verdict", "deployment_id": "d-NEW1", "status": "Succeeded", "passed": 1, "failed": 0}
    | {"identity_by": "header", "reported": False, "put_error": "AccessDeniedException: no", "reason": None}
)
SILENT = {
    "crashed": ([crash(1)], 0, "Runtime exited with error: exit status 3 Runtime.ExitError"),
    "ran out of time": (
        [f"2026-01-02T03:04:35.000Z {ID} Task timed out after 120.00 seconds\n"],
        0,
        "Task timed out after 120.00 seconds",
    ),
    "was refused": ([REFUSED], 0, "CodeDeploy did not accept its verdict: AccessDeniedException: no"),
    "crashed three times": (
        [crash(1), crash(2), crash(3)],
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
    aws.logs, aws.hook_retries = [crash(1), "a line of its own"], retries

    assert run(context).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


def test_what_a_hook_logs_of_its_own_calls_is_not_its_own_end(context: Any, aws: Any) -> None:
    aws.logs = [f"upstream said: {crash(1)}", f"retrying, because {ID} Task timed out after 3.00 seconds"]

    assert run(context).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


def test_a_hook_whose_verdict_was_accepted_may_fail_afterwards(context: Any, aws: Any) -> None:
    aws.logs = [REFUSED.replace("d-NEW1", "d-NEW0").replace('"reported": false', '"reported": true'), crash(1)]

    assert run(context).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


def test_a_policy_of_before_that_hides_the_retries_costs_only_their_time(context: Any, aws: Any, play: Any) -> None:
    aws.logs = [crash(1)]
    aws.errors["lambda:GetFunctionEventInvokeConfig"] = [play.failure("AccessDeniedException")]

    assert run(context).exit_code == 0


def test_who_only_watches_is_told_and_how_to_end_it(context: Any, aws: Any, play: Any) -> None:
    aws.logs = [crash(1)]
    aws.play("d-1", play.good[1:])

    assert watch.run(context, "d-1", Until.done).exit_code == 0
    assert (
        "the hook of BeforeAllowTraffic can no longer answer: Runtime exited with error: exit status 3 "
        "Runtime.ExitError. Waiting is of no use: greenlight stop dev/api --region us-east-1"
    ) in context.show.lines
    assert aws.made("codedeploy:StopDeployment") == []
