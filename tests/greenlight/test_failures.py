"""Releases that go wrong: what is stopped, what is told, and the exit code."""

import json
from typing import Any

import pytest

from greenlight.commands import deploy
from greenlight.deployment import Until

HOOK_FAILED = {"errorCode": "ScriptFailed", "message": "the function said Failed"}


def run(context: Any, until: Until = Until.done) -> Any:
    return deploy.run(context, deploy.Options(image=":blue", until=until))


def undone(aws: Any, play: Any, status: str = "Succeeded", error: dict[str, str] | None = None) -> dict[str, Any]:
    """Adds the rollback; what its trigger says of it."""
    info: dict[str, Any] = {"rollbackInfo": {"rollbackTriggeringDeploymentId": "d-NEW1"}}
    info |= {"errorInformation": error} if error else {}
    aws.play("d-BACK", [play.step("Created"), play.step(at="AllowTraffic"), play.step(status)], **info)
    aws.not_yet = {"d-BACK"}
    return {"rollbackInfo": {"rollbackDeploymentId": "d-BACK"}}


def test_a_failed_hook_ends_with_exit_code_3_and_the_route_what_was_expected_and_what_was_got(
    context: Any, aws: Any, play: Any
) -> None:
    error = {"code": "HOOK_EXECUTION_FAILURE", "message": "a hook failed"}
    rollback = undone(aws, play)
    failed = play.step(
        "Failed", failed="BeforeAllowTraffic", diagnostics=HOOK_FAILED, errorInformation=error, **rollback
    )
    aws.next_script = [play.step(at="BeforeAllowTraffic"), failed]
    check = {"greenlight": "check", "deployment_id": "d-NEW1", "method": "GET", "path": "/one", "passed": False}
    check |= {"attempts": 9, "duration_ms": 12, "identity": "api:2", "reason": "answered 500, expected 200"}
    verdict = {"greenlight": "verdict", "deployment_id": "d-NEW1", "status": "Failed", "passed": 2, "failed": 1}
    aws.logs = [json.dumps(check), json.dumps(verdict | {"reported": True, "reason": "1 of 3 checks failed"})]

    result = run(context)

    assert (result.exit_code, result.document["outcome"]) == (3, "failed")
    assert result.document["causes"] == [
        "d-NEW1 Failed: HOOK_EXECUTION_FAILURE: a hook failed",
        "BeforeAllowTraffic Failed: ScriptFailed: the function said Failed",
        "hook: GET /one FAILED: answered 500, expected 200 (9 attempts, answered by api:2)",
    ]
    assert context.show.lines[-4:] == [
        "FAILED: the old version has the traffic",
        *(f"  {cause}" for cause in result.document["causes"]),
    ]
    assert result.document["rollback"]["id"] == "d-BACK"
    assert "rollback d-BACK Succeeded" in context.show.lines
    assert aws.made("codedeploy:StopDeployment") == []


def test_of_a_hook_that_gave_no_verdict_the_last_words_are_told(context: Any, aws: Any, play: Any) -> None:
    timed_out = {"errorCode": "ScriptTimedOut", "message": "no answer"}
    failed = play.step("Failed", failed="BeforeAllowTraffic", diagnostics=timed_out, **undone(aws, play))
    aws.next_script = [play.step(at="BeforeAllowTraffic"), failed]
    aws.logs = ["START RequestId: 1", "Error: exit status 7\nRuntime.ExitError", "END RequestId: 1"]

    assert run(context).document["causes"] == [
        "d-NEW1 Failed",
        "BeforeAllowTraffic Failed: ScriptTimedOut: no answer",
        "hook log: Error: exit status 7 Runtime.ExitError",
    ]


def test_a_check_that_passed_is_no_cause_of_a_release_that_was_stopped(context: Any, aws: Any, play: Any) -> None:
    stopped = play.step("Stopped", failed="BeforeAllowTraffic", **undone(aws, play))
    aws.next_script = [play.step(at="BeforeAllowTraffic"), stopped]
    check = {"greenlight": "check", "deployment_id": "d-NEW1", "method": "GET", "path": "/one", "passed": True}
    aws.logs = ["START RequestId: 1", json.dumps(check | {"duration_ms": 12, "identity": None})]

    assert run(context).document["causes"] == [
        "d-NEW1 Stopped",
        "BeforeAllowTraffic Failed: no reason given",
        "hook: had given no verdict yet",
    ]


def test_the_last_words_are_those_of_this_deployment_and_not_of_later_ones(context: Any, aws: Any, play: Any) -> None:
    ended = play.began.replace(hour=5, minute=0, second=0)
    aws.next_script = [play.step("Failed", failed="BeforeAllowTraffic", completeTime=ended, **undone(aws, play))]

    run(context)

    asked = aws.made("logs:FilterLogEvents")[-1]
    assert (asked["startTime"], asked["endTime"]) == (play.began.timestamp() * 1000, ended.timestamp() * 1000 + 60_000)


