"""What a deployment does in each lifecycle event, and what follows a failure. In a world of fakes and fast time."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.codedeploy import views
from sandbox.codedeploy_engine.records import EVENTS
from tests.sandbox.codedeploy_stack import appspec
from tests.sandbox.codedeploy_world import BLUE, CANARY, GREEN, LINEAR, World, after, make, statuses


@pytest.fixture
def world() -> World:
    return World()


# A release -----------------------------------------------------------------------------------------------------------


def test_traffic_moves_only_to_a_set_that_is_there_and_the_old_one_ends_last(world: World) -> None:
    deployment = world.run(make(bake=5))

    assert world.log == [
        (0, "create new"),
        (0, "test 100 %"),
        (0, "prod 100 %"),
        (0, "primary ecs-svc/2"),
        (5, "drain ecs-svc/1"),
    ]
    assert deployment.status == "Succeeded"
    assert statuses(deployment) == dict.fromkeys(EVENTS, "Succeeded")
    assert all(event.start_time and event.end_time for event in deployment.events)
    assert [task_set.status for task_set in world.service.task_sets] == ["PRIMARY"]


def test_the_second_release_goes_back_to_the_first_target_group(world: World) -> None:
    world.run(make())

    world.run(make())

    assert world.shares == {"prod": {GREEN: 0, BLUE: 100}, "test": {GREEN: 0, BLUE: 100}}


@pytest.mark.parametrize(
    ("routing", "moves"),
    [
        (CANARY, [(0, "prod 10 %"), (5, "prod 100 %")]),
        (LINEAR, [(0, "prod 40 %"), (3, "prod 80 %"), (6, "prod 100 %")]),
    ],
    ids=["canary", "linear"],
)
def test_production_moves_step_by_step_as_the_configuration_says(
    world: World, routing: dict[str, Any], moves: list[tuple[float, str]]
) -> None:
    world.run(make(routing=routing))

    assert [entry for entry in world.log if entry[1].startswith("prod")] == moves


def test_each_hook_runs_once_in_its_event(world: World) -> None:
    seen: list[str] = []
    world.on_hook = seen.append
    hooks = {name: "check" for name in EVENTS if name not in ("Install", "AllowTestTraffic", "AllowTraffic")}

    deployment = world.run(make(hooks=hooks))

    assert seen == list(hooks)
    assert deployment.status == "Succeeded"


def test_without_a_test_listener_its_events_do_not_exist(world: World) -> None:
    deployment = world.run(make(test_route=False))

    assert list(statuses(deployment)) == [name for name in EVENTS if "TestTraffic" not in name]
    assert world.shares["test"] == {GREEN: 100}


def test_a_target_group_that_no_listener_has_is_joined_with_no_share_so_that_it_is_checked(world: World) -> None:
    world.attached = False

    world.run(make(test_route=False))

    assert world.done[:2] == ["prod 0 %", "create new"]


def test_nothing_moves_before_the_targets_are_healthy(world: World) -> None:
    world.healthy = False
    world.meanwhile[7] = lambda: setattr(world, "healthy", True)

    world.run(make())

    assert world.log[:2] == [(0, "create new"), (7, "test 100 %")]


def test_a_deployment_that_waits_for_approval_is_ready_until_it_is_continued(world: World) -> None:
    deployment = make(ready={"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60})
    seen: list[Any] = []

    def approve() -> None:
        seen.append((deployment.status, views.info(deployment)["deploymentOverview"]["Ready"], world.done[-1]))
        deployment.continued.add("READY_WAIT")

    world.meanwhile[30] = approve
    world.run(deployment)

    assert seen == [("Ready", 1, "test 100 %")]
    assert (30, "prod 100 %") in world.log
    assert deployment.status == "Succeeded"


def test_a_deployment_that_nobody_approves_stops(world: World) -> None:
    deployment = world.run(make(ready={"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 60}))

    assert deployment.status == "Stopped"
    assert "prod 100 %" not in world.done
    assert world.service.task_sets == [world.live]


def test_the_termination_wait_can_be_cut_short(world: World) -> None:
    deployment = make(bake=60)
    seen: list[Any] = []

    def proceed() -> None:
        seen.append((deployment.status, views.info(deployment)["instanceTerminationWaitTimeStarted"]))
        deployment.continued.add("TERMINATION_WAIT")

    world.meanwhile[2] = proceed
    world.run(deployment)

    assert seen == [("InProgress", True)]
    assert world.log[-1] == (2, "drain ecs-svc/1")


# Failures ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", ["BeforeInstall", "AfterInstall", "AfterAllowTestTraffic", "BeforeAllowTraffic"])
def test_a_refusing_hook_ends_the_release_before_production_moves(world: World, event: str) -> None:
    world.verdict = "Failed"

    deployment = world.run(make(hooks={event: "arn:aws:lambda:us-east-1:123456789012:function:check"}))

    assert deployment.status == "Failed"
    assert deployment.error is not None
    assert deployment.error["code"] == "HOOK_EXECUTION_FAILURE"
    assert list(statuses(deployment).values()) == after(event)
    failed = deployment.events[EVENTS.index(event)]
    assert failed.diagnostics == {
        "errorCode": "ScriptFailed",
        "scriptName": "check",
        "message": f"The hook of {event}, check, answered Failed.",
    }
    assert not [what for what in world.done if what.startswith("prod")]
    assert world.service.task_sets == [world.live]


def test_a_silent_hook_fails_the_release_after_an_hour(world: World) -> None:
    world.verdict = None

    deployment = world.run(make(hooks={"BeforeAllowTraffic": "check"}))

    assert statuses(deployment)["BeforeAllowTraffic"] == "Failed"
    assert deployment.events[5].diagnostics == {
        "errorCode": "ScriptTimedOut",
        "scriptName": "check",
        "message": "The hook of BeforeAllowTraffic, check, gave no answer within 3600 seconds.",
    }
    assert (60, "test back") in world.log


def test_a_hook_that_cannot_be_run_fails_the_release_at_once(world: World) -> None:
    deployment = world.run(make(hooks={"BeforeAllowTraffic": "missing"}))

    assert deployment.error == {
        "code": "HOOK_EXECUTION_FAILURE",
        "message": "The hook of BeforeAllowTraffic, missing, could not be invoked: "
        "ResourceNotFoundException: Function not found.",
    }
    assert world.seconds == 0


def test_a_hook_after_the_shift_brings_production_back_to_tasks_that_are_still_there(world: World) -> None:
    world.verdict = "Failed"

    world.run(make(hooks={"AfterAllowTraffic": "check"}))

    assert world.done[-5:] == ["hook check", "prod back", "primary ecs-svc/1", "test back", "drain ecs-svc/2"]
    assert world.live.status == "PRIMARY"


@pytest.mark.parametrize("fault", ["steady", "healthy"])
def test_a_release_that_never_gets_well_fails_after_an_hour(world: World, fault: str) -> None:
    setattr(world, fault, False)

    deployment = world.run(make())

    assert deployment.error is not None
    assert deployment.error["code"] == "TIMEOUT"
    assert world.seconds == 3600
    assert list(statuses(deployment).values()) == after("Install")
    assert world.shares == {"prod": {BLUE: 100}, "test": {GREEN: 100}}


def test_what_ecs_refuses_is_told(world: World) -> None:
    world.refusal = "ClientException: TaskDefinition is inactive"

    deployment = world.run(make())

    assert deployment.error == {
        "code": "ECS_UPDATE_ERROR",
        "message": "The ECS service cannot be updated due to an unexpected error: "
        "ClientException: TaskDefinition is inactive",
    }


def test_a_live_group_that_is_not_behind_the_production_listener_is_refused(world: World) -> None:
    world.shares["prod"] = {GREEN: 100}

    deployment = world.run(make())

    assert deployment.error == {
        "code": "ELASTIC_LOAD_BALANCING_INVALID",
        "message": "Primary taskset target group must be behind listener prod",
    }
    assert set(statuses(deployment).values()) == {"Skipped"}
    assert world.done == []


def test_a_deleted_service_ends_the_deployment_and_nothing_is_undone(world: World) -> None:
    world.meanwhile[1] = lambda: setattr(world.service, "active", False)

    deployment = world.run(make(bake=10))

    assert deployment.error is not None
    assert (deployment.status, deployment.error["code"]) == ("Failed", "INVALID_ECS_SERVICE")
    assert deployment.rollback_info is None


def test_an_appspec_in_s3_is_read_and_judged_when_the_deployment_runs(world: World) -> None:
    location = {"revisionType": "S3", "s3Location": {"bucket": "b", "key": "k", "bundleType": "YAML"}}

    absent = world.run(make(appspec=None, revision=location))
    world.texts["k"] = "version: 2"
    wrong = world.run(make(appspec=None, revision=location))
    world.texts["k"] = appspec("app:7", hooks={"AfterAllowTestTraffic": "check"})
    unasked = world.run(make(appspec=None, revision=location, test_route=False))

    assert absent.error == {"code": "INVALID_REVISION", "message": "NoSuchKey"}
    assert wrong.error == {"code": "INVALID_REVISION", "message": "version must be 0.0, got 2"}
    assert unasked.error == {
        "code": "INVALID_REVISION",
        "message": "AfterAllowTestTraffic has a hook, and the deployment group no test listener",
    }
    assert world.done == []


def test_a_bug_inside_ends_the_deployment_instead_of_leaving_it_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(world, "make_primary", broken)

    deployment = world.run(make(auto_rollback=None))

    assert deployment.error is not None
    assert deployment.error["code"] == "INTERNAL_ERROR"
    assert statuses(deployment)["AllowTraffic"] == "Failed"
