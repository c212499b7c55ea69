"""How the way back goes, and what is left after it. In a world of fakes and fast time."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.codedeploy import views
from tests.sandbox.codedeploy_world import BLUE, CANARY, GREEN, World, make, statuses, stop


@pytest.fixture
def world() -> World:
    return World()


# Rollback ------------------------------------------------------------------------------------------------------------


def test_a_rollback_is_a_deployment_of_its_own_that_both_know(world: World) -> None:
    world.verdict = "Failed"
    before = {"revisionType": "AppSpecContent", "appSpecContent": {"content": "old", "sha256": "o"}}
    world.live.revision = before

    failed = world.run(make(hooks={"BeforeAllowTraffic": "check"}))

    undoing = world.deployments[1]
    assert views.info(failed)["rollbackInfo"]["rollbackDeploymentId"] == undoing.deployment_id
    assert views.info(undoing)["rollbackInfo"]["rollbackTriggeringDeploymentId"] == failed.deployment_id
    assert undoing.creator == "codeDeployRollback"
    assert undoing.status == "Succeeded"
    assert views.info(undoing)["revision"] == {"revisionType": "AppSpecContent", "appSpecContent": {"sha256": "o"}}
    assert {name for name, status in statuses(undoing).items() if status == "Succeeded"} == {"AllowTraffic"}
    assert world.done.count("hook check") == 1


def test_a_rollback_has_the_revision_that_goes_live_again_whatever_became_of_its_deployment(world: World) -> None:
    def revision(name: str) -> dict[str, Any]:
        return {"revisionType": "AppSpecContent", "appSpecContent": {"content": name, "sha256": name}}

    world.run(make(revision=revision("a")))
    stopped = make(revision=revision("b"), bake=60, auto_rollback=None)
    world.meanwhile[5] = stop(stopped, None)
    world.run(stopped)
    world.verdict = "Failed"

    failed = world.run(make(revision=revision("c"), hooks={"BeforeAllowTraffic": "check"}))

    assert stopped.status == "Stopped"
    assert failed.status == "Failed"
    assert views.info(world.deployments[-1])["revision"]["appSpecContent"] == {"sha256": "b"}


def test_a_rollback_outlasts_a_passing_fault_of_the_load_balancer(world: World) -> None:
    world.verdict, world.faults = "Failed", 3

    world.run(make(hooks={"AfterAllowTraffic": "check"}))

    assert world.deployments[-1].status == "Succeeded"
    assert world.shares["prod"] == {BLUE: 100, GREEN: 0}


def test_a_rollback_tells_when_the_load_balancer_stays_away(world: World) -> None:
    world.verdict, world.faults = "Failed", 1000

    world.run(make(hooks={"AfterAllowTraffic": "check"}))

    assert world.deployments[-1].error == {"code": "ELASTIC_LOAD_BALANCING_INVALID", "message": "ServiceUnavailable"}


def test_without_automatic_rollback_everything_stays_where_it_is(world: World) -> None:
    world.verdict = "Failed"

    failed = world.run(make(hooks={"BeforeAllowTraffic": "check"}, auto_rollback=None))

    assert failed.rollback_info is None
    assert world.shares == {"prod": {BLUE: 100}, "test": {BLUE: 0, GREEN: 100}}
    assert [task_set.status for task_set in world.service.task_sets] == ["PRIMARY", "ACTIVE"]


def test_the_next_release_first_clears_what_a_failed_one_left(world: World) -> None:
    deployment = make(routing=CANARY, auto_rollback=None)
    world.meanwhile[2] = stop(deployment, None)
    world.run(deployment)
    world.log.clear()

    following = world.run(make())

    assert world.done[:4] == ["prod back", "test back", "drain ecs-svc/2", "create new"]
    assert following.status == "Succeeded"


def test_a_failure_before_install_has_nothing_to_undo(world: World) -> None:
    world.verdict = "Failed"

    failed = world.run(make(hooks={"BeforeInstall": "check"}))

    assert failed.rollback_info is None


# What is shown -------------------------------------------------------------------------------------------------------


def test_the_target_shows_both_sets_with_their_share_of_production(world: World) -> None:
    deployment = make(routing=CANARY)
    seen: list[dict[str, Any]] = []
    world.meanwhile[2] = lambda: seen.append(views.target(deployment)["ecsTarget"])

    world.run(deployment)

    counts = {"desiredCount": 2, "pendingCount": 0, "runningCount": 2}
    assert seen[0]["targetId"] == "cluster:service"
    assert seen[0]["taskSetsInfo"] == [
        {
            "identifer": "ecs-svc/1",
            **counts,
            "status": "PRIMARY",
            "trafficWeight": 90.0,
            "targetGroup": {"name": "blue"},
            "taskSetLabel": "Blue",
        },
        {
            "identifer": "ecs-svc/2",
            **counts,
            "status": "ACTIVE",
            "trafficWeight": 10.0,
            "targetGroup": {"name": "green"},
            "taskSetLabel": "Green",
        },
    ]


def test_a_deployment_in_progress_says_what_it_does(world: World) -> None:
    deployment = make(bake=5, routing=CANARY)
    seen: list[Any] = []
    for minute in (2, 7):
        world.meanwhile[minute] = lambda: seen.append(views.info(deployment)["deploymentStatusMessages"])

    world.run(deployment)

    assert seen == [
        ["The lifecycle event AllowTraffic is in progress."],
        ["Waiting before the original task set is terminated."],
    ]
    assert "deploymentStatusMessages" not in views.info(deployment)


def test_what_is_absent_on_aws_is_absent(world: World) -> None:
    info = views.info(world.run(make(auto_rollback=None)))

    absent = {"errorInformation", "rollbackInfo", "previousRevision", "description", "overrideAlarmConfiguration"}
    assert absent & set(info) == set()
    assert "content" not in info["revision"]["appSpecContent"]
    assert sum(info["deploymentOverview"].values()) == info["deploymentOverview"]["Succeeded"] == 1