def test_a_line_in_the_hooks_log_that_nobody_knows_does_not_cost_the_sight_of_it(context: Any, aws: Any) -> None:
    said = {"deployment_id": "d-NEW0", "shape": "of another version"}
    verdict = {"greenlight": "verdict", "status": "Succeeded", "passed": 1, "failed": None, "reported": True}
    aws.logs = [json.dumps({"greenlight": "check"} | said), json.dumps(verdict | said)]

    assert run(context).exit_code == 0


def test_a_hook_without_a_log_does_not_cost_the_exit_code(context: Any, aws: Any, play: Any) -> None:
    failed = play.step("Failed", failed="BeforeAllowTraffic", diagnostics=HOOK_FAILED, **undone(aws, play))
    aws.next_script = [play.step(at="BeforeAllowTraffic"), failed]
    aws.errors["logs:FilterLogEvents"] = [play.failure("ResourceNotFoundException") for _ in range(9)]

    assert run(context).exit_code == 3
    assert "cannot see the hook's log: ResourceNotFoundException: said AWS" in context.show.lines


def crashed(play: Any, number: int, **changes: Any) -> dict[str, Any]:
    container = {"name": "api", "exitCode": 1}
    task = {"taskArn": f"task/dev/{number}", "desiredStatus": "STOPPED", "taskDefinitionArn": f"{play.family}:2"}
    task |= {"stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited"}
    return task | {"createdAt": play.began, "containers": [container]} | changes


def test_a_candidate_that_keeps_crashing_is_stopped_with_rollback_in_minutes(context: Any, aws: Any, play: Any) -> None:
    aws.next_script = [play.step(at="Install", running=0)]
    said = {"code": "MANUAL_STOP", "message": "The deployment was stopped by the user."}
    stopped = play.step("Stopped", failed="Install", errorInformation=said, **undone(aws, play))
    aws.stop_script = [play.step(at="Install"), stopped]
    aws.tasks = [crashed(play, 1), crashed(play, 2)]
    # Both tasks were started anew, and stopped again.
    context.clock.each_sleep = lambda: aws.tasks.append(crashed(play, 3))

    result = run(context)

    assert aws.made("codedeploy:StopDeployment") == [{"deploymentId": "d-NEW1", "autoRollbackEnabled": True}]
    assert result.exit_code == 3
    assert context.clock.time < 60
    assert result.document["causes"] == [
        "stopped with rollback by greenlight: the candidate keeps crashing: 3 of its tasks have stopped",
        "candidate task 1 stopped: Essential container in task exited; api: exit code 1",
        "candidate task 2 stopped: Essential container in task exited; api: exit code 1",
        "candidate task 3 stopped: Essential container in task exited; api: exit code 1",
    ]


AWSLOGS = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/dev/api", "awslogs-stream-prefix": "x"}}


def crash_loop(aws: Any, play: Any, log: dict[str, Any]) -> None:
    aws.revisions[aws.live]["definition"]["containerDefinitions"][0] |= {"logConfiguration": log} if log else {}
    aws.next_script = [play.step(at="Install", running=0)]
    aws.stop_script = [play.step("Stopped", failed="Install", **undone(aws, play))]
    aws.tasks = [crashed(play, number, stoppedAt=play.began.replace(minute=number)) for number in (1, 3, 2)]


def test_what_a_crashed_candidate_wrote_last_is_a_cause(context: Any, aws: Any, play: Any) -> None:
    crash_loop(aws, play, AWSLOGS)
    aws.streams = {
        "x/api/3": [*(f"line {number}" for number in range(20)), "panic:\tno such database"],
        "x/api/1": ["1"],
    }

    causes = run(context).document["causes"]

    assert causes[-8:] == [
        *(f"log of api in task 3: line {number}" for number in range(13, 20)),
        "log of api in task 3: panic: no such database",
    ]
    assert not [cause for cause in causes if "task 1: " in cause]


def test_a_container_whose_log_cannot_be_read_does_not_hide_the_others(context: Any, aws: Any, play: Any) -> None:
    crash_loop(aws, play, AWSLOGS)
    definition = aws.revisions[aws.live]["definition"]
    definition["containerDefinitions"].append({"name": "proxy", "image": "x@y", "logConfiguration": AWSLOGS})
    for task in aws.tasks:
        task["containers"] = [{"name": "proxy", "exitCode": 143}, *task["containers"]]
    aws.streams = {"x/api/3": ["no such database"]}

    assert run(context).document["causes"][-2:] == [
        "cannot read log of proxy in task 3: ResourceNotFoundException: said AWS",
        "log of api in task 3: no such database",
    ]


