"""Autoscaling rests while traffic is shifted, and is afterwards what it was before."""

import json
from typing import Any

import pytest

from greenlight.commands import deploy, watch
from greenlight.deployment import Until
from greenlight.errors import InFlightError, LostSightError, RefusedError
from greenlight.release import Conflict

RECORD = "/greenlight/dev/api/suspended"
KINDS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
ALL = dict.fromkeys(KINDS, True)
PARTLY = {KINDS[0]: True, KINDS[1]: False, KINDS[2]: False}  # somebody's own decision


@pytest.fixture
def scaled(context: Any) -> Any:
    manifest = context.manifest.model_copy(update={"scalable_target": "service/dev/dev-api"})
    return type(context)(context.aws, manifest, context.clock, context.show)


NONE = dict.fromkeys(KINDS, False)


def run(context: Any, image: str = ":blue", until: Until = Until.done) -> Any:
    options: dict[str, Any] = {"conflict": Conflict.refuse, "ignore_alarms": False, "dry_run": False}
    return deploy.run(context, deploy.Options(image=image, until=until, **options))


def suspended_by(release: str, aws: Any, script: list[dict[str, Any]]) -> None:
    """A release that is under way, or was killed."""
    aws.play(release, script)
    aws.suspended, aws.parameters[RECORD] = ALL, json.dumps(NONE)


def test_it_is_written_down_then_suspended_then_the_release_begins_and_restored_once_traffic_has_moved(
    scaled: Any, aws: Any
) -> None:
    aws.suspended = PARTLY

    run(scaled)

    names = [name for name, _ in aws.calls]
    put, create = names.index("ssm:PutParameter"), names.index("codedeploy:CreateDeployment")
    first, second = (at for at, name in enumerate(names) if name == "application-autoscaling:RegisterScalableTarget")
    assert put < first < create < second
    assert json.loads(aws.made("ssm:PutParameter")[0]["Value"]) == PARTLY
    suspended, restored = aws.made("application-autoscaling:RegisterScalableTarget")
    assert (suspended["SuspendedState"], restored["SuspendedState"]) == (ALL, PARTLY)
    # The bake may last two days: autoscaling does not wait for it.
    assert names[second:].count("codedeploy:GetDeployment") == 1
    assert RECORD not in aws.parameters


def test_what_a_killed_release_left_is_repaired_and_never_taken_for_what_was_before(scaled: Any, aws: Any) -> None:
    aws.suspended, aws.parameters[RECORD] = ALL, json.dumps(PARTLY)

    run(scaled)

    assert aws.suspended == PARTLY
    assert RECORD not in aws.parameters


def test_a_refused_deployment_leaves_it_as_it_was(scaled: Any, aws: Any, play: Any) -> None:
    aws.errors["codedeploy:CreateDeployment"] = [play.failure("InvalidRoleException")]

    with pytest.raises(RefusedError):
        run(scaled)

    assert aws.suspended == NONE
    assert RECORD not in aws.parameters


def test_a_refusal_is_told_though_autoscaling_cannot_be_restored(scaled: Any, aws: Any, play: Any) -> None:
    aws.errors["codedeploy:CreateDeployment"] = [play.failure("InvalidRoleException")]
    aws.errors["ssm:DeleteParameter"] = [play.failure("ThrottlingException") for _ in range(9)]

    with pytest.raises(RefusedError, match="InvalidRoleException"):
        run(scaled)

    assert "autoscaling may be suspended; the next deploy restores it: ThrottlingException: said AWS" in (
        scaled.show.lines
    )


def test_ctrl_c_before_the_deployment_was_asked_for_leaves_nothing_behind(scaled: Any, aws: Any) -> None:
    register = aws.application_autoscaling_RegisterScalableTarget
    answers = iter([KeyboardInterrupt])

    def interrupted(**request: Any) -> Any:
        register(**request)
        for error in answers:
            raise error
        return {}

    aws.application_autoscaling_RegisterScalableTarget = interrupted

    with pytest.raises(KeyboardInterrupt):
        run(scaled)

    assert (aws.suspended, RECORD in aws.parameters) == (NONE, False)
    assert aws.made("codedeploy:CreateDeployment") == []


def test_ctrl_c_while_nobody_knows_whether_it_began_leaves_it_suspended_and_says_how_to_go_on(
    scaled: Any, aws: Any
) -> None:
    def interrupted(**_: Any) -> Any:
        raise KeyboardInterrupt

    aws.codedeploy_CreateDeployment = interrupted

    with pytest.raises(LostSightError, match=r"nor whether it began: interrupted\. See what goes on: greenlight watch"):
        run(scaled)

    assert (aws.suspended, RECORD in aws.parameters) == (ALL, True)


def test_a_record_that_nobody_can_read_is_named_and_does_not_cost_the_sight_of_a_release(
    scaled: Any, aws: Any, play: Any
) -> None:
    aws.play("d-1", play.good)
    aws.parameters[RECORD] = "on"

    assert watch.run(scaled, "d-1", Until.done).exit_code == 0
    assert any(f"SSM parameter {RECORD} should say" in line and "got 'on'" in line for line in scaled.show.lines)


def test_a_record_that_another_watcher_has_taken_away_is_no_error(scaled: Any, aws: Any, play: Any) -> None:
    suspended_by("d-1", aws, play.good[-1:])
    aws.errors["ssm:DeleteParameter"] = [play.failure("ParameterNotFound")]

    assert watch.run(scaled, "d-1", Until.done).exit_code == 0
    assert scaled.show.lines[-2] == "autoscaling restored"


