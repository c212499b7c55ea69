"""A release that waits for an approval: it is given, it is refused, nobody gives it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from greenlight.commands import approve, deploy, history, status, stop, watch
from greenlight.deployment import Until
from greenlight.errors import RefusedError

WAIT = {"blueGreenDeploymentConfiguration": {"deploymentReadyOption": {"waitTimeInMinutes": 60}}}
CONTINUED = {"deploymentId": "d-1", "deploymentWaitType": "READY_WAIT"}
APPROVE, REFUSE = "greenlight approve dev/api d-1 --region us-east-1", "greenlight stop dev/api --region us-east-1"


def ready(play: Any) -> dict[str, Any]:
    """It waits since three in the morning."""
    step: dict[str, Any] = play.step("Ready", at="BeforeAllowTraffic", **WAIT)
    events = step["target"]["lifecycleEvents"]
    for event in events:
        if event["status"] == "InProgress":
            event["status"] = "Pending"
    events[4]["endTime"] = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)
    return step


def waiting(aws: Any, play: Any) -> None:
    aws.play("d-1", [ready(play), *play.good[2:]])


def test_an_approval_lets_the_release_go_on_and_sees_it_through(context: Any, aws: Any, play: Any) -> None:
    waiting(aws, play)
    aws.deployments["d-1"].insert(0, aws.deployments["d-1"][0])  # for the look that finds it

    result = approve.run(context, None, Until.done, dry_run=False)

    assert aws.made("codedeploy:ContinueDeployment") == [CONTINUED]
    assert (result.exit_code, result.document["outcome"]) == (0, "succeeded")
    assert "approved d-1" in context.show.lines
    assert context.show.lines[-1] == "the version of d-1 has the traffic, and the old tasks are gone"


def test_it_does_not_ask_for_the_approval_that_it_has_given(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", [ready(play), ready(play), ready(play), *play.good[2:]])

    assert approve.run(context, "d-1", Until.done, dry_run=False).exit_code == 0
    assert not [line for line in context.show.lines if "waits for approval" in line]


def test_a_release_that_fails_after_its_approval_is_exit_code_3(context: Any, aws: Any, play: Any) -> None:
    back = {"rollbackInfo": {"rollbackDeploymentId": "d-BACK"}}
    aws.play("d-BACK", [play.step("Succeeded")], rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"})
    failed = play.step("Failed", failed="BeforeAllowTraffic", **back)
    aws.play("d-1", [ready(play), ready(play), failed])

    assert approve.run(context, "d-1", Until.done, dry_run=False).exit_code == 3


def test_a_dry_run_shows_the_request_and_makes_none(context: Any, aws: Any, play: Any) -> None:
    waiting(aws, play)

    result = approve.run(context, None, Until.done, dry_run=True)

    assert result.document["requests"] == [{"action": "codedeploy:ContinueDeployment", "request": CONTINUED}]
    assert aws.made("codedeploy:ContinueDeployment") == []


def test_nothing_that_waits_is_an_error_that_says_what_is_in_flight(context: Any, aws: Any, play: Any) -> None:
    with pytest.raises(
        RefusedError, match="dev/api has nothing that waits for an approval: no deployment is in flight"
    ):
        approve.run(context, None, Until.done, dry_run=False)

    aws.play("d-1", [play.step(at="Install")])
    with pytest.raises(RefusedError, match="d-1 does not wait for an approval: it is at Install; greenlight watch"):
        approve.run(context, None, Until.done, dry_run=False)

    aws.play("d-2", [play.step("Succeeded")])
    with pytest.raises(RefusedError, match="d-2 does not wait for an approval: it has ended, Succeeded"):
        approve.run(context, "d-2", Until.done, dry_run=False)


def test_an_approval_that_comes_too_late_says_what_became_of_it(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", [ready(play), play.step("Stopped", failed="BeforeAllowTraffic")])
    aws.errors["codedeploy:ContinueDeployment"] = [play.failure("DeploymentAlreadyCompletedException")]

    with pytest.raises(RefusedError, match="d-1 cannot be approved any more: it is Stopped"):
        approve.run(context, "d-1", Until.done, dry_run=False)


def test_one_that_somebody_else_has_just_approved_is_seen_through_as_well(context: Any, aws: Any, play: Any) -> None:
    """It may have been this very request, whose answer was lost."""
    waiting(aws, play)
    aws.errors["codedeploy:ContinueDeployment"] = [play.failure("DeploymentIsNotInReadyStateException")]

    assert approve.run(context, "d-1", Until.done, dry_run=False).exit_code == 0
    assert "d-1 has been approved" in context.show.lines


def test_watch_and_status_say_until_when_it_waits_and_both_commands(context: Any, aws: Any, play: Any) -> None:
    until = datetime(2026, 1, 2, 4, 0, tzinfo=UTC)
    says = f"waits for approval until {until.astimezone():%Y-%m-%d %H:%M:%S}: {APPROVE}; to refuse it: {REFUSE}"
    aws.play("d-1", [ready(play)])

    told = status.run(context)
    watched = watch.run(context, None, Until.ready)

    assert f"  in flight  d-1 {says}" in told.text.splitlines()
    assert told.document["in_flight"]["approval"] == {"until": until, "approve": APPROVE, "refuse": REFUSE}
    assert says in context.show.lines
    assert (watched.exit_code, watched.document["outcome"]) == (0, "ready")
    assert context.show.lines[-1] == "the version of d-1 waits for approval"
    assert "waits for approval" in history.run(context, limit=1).text


def test_a_deploy_until_ready_ends_where_the_approval_is_waited_for(context: Any, aws: Any, play: Any) -> None:
    aws.next_script = [*play.good[:2], ready(play)]

    result = deploy.run(context, deploy.Options(image=":blue", until=Until.ready))

    assert (result.exit_code, result.document["outcome"]) == (0, "ready")
    assert result.document["deployment"]["status"] == "Ready"
    assert aws.made("codedeploy:ContinueDeployment") == []


def test_a_release_that_nobody_approves_in_time_is_exit_code_3_and_says_so(context: Any, aws: Any, play: Any) -> None:
    back = {"rollbackInfo": {"rollbackDeploymentId": "d-BACK"}}
    aws.play("d-BACK", [play.step("Succeeded")], rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"})
    ended = ready(play)
    ended["info"] |= {"status": "Stopped", **back}
    aws.play("d-1", [ready(play), ended])

    result = watch.run(context, "d-1", Until.done)

    assert result.exit_code == 3
    assert "nobody approved it within 60 minutes" in result.document["causes"]


@pytest.mark.parametrize("code", ["MANUAL_STOP", "ALARM_ACTIVE"])
def test_one_that_is_stopped_while_it_waits_is_not_said_to_have_been_forgotten(
    context: Any, aws: Any, play: Any, code: str
) -> None:
    aws.play("d-1", [ready(play)])
    ended = ready(play)
    ended["info"] |= {"status": "Stopped", "errorInformation": {"code": code, "message": "stopped"}}
    ended["info"] |= {"rollbackInfo": {"rollbackDeploymentId": "d-BACK"}}
    aws.play("d-BACK", [play.step("Succeeded")], rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"})
    aws.not_yet = {"d-BACK"}
    aws.stop_script = [ended]

    result = stop.run(context, dry_run=False)

    assert (result.exit_code, result.document["outcome"]) == (0, "stopped")
    assert not [cause for cause in result.document["causes"] if "approved" in cause]