@pytest.mark.parametrize("log", [{}, {"logDriver": "awsfirelens"}, AWSLOGS], ids=["none", "another", "unwritten"])
def test_a_crashed_candidate_without_a_log_costs_neither_causes_nor_exit_code(
    context: Any, aws: Any, play: Any, log: dict[str, Any]
) -> None:
    crash_loop(aws, play, log)

    result = run(context)

    assert result.exit_code == 3
    assert "candidate task 3 stopped: Essential container in task exited; api: exit code 1" in result.document["causes"]


@pytest.mark.parametrize(
    "changes",
    [{"taskDefinitionArn": "another:7"}, {"stopCode": "UserInitiated"}, {"createdAt": "of an earlier deployment"}],
)
def test_tasks_that_say_nothing_of_the_candidate_do_not_stop_it(
    context: Any, aws: Any, play: Any, changes: dict[str, Any]
) -> None:
    if "createdAt" in changes:
        changes = {"createdAt": play.began.replace(year=2025)}
    aws.tasks = [crashed(play, number, **changes) for number in range(9)]

    assert run(context).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


def test_an_image_that_cannot_be_pulled_and_targets_that_stay_unhealthy_are_told(
    context: Any, aws: Any, play: Any
) -> None:
    reason = "CannotPullContainerError: manifest unknown"
    aws.tasks = [crashed(play, 1, stopCode="TaskFailedToStart", stoppedReason=reason, containers=[])]
    state = {"State": "unhealthy", "Reason": "Target.ResponseCodeMismatch", "Description": "got [500]"}
    aws.unhealthy = [{"Target": {"Id": "10.0.0.9", "Port": 3000}, "TargetHealth": state}]

    run(context)

    assert f"candidate task 1 stopped: {reason}" in context.show.lines
    told = "candidate target 10.0.0.9:3000 unhealthy: Target.ResponseCodeMismatch: got [500]"
    assert context.show.lines.count(told) == 1


def test_targets_that_were_unhealthy_to_the_end_are_a_cause_though_they_have_left(
    context: Any, aws: Any, play: Any
) -> None:
    state = {"State": "unhealthy", "Reason": "Target.Timeout"}
    aws.unhealthy = [{"Target": {"Id": "10.0.0.9", "Port": 3000}, "TargetHealth": state}]
    aws.next_script = [play.step(at="Install"), play.step("Failed", failed="Install", **undone(aws, play))]
    context.clock.each_sleep = aws.unhealthy.clear

    assert "candidate target 10.0.0.9:3000 unhealthy: Target.Timeout" in run(context).document["causes"]


def test_a_rollback_that_fails_too_is_exit_code_5_with_both_reasons(context: Any, aws: Any, play: Any) -> None:
    rollback = undone(aws, play, "Failed", {"code": "ECS_UPDATE_ERROR", "message": "no capacity"})
    failed = play.step("Failed", failed="AfterAllowTraffic", diagnostics=HOOK_FAILED, weight=100.0, **rollback)
    aws.next_script = [failed]

    result = run(context)

    assert (result.exit_code, result.document["outcome"]) == (5, "rollback-failed")
    assert result.document["causes"][-1] == "d-BACK Failed: ECS_UPDATE_ERROR: no capacity"
    assert "FAILED, and so did its rollback. Look now: greenlight status dev/api --region us-east-1" in (
        context.show.lines
    )


def test_a_rollback_that_is_named_late_is_waited_for(context: Any, aws: Any, play: Any) -> None:
    failed = play.step("Failed", failed="AllowTraffic", weight=50.0)
    named = play.step("Failed", failed="AllowTraffic", weight=50.0, **undone(aws, play))
    aws.next_script = [failed, failed, named]

    assert run(context).exit_code == 3


def test_an_hour_of_silence_is_waited_out_because_codedeploy_ends_it_itself(context: Any, aws: Any, play: Any) -> None:
    aws.next_script = [play.step(at="BeforeAllowTraffic")]
    rollback = undone(aws, play)

    def an_hour_later() -> None:
        if context.clock.time > 3600:
            aws.next_script = []
            info = aws.deployments["d-NEW1"][0]["info"]
            failed = play.step("Failed", failed="BeforeAllowTraffic", **rollback)
            aws.deployments["d-NEW1"] = [failed | {"info": info | failed["info"]}]

    context.clock.each_sleep = an_hour_later

    assert run(context).exit_code == 3
    assert aws.made("codedeploy:StopDeployment") == []


def test_out_of_time_before_production_moved_it_is_stopped_with_rollback(context: Any, aws: Any, play: Any) -> None:
    aws.next_script = [play.step(at="AllowTraffic", weight=10.0)]
    aws.stop_script = [play.step("Stopped", failed="AllowTraffic", **undone(aws, play))]

    result = run(context)

    assert result.exit_code == 3
    assert result.document["causes"][0] == (
        "stopped with rollback by greenlight: it took longer than its deployment group allows"
    )
    # 60 minutes to become steady, 60 for the hook, 5 of bake, and 10 of slack.
    assert 135 * 60 <= context.clock.time < 137 * 60


