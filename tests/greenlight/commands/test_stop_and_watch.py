from dataclasses import replace
from typing import Any

import pytest

from greenlight.commands import history, status, stop, watch
from greenlight.deployment import Until
from greenlight.errors import RefusedError
from tests.greenlight.script import forward


def back(aws: Any, play: Any, result: str = "Succeeded") -> dict[str, Any]:
    """The rollback of d-1; what d-1 says of it."""
    aws.play("d-BACK", [play.step(result)], rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"})
    return {"rollbackInfo": {"rollbackDeploymentId": "d-BACK"}}


def test_stop_gives_the_traffic_back_and_that_is_what_was_asked_for(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", play.good[2:])
    aws.stop_script = [play.step("Stopped", failed="BeforeAllowTraffic", **back(aws, play))]
    aws.not_yet = {"d-BACK"}

    result = stop.run(context, dry_run=False)

    assert aws.made("codedeploy:StopDeployment") == [{"deploymentId": "d-1", "autoRollbackEnabled": True}]
    assert (result.exit_code, result.document["outcome"]) == (0, "stopped")


def test_stop_whose_rollback_fails_is_exit_code_5(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", play.good[2:])
    aws.stop_script = [play.step("Stopped", failed="AllowTraffic", weight=10.0, **back(aws, play, "Failed"))]
    aws.not_yet = {"d-BACK"}

    assert stop.run(context, dry_run=False).exit_code == 5


def test_stop_that_comes_too_late_says_so_and_how_to_go_back(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", play.good[4:])

    result = stop.run(context, dry_run=False)

    assert (result.exit_code, result.document["outcome"]) == (1, "too-late")
    assert context.show.lines[-1] == "to go back nevertheless: greenlight rollback dev/api --region us-east-1"


def test_stop_never_stops_a_rollback_but_sees_it_through(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", [play.step("Failed", failed="AllowTraffic", rollbackInfo={"rollbackDeploymentId": "d-BACK"})])
    rolling = [play.step(at="AllowTraffic"), play.step("Succeeded")]
    aws.play("d-BACK", rolling, rollbackInfo={"rollbackTriggeringDeploymentId": "d-1"})

    assert stop.run(context, dry_run=False).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


def test_stop_with_nothing_in_flight_is_nothing_to_do(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", play.good[-1:])

    assert stop.run(context, dry_run=False).document["outcome"] == "nothing-to-do"
    assert stop.run(context, dry_run=True).text == "[]"


def test_watch_takes_up_the_newest_and_never_stops_anything(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-0", play.good[-1:])
    aws.play("d-1", [play.step(at="Install", running=0)])

    result = watch.run(context, None, Until.done)

    # Out of time: a `deploy` would stop it, a watcher does not.
    assert (result.exit_code, result.document["deployment"]["id"]) == (4, "d-1")
    assert aws.made("codedeploy:StopDeployment") == []


def test_watch_of_what_is_over_exits_as_it_earned(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", [play.step("Failed", failed="BeforeAllowTraffic", **back(aws, play))])

    assert watch.run(context, "d-1", Until.done).exit_code == 3


def test_watch_of_a_rollback_tells_the_story_of_the_release_it_undoes(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", [play.step("Failed", failed="BeforeAllowTraffic", **back(aws, play))])

    result = watch.run(context, "d-BACK", Until.done)

    assert context.show.lines[0] == "d-BACK is the rollback of d-1"
    assert (result.exit_code, result.document["rollback"]["id"]) == (3, "d-BACK")


def test_stop_does_not_ask_for_the_approval_of_what_it_stops(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", [play.step("Ready", at="AllowTraffic")])
    stopped = play.step("Stopped", failed="AllowTraffic", **back(aws, play))
    aws.stop_script = [play.step("Ready", at="AllowTraffic"), stopped]
    aws.not_yet = {"d-BACK"}

    assert stop.run(context, dry_run=False).exit_code == 0
    assert not [line for line in context.show.lines if "approval" in line]


def test_watch_of_an_unknown_deployment_says_where_it_looked(context: Any) -> None:
    with pytest.raises(RefusedError, match="no deployment d-9 in account 123456789012, region us-east-1"):
        watch.run(context, "d-9", Until.done)


def test_watch_of_another_services_deployment_says_whose_it_is(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-web", play.good[-1:], applicationName="dev-web", deploymentGroupName="dev-web")

    with pytest.raises(RefusedError, match="deployment d-web is of group dev-web/dev-web: greenlight history dev"):
        watch.run(context, "d-web", Until.done)


def test_watch_without_any_deployment_says_so(context: Any) -> None:
    with pytest.raises(RefusedError, match="dev/api has had no deployment yet"):
        watch.run(context, None, Until.done)


def test_history_pairs_a_rollback_with_what_it_undoes(context: Any, aws: Any, play: Any) -> None:
    one, two = f"{play.family}:1", f"{play.family}:2"
    aws.past("d-1", one, completeTime=play.began.replace(minute=5, second=0))
    code = {"code": "HOOK_EXECUTION_FAILURE", "message": "no"}
    aws.past("d-2", two, status="Failed", rollbackInfo={"rollbackDeploymentId": "d-3"}, errorInformation=code)
    aws.past("d-3", one, rollbackInfo={"rollbackTriggeringDeploymentId": "d-2"})

    result = history.run(context, limit=20)

    assert [line.split("  ", 1)[1] for line in result.text.splitlines()] == [
        "d-3  Succeeded  api:1                         rollback of d-2",
        "d-2  Failed     api:2                         rolled back by d-3, HOOK_EXECUTION_FAILURE",
        "d-1  Succeeded  api:1                   55 s",
    ]
    assert [entry["rollback_of"] for entry in result.document["deployments"]] == ["d-2", None, None]


def test_history_lists_as_many_as_asked_for_and_no_more(context: Any, aws: Any, play: Any) -> None:
    for number in range(30):
        aws.past(f"d-{number}", f"{play.family}:1")

    assert [entry["id"] for entry in history.run(context, limit=2).document["deployments"]] == ["d-29", "d-28"]
    assert len(history.run(context, limit=25).document["deployments"]) == 25


def test_status_tells_who_has_the_traffic_from_the_load_balancer_itself(context: Any, aws: Any, play: Any) -> None:
    aws.unhealthy = [{"Target": {"Id": "10.0.0.9"}, "TargetHealth": {"State": "healthy"}}]
    aws.play("d-1", play.good[4:])

    result = status.run(context)

    assert result.document["listeners"] == {
        "prod": {"dev-api-blue": 0, "dev-api-green": 100},
        "test": {"dev-api-green": 100},
    }
    assert result.text.splitlines() == [
        "dev/api: api:1 is live, 2 of 2 tasks running",
        f"  image      {play.repository}@{play.green}",
        "  prod traffic  0 % dev-api-blue, 100 % dev-api-green",
        "  test traffic  100 % dev-api-green",
        "  targets    dev-api-blue: 1 healthy",
        "  targets    dev-api-green: 1 healthy",
        "  in flight  d-1 baking",
    ]
    assert result.exit_code == 0


def test_status_tells_that_a_release_has_left_autoscaling_suspended(context: Any, aws: Any) -> None:
    manifest = context.manifest.model_copy(update={"scalable_target": "service/dev/dev-api"})
    scaled = replace(context, manifest=manifest)
    assert status.run(scaled).document["autoscaling_suspended"] is False

    aws.parameters["/greenlight/dev/api/suspended"] = "whatever it says"
    result = status.run(scaled)

    assert result.document["autoscaling_suspended"] is True
    assert result.text.splitlines()[-1] == (
        "  autoscaling suspended by a release: "
        "greenlight watch dev/api --region us-east-1 restores it when traffic has moved"
    )


def weighted(blue: int, green: int) -> dict[str, Any]:
    groups = [{"TargetGroupArn": "arn:blue", "Weight": blue}, {"TargetGroupArn": "arn:green", "Weight": green}]
    return {"ForwardConfig": {"TargetGroups": groups}}


NOT_FOUND = {"Priority": "default", "IsDefault": True, "Actions": [{"Type": "fixed-response"}]}
ELSEWHERE = forward("5", TargetGroupArn="arn:of-another-service")


def test_status_reads_the_listeners_rules_too(context: Any, aws: Any) -> None:
    aws.rules["arn:prod"] = [ELSEWHERE, forward("10", **weighted(90, 10)), forward("20", **weighted(9, 1)), NOT_FOUND]

    result = status.run(context)

    assert result.document["listeners"]["prod"] == {"dev-api-blue": 90, "dev-api-green": 10}
    assert [rule["priority"] for rule in result.document["rules"]["prod"]] == ["10", "20"]
    assert "  prod traffic  90 % dev-api-blue, 10 % dev-api-green" in result.text.splitlines()


def test_status_tells_rules_apart_that_send_different_parts(context: Any, aws: Any) -> None:
    aws.rules["arn:prod"] = [forward("10", **weighted(0, 1)), forward("20", **weighted(1, 0)), NOT_FOUND]

    result = status.run(context)

    assert result.document["listeners"]["prod"] is None
    assert [line for line in result.text.splitlines() if "prod" in line] == [
        "  prod traffic of rule 10  0 % dev-api-blue, 100 % dev-api-green",
        "  prod traffic of rule 20  100 % dev-api-blue, 0 % dev-api-green",
    ]


def test_status_knows_both_ways_of_writing_down_a_single_group(context: Any, aws: Any) -> None:
    aws.rules["arn:prod"] = [forward("10", **weighted(0, 1)), forward("20", TargetGroupArn="arn:green")]

    assert status.run(context).document["listeners"]["prod"] == {"dev-api-blue": 0, "dev-api-green": 100}


def test_status_without_the_permission_to_see_rules_names_it_and_tells_the_rest(
    context: Any, aws: Any, play: Any
) -> None:
    aws.errors["elasticloadbalancing:DescribeRules"] = [play.failure("AccessDenied")]

    result = status.run(context)

    assert (result.exit_code, result.document["listeners"], result.document["rules"]["prod"]) == (
        0,
        {"prod": None, "test": {"dev-api-green": 100}},
        None,
    )
    assert context.show.lines == [
        "cannot see the rules of arn:prod: elasticloadbalancing:DescribeRules is not allowed. The role needs what "
        "greenlight policy dev/api --region us-east-1 prints now"
    ]
    assert [line for line in result.text.splitlines() if "traffic" in line] == [
        "  prod traffic  not known: its listener's rules may not be seen",
        "  test traffic  100 % dev-api-green",
    ]


def test_status_says_where_no_rule_forwards_to_the_service(context: Any, aws: Any) -> None:
    aws.rules["arn:prod"] = [ELSEWHERE, NOT_FOUND]

    result = status.run(context)

    assert result.document["listeners"]["prod"] == {}
    assert "  prod traffic  forwards to neither target group" in result.text.splitlines()


@pytest.mark.parametrize(("step", "what"), [(2, "candidate"), (4, "old, kept for the way back"), (None, "left over")])
def test_status_counts_the_tasks_of_live_and_of_what_is_next_to_it_apart(
    context: Any, aws: Any, play: Any, step: int | None, what: str
) -> None:
    other = aws.register(image=f"{play.repository}@{play.blue}")
    aws.other_sets = [{"status": "ACTIVE", "taskDefinition": other, "computedDesiredCount": 3, "runningCount": 1}]
    if step is not None:
        aws.play("d-1", play.good[step:])

    result = status.run(context)

    assert (result.document["live"]["desired"], result.document["live"]["running"]) == (2, 2)
    assert result.document["others"] == [{"task_definition": other, "desired": 3, "running": 1}]
    assert result.text.splitlines()[0] == "dev/api: api:1 is live, 2 of 2 tasks running"
    assert f"  {what}: api:2, 1 of 3 tasks running" in result.text.splitlines()
