"""Alarms that stop releases: told before one begins, and named once they have stopped one."""

from dataclasses import replace
from typing import Any

import pytest

from greenlight.commands import deploy, rollback, status
from greenlight.deployment import Until
from greenlight.errors import RefusedError
from greenlight.release import Conflict

REASON = "Threshold Crossed: 2 out of the last 3 datapoints [5.2, 4.9] were greater than the threshold (1.0)."
FIRES = {
    "StateValue": "ALARM",
    "StateReason": REASON,
    "AlarmDescription": "dev/api, blue target group: more than 1 % of\nrequests failed.",
}
LINE = f"alarm dev-api-blue-errors fires (dev/api, blue target group: more than 1 % of requests failed): {REASON}"


@pytest.fixture
def watched(context: Any, aws: Any) -> Any:
    """A service with an alarm, which fires."""
    aws.alarms = {"dev-api-blue-errors": FIRES}
    manifest = context.manifest.model_copy(update={"alarms": ["dev-api-blue-errors"]})
    return replace(context, manifest=manifest)


def changed(aws: Any) -> list[str]:
    return [name for name, _ in aws.calls if name.split(":")[1].startswith(("Create", "Register", "Stop", "Continue"))]


def refusal(watched: Any, **options: Any) -> str:
    with pytest.raises(RefusedError) as refused:
        deploy.run(watched, deploy.Options(image=":blue", **options))
    return str(refused.value)


@pytest.mark.parametrize("options", [{}, {"dry_run": True}, {"conflict": Conflict.replace}])
def test_a_firing_alarm_is_told_before_anything_is_changed(watched: Any, aws: Any, options: dict[str, Any]) -> None:
    assert refusal(watched, **options) == (
        f"{LINE}. Meanwhile CodeDeploy stops every release: wait until it is over, or release all the same with "
        "--ignore-alarms; no alarm stops greenlight rollback dev/api --region us-east-1"
    )
    assert changed(aws) == []


def test_replace_stops_nothing_for_a_release_that_an_alarm_would_stop(watched: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", [play.step(at="AllowTraffic")])

    refusal(watched, conflict=Conflict.replace)

    assert changed(aws) == []


def test_ignore_alarms_does_not_even_look(watched: Any, aws: Any) -> None:
    assert deploy.run(watched, deploy.Options(image=":blue", ignore_alarms=True)).exit_code == 0
    assert aws.made("cloudwatch:DescribeAlarms") == []


def test_an_alarm_that_is_over_stops_nothing(watched: Any, aws: Any) -> None:
    aws.alarms["dev-api-blue-errors"] = {"StateValue": "OK"}

    assert deploy.run(watched, deploy.Options(image=":blue")).exit_code == 0


def test_a_service_without_alarms_asks_for_none(context: Any, aws: Any) -> None:
    assert deploy.run(context, deploy.Options(image=":blue")).exit_code == 0
    assert aws.made("cloudwatch:DescribeAlarms") == []


def test_a_rollback_goes_on_while_an_alarm_fires(watched: Any, aws: Any) -> None:
    aws.alarms["dev-api-blue-errors"] = {"StateValue": "OK"}
    deploy.run(watched, deploy.Options(image=":blue"))
    aws.alarms["dev-api-blue-errors"] = FIRES

    assert rollback.run(watched, until=Until.done, dry_run=False).exit_code == 0


def test_an_alarm_that_is_not_there_is_a_warning(watched: Any, aws: Any) -> None:
    aws.alarms = {}

    assert deploy.run(watched, deploy.Options(image=":blue")).exit_code == 0
    assert (
        "alarm dev-api-blue-errors stops releases and is not in account 123456789012, region us-east-1: CodeDeploy "
        "stops a release whose alarms it cannot read"
    ) in watched.show.lines


def test_who_may_not_see_the_alarms_may_release(watched: Any, aws: Any, play: Any) -> None:
    aws.errors["cloudwatch:DescribeAlarms"] = [play.failure("AccessDeniedException", status=403)]

    assert deploy.run(watched, deploy.Options(image=":blue")).exit_code == 0
    assert "cannot see the alarms that would stop this release: AccessDeniedException: said AWS" in watched.show.lines


def test_the_alarm_that_stopped_a_release_is_a_cause(watched: Any, aws: Any, play: Any) -> None:
    aws.alarms["dev-api-blue-errors"] = {"StateValue": "OK"}
    watched.clock.each_sleep = lambda: aws.alarms.update({"dev-api-blue-errors": FIRES})
    stopped = {"code": "ALARM_ACTIVE", "message": "One or more alarms have been activated: dev-api-blue-errors"}
    rollback = {"rollbackInfo": {"rollbackDeploymentId": "d-BACK"}}
    aws.play("d-BACK", [play.step("Succeeded")], rollbackInfo={"rollbackTriggeringDeploymentId": "d-NEW1"})
    aws.not_yet = {"d-BACK"}
    aws.next_script = [
        play.step(at="AllowTraffic", weight=10.0),
        play.step("Stopped", at="AllowTraffic", weight=10.0, errorInformation=stopped, **rollback),
    ]

    result = deploy.run(watched, deploy.Options(image=":blue"))

    assert (result.exit_code, result.document["causes"]) == (
        3,
        ["d-NEW1 Stopped: ALARM_ACTIVE: One or more alarms have been activated: dev-api-blue-errors", LINE],
    )


@pytest.mark.parametrize(
    ("alarm", "words"),
    [
        ({"Namespace": "Orders", "MetricName": "Lost", "Statistic": "Sum"}, "Sum of Orders Lost"),
        ({"Namespace": "Orders", "MetricName": "Age", "ExtendedStatistic": "p99"}, "p99 of Orders Age"),
        ({"Metrics": [{"Id": "m"}, {"Id": "e", "Expression": "m / 2"}]}, "m / 2"),
        ({"AlarmRule": 'ALARM("lost")'}, 'ALARM("lost")'),
        ({}, "without a description"),
    ],
)
def test_an_alarm_without_a_description_is_told_by_its_metric(
    watched: Any, aws: Any, alarm: dict[str, Any], words: str
) -> None:
    aws.alarms["dev-api-blue-errors"] = {"AlarmDescription": None, "StateReason": "so it is"} | alarm

    assert refusal(watched).startswith(f"alarm dev-api-blue-errors fires ({words}): so it is. ")


def test_status_names_the_alarms_that_fire(watched: Any) -> None:
    result = status.run(watched)

    assert result.document["alarms"] == [LINE]
    assert f"  {LINE}" in result.text.splitlines()


def test_status_says_that_it_may_not_see_the_alarms(watched: Any, aws: Any, play: Any) -> None:
    aws.errors["cloudwatch:DescribeAlarms"] = [play.failure("AccessDeniedException", status=403)]

    result = status.run(watched)

    assert result.document["alarms"] is None
    assert watched.show.lines[-1] == "cannot see the alarms: cloudwatch:DescribeAlarms is not allowed"