def test_a_stop_that_is_throttled_is_tried_again(context: Any, aws: Any, play: Any) -> None:
    aws.next_script = [play.step(at="AllowTraffic", weight=10.0)]
    aws.stop_script = [play.step("Stopped", failed="AllowTraffic", **undone(aws, play))]
    aws.errors["codedeploy:StopDeployment"] = [play.failure("ThrottlingException")] * 2

    assert run(context).exit_code == 3


def test_out_of_time_with_production_on_the_candidate_nothing_is_stopped(context: Any, aws: Any, play: Any) -> None:
    aws.next_script = [play.step(weight=100.0, instanceTerminationWaitTimeStarted=True)]

    result = run(context)

    assert (result.exit_code, result.document["outcome"]) == (4, "lost-sight")
    assert aws.made("codedeploy:StopDeployment") == []
    assert context.show.lines[-1] == "watch it again: greenlight watch dev/api d-NEW0 --region us-east-1"


def test_a_crash_loop_is_seen_however_many_tasks_have_stopped_before(context: Any, aws: Any, play: Any) -> None:
    aws.next_script = [play.step(at="Install", running=0)]
    aws.stop_script = [play.step("Stopped", failed="Install", **undone(aws, play))]
    earlier = [crashed(play, number, taskDefinitionArn="another:7") for number in range(250)]
    aws.tasks = [*earlier, *(crashed(play, number) for number in (1001, 1002, 1003))]

    assert run(context).exit_code == 3
    assert context.clock.time < 60


def test_a_scale_in_is_no_crash_loop(context: Any, aws: Any, play: Any) -> None:
    before, after = play.step(at="BeforeAllowTraffic"), play.step(at="BeforeAllowTraffic")
    before["target"]["taskSetsInfo"][1]["desiredCount"] = 10
    aws.next_script = [before, after, *play.good[3:]]

    def scale_in() -> None:
        aws.tasks = [crashed(play, number, stopCode="ServiceSchedulerInitiated", containers=[]) for number in range(8)]

    context.clock.each_sleep = scale_in

    assert run(context).exit_code == 0
    assert aws.made("codedeploy:StopDeployment") == []


def test_a_target_that_became_healthy_is_no_cause(context: Any, aws: Any, play: Any) -> None:
    aws.unhealthy = [{"Target": {"Id": "10.0.0.9", "Port": 3000}, "TargetHealth": {"State": "unhealthy"}}]
    installing, testing = play.step(at="Install"), play.step(at="BeforeAllowTraffic")
    failed = play.step("Failed", failed="BeforeAllowTraffic", **undone(aws, play))
    aws.next_script = [installing, testing, failed]
    context.clock.each_sleep = aws.unhealthy.clear

    assert not [cause for cause in run(context).document["causes"] if "10.0.0.9" in cause]


def test_a_failure_in_mid_shift_that_nobody_undoes_is_exit_code_5_and_not_blamed_on_a_rollback(
    context: Any, aws: Any, play: Any
) -> None:
    aws.next_script = [play.step("Failed", failed="AllowTraffic", weight=50.0, autoRollbackConfiguration={})]

    result = run(context)

    assert (result.exit_code, result.document["rollback"]) == (5, None)
    assert "FAILED in mid-shift, and is not undone. Look now: greenlight status dev/api --region us-east-1" in (
        context.show.lines
    )


def test_our_stop_is_followed_to_its_rollback_though_the_group_asks_for_none(context: Any, aws: Any, play: Any) -> None:
    group = {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}
    said = {"code": "MANUAL_STOP", "message": "The deployment was stopped by the user."}
    end = {"errorInformation": said, "autoRollbackConfiguration": group}
    aws.next_script = [play.step(at="AllowTraffic", weight=10.0, autoRollbackConfiguration=group)]
    named = play.step("Stopped", failed="AllowTraffic", weight=10.0, **end, **undone(aws, play))
    aws.stop_script = [play.step("Stopped", failed="AllowTraffic", weight=10.0, **end), named]

    result = run(context)

    assert (result.exit_code, result.document["rollback"]["id"]) == (3, "d-BACK")


def test_who_may_not_stop_it_goes_on_watching(context: Any, aws: Any, play: Any) -> None:
    aws.errors["codedeploy:StopDeployment"] = [play.failure("AccessDeniedException")]
    aws.tasks = [crashed(play, number) for number in range(3)]
    aws.next_script = [play.step(at="Install", running=0), *play.good[1:]]

    assert run(context).exit_code == 0
    assert any(line.startswith("could not stop d-NEW0, though the candidate") for line in context.show.lines)
