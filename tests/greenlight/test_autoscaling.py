"""Autoscaling rests while traffic is shifted, and is afterwards what it was before."""

import json
from typing import Any

import pytest

from greenlight import deploy, watch
from greenlight.deployment import Until
from greenlight.errors import GreenlightError
from greenlight.release import Conflict

RECORD = "/greenlight/dev/api/suspended"
KINDS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
ALL = dict.fromkeys(KINDS, True)
PARTLY = {KINDS[0]: True, KINDS[1]: False, KINDS[2]: False}  # somebody's own decision


@pytest.fixture
def scaled(context: Any) -> Any:
    manifest = context.manifest.model_copy(update={"scalable_target": "service/dev/dev-api"})
    return type(context)(context.aws, manifest, context.clock, context.show)


def run(context: Any, image: str = ":blue") -> Any:
    options: dict[str, Any] = {"conflict": Conflict.refuse, "ignore_alarms": False, "dry_run": False}
    return deploy.run(context, image=image, until=Until.done, **options)


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

    with pytest.raises(GreenlightError):
        run(scaled)

    assert aws.suspended == dict.fromkeys(KINDS, False)
    assert RECORD not in aws.parameters


def test_a_detached_release_keeps_it_suspended_and_the_watcher_restores_it(scaled: Any, aws: Any) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    scaled.clock.each_sleep = interrupt
    assert run(scaled).exit_code == 130
    assert (aws.suspended, RECORD in aws.parameters) == (ALL, True)

    scaled.clock.each_sleep = lambda: None
    assert watch.run(scaled, "d-NEW0", Until.done).exit_code == 0
    assert (aws.suspended, RECORD in aws.parameters) == (dict.fromkeys(KINDS, False), False)


def test_a_watcher_who_may_not_restore_it_sees_the_release_through_all_the_same(
    scaled: Any, aws: Any, play: Any
) -> None:
    aws.play("d-1", play.good)
    aws.errors["ssm:GetParameter"] = [play.failure("AccessDeniedException")]

    assert watch.run(scaled, "d-1", Until.done).exit_code == 0
    assert any("which the next deploy repairs" in line for line in scaled.show.lines)


def test_a_service_without_autoscaling_is_left_alone(context: Any, aws: Any) -> None:
    run(context)

    assert [name for name, _ in aws.calls if name.startswith(("application-autoscaling", "ssm"))] == []