def test_a_detached_release_keeps_it_suspended_and_the_watcher_restores_it(scaled: Any, aws: Any) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    scaled.clock.each_sleep = interrupt
    assert run(scaled).exit_code == 130
    assert (aws.suspended, RECORD in aws.parameters) == (ALL, True)

    scaled.clock.each_sleep = lambda: None
    assert watch.run(scaled, "d-NEW0", Until.done).exit_code == 0
    assert (aws.suspended, RECORD in aws.parameters) == (NONE, False)


def test_a_watcher_who_may_not_restore_it_sees_the_release_through_all_the_same(
    scaled: Any, aws: Any, play: Any
) -> None:
    aws.play("d-1", play.good)
    aws.errors["ssm:GetParameter"] = [play.failure("AccessDeniedException")]

    assert watch.run(scaled, "d-1", Until.done).exit_code == 0
    assert any("which the next deploy restores" in line for line in scaled.show.lines)


def test_a_service_without_autoscaling_is_left_alone(context: Any, aws: Any) -> None:
    run(context)

    assert [name for name, _ in aws.calls if name.startswith(("application-autoscaling", "ssm"))] == []


def test_a_release_run_again_after_it_was_killed_restores_it_though_nothing_is_left_to_do(
    scaled: Any, aws: Any, play: Any
) -> None:
    suspended_by("d-1", aws, play.good[-1:])

    assert run(scaled, ":green").document["outcome"] == "nothing-to-do"
    assert (aws.suspended, RECORD in aws.parameters) == (NONE, False)


def test_until_ready_leaves_it_suspended_for_the_shift_that_is_to_come_and_says_so(scaled: Any, aws: Any) -> None:
    assert run(scaled, until=Until.ready).exit_code == 0

    assert (aws.suspended, RECORD in aws.parameters) == (ALL, True)
    assert (
        "autoscaling stays suspended until greenlight watch dev/api --region us-east-1 has seen the traffic moved"
        in scaled.show.lines
    )


def test_who_loses_the_race_for_the_group_leaves_it_suspended_for_the_winner(scaled: Any, aws: Any, play: Any) -> None:
    register = aws.ecs_RegisterTaskDefinition

    def somebody_is_quicker(**request: Any) -> Any:
        suspended_by("d-WON", aws, [play.step(at="AllowTraffic")])
        return register(**request)

    aws.ecs_RegisterTaskDefinition = somebody_is_quicker
    aws.errors["codedeploy:CreateDeployment"] = [play.failure("DeploymentLimitExceededException")]

    with pytest.raises(InFlightError):
        run(scaled)

    assert (aws.suspended, RECORD in aws.parameters) == (ALL, True)
    assert scaled.show.lines[-1].startswith("autoscaling stays suspended until greenlight watch dev/api")
    assert {one["SuspendedState"] == ALL for one in aws.made("application-autoscaling:RegisterScalableTarget")} == {
        True
    }


def test_who_is_refused_leaves_it_suspended_for_the_one_in_mid_shift(scaled: Any, aws: Any, play: Any) -> None:
    register = aws.ecs_RegisterTaskDefinition

    def somebody_is_quicker(**request: Any) -> Any:
        suspended_by("d-WON", aws, [play.step(at="AllowTraffic", weight=10.0)])
        return register(**request)

    aws.ecs_RegisterTaskDefinition = somebody_is_quicker
    aws.errors["codedeploy:CreateDeployment"] = [play.failure("InvalidRoleException")]

    with pytest.raises(RefusedError, match="InvalidRoleException"):
        run(scaled)

    assert (aws.suspended, RECORD in aws.parameters) == (ALL, True)


def test_watching_an_old_release_leaves_it_suspended_for_the_one_in_mid_shift_and_says_so(
    scaled: Any, aws: Any, play: Any
) -> None:
    aws.play("d-OLD", play.good[-1:])
    suspended_by("d-NOW", aws, [play.step(at="AllowTraffic", weight=10.0)])

    assert watch.run(scaled, "d-OLD", Until.done).exit_code == 0
    assert (aws.suspended, RECORD in aws.parameters) == (ALL, True)
    assert (
        "autoscaling stays suspended until greenlight watch dev/api --region us-east-1 has seen the traffic moved"
        in scaled.show.lines
    )


def test_a_restore_that_fails_is_tried_again(scaled: Any, aws: Any, play: Any) -> None:
    baking = play.step(weight=100.0, instanceTerminationWaitTimeStarted=True)
    suspended_by("d-1", aws, [baking, baking, play.good[-1]])
    aws.errors["ssm:GetParameter"] = [play.failure("ThrottlingException")]

    assert watch.run(scaled, "d-1", Until.done).exit_code == 0
    assert (aws.suspended, RECORD in aws.parameters) == (NONE, False)


def test_a_rollback_that_begins_as_autoscaling_is_to_be_restored_gets_it_restored_at_its_end(
    scaled: Any, aws: Any, play: Any
) -> None:
    """An alarm in the bake: between the look at the release and the look for others that are in mid-shift."""
    baking = play.step(weight=100.0, instanceTerminationWaitTimeStarted=True)
    stopped = play.step("Stopped", rollbackInfo={"rollbackDeploymentId": "d-BACK"})
    suspended_by("d-1", aws, [baking, baking, stopped])
    read = aws.ssm_GetParameter

    def an_alarm_fires(**request: Any) -> Any:
        if "d-BACK" not in aws.deployments:
            shifting = play.step(at="AllowTraffic")
            aws.play("d-BACK", [shifting, shifting, play.good[-1]], creator="codeDeployRollback")
        return read(**request)

    aws.ssm_GetParameter = an_alarm_fires

    assert watch.run(scaled, "d-1", Until.done).exit_code == 3
    assert (aws.suspended, RECORD in aws.parameters) == (NONE, False)
