"""What stops a deployment, when it is noticed and when it is too late. In a world of fakes and fast time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.codedeploy_engine.ports import PortError
from sandbox.codedeploy_engine.records import Deployment
from tests.sandbox.codedeploy_world import (
    ALARMS,
    BLUE,
    CANARY,
    GREEN,
    ROLLBACK,
    USER,
    World,
    after,
    make,
    statuses,
    stop,
)


@pytest.fixture
def world() -> World:
    return World()


def by_request(_world: World, deployment: Deployment) -> Callable[[], None]:
    return stop(deployment, None)


def by_alarm(world: World, _deployment: Deployment) -> Callable[[], None]:
    return lambda: setattr(world, "firing", ["errors"])


Stopping = Callable[[World, Deployment], Callable[[], None]]


@pytest.mark.parametrize(
    ("configured", "asked", "undone"),
    [(ROLLBACK, None, True), (None, None, False), (None, True, True), (ROLLBACK, False, False)],
    ids=["as configured", "not configured", "asked for", "asked not to"],
)
def test_a_stop_in_the_middle_of_the_shift(
    world: World, configured: dict[str, Any] | None, asked: bool | None, undone: bool
) -> None:
    deployment = make(routing=CANARY, auto_rollback=configured)
    world.meanwhile[2] = stop(deployment, asked)

    world.run(deployment)

    assert deployment.status == "Stopped"
    assert deployment.error == {"code": "MANUAL_STOP", "message": USER}
    assert list(statuses(deployment).values()) == after("AllowTraffic")
    assert (deployment.rollback_info is not None) == undone
    assert world.shares["prod"] == ({BLUE: 100, GREEN: 0} if undone else {BLUE: 90, GREEN: 10})
    assert len(world.service.task_sets) == (1 if undone else 2)


def test_a_firing_alarm_stops_the_deployment_even_during_the_termination_wait(world: World) -> None:
    world.meanwhile[3] = lambda: setattr(world, "firing", ["errors"])

    deployment = world.run(make(alarms=ALARMS, bake=10))

    assert deployment.status == "Stopped"
    assert deployment.error == {"code": "ALARM_ACTIVE", "message": "One or more alarms have been activated: errors"}
    assert world.shares["prod"] == {BLUE: 100, GREEN: 0}
    assert world.live.status == "PRIMARY"


def test_a_firing_alarm_blocks_the_next_deployment_and_not_one_that_overrides_it(world: World) -> None:
    world.firing = ["errors"]

    blocked = world.run(make(alarms=ALARMS))
    forced = world.run(make(alarms={"enabled": False, "alarms": [{"name": "errors"}]}))

    assert (blocked.status, forced.status) == ("Stopped", "Succeeded")


@pytest.mark.parametrize(("ignored", "status"), [(True, "Succeeded"), (False, "Stopped")])
def test_alarms_that_cannot_be_read_stop_the_deployment_unless_that_is_ignored(
    world: World, ignored: bool, status: str
) -> None:
    world.firing = None

    deployment = world.run(make(alarms={**ALARMS, "ignorePollAlarmFailure": ignored}))

    assert deployment.status == status


@pytest.mark.parametrize("stopping", [by_request, by_alarm])
def test_a_step_of_the_shift_is_not_made_once_there_is_a_reason_to_stop(world: World, stopping: Stopping) -> None:
    deployment = make(routing=CANARY, alarms=ALARMS)
    # The very moment at which the rest of production would move.
    world.meanwhile[5] = stopping(world, deployment)

    world.run(deployment)

    assert deployment.status == "Stopped"
    assert "prod 100 %" not in world.done


@pytest.mark.parametrize("stopping", [by_request, by_alarm])
def test_a_stop_is_heard_while_the_tasks_of_an_earlier_deployment_end(world: World, stopping: Stopping) -> None:
    earlier = make(routing=CANARY, auto_rollback=None)
    world.meanwhile[2] = stop(earlier, None)
    world.run(earlier)
    world.ends = False
    deployment = make(alarms=ALARMS, auto_rollback=None)
    world.meanwhile[3] = stopping(world, deployment)

    world.run(deployment)

    assert deployment.status == "Stopped"
    assert world.seconds == 3 * 60
    assert "create new" not in world.done[world.done.index("drain ecs-svc/2") :]


def test_nothing_goes_back_to_tasks_that_have_begun_to_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> bool:
        raise PortError("ServerException")

    monkeypatch.setattr(world, "is_gone", broken)

    deployment = world.run(make())

    assert deployment.status == "Failed"
    assert deployment.rollback_info is None
    assert world.shares["prod"] == {BLUE: 0, GREEN: 100}


def test_a_deployment_can_be_stopped_until_the_old_tasks_begin_to_end(world: World) -> None:
    deployment = make(bake=5)
    seen: list[bool] = []
    world.ends = False

    def look_and_end() -> None:
        seen.append(deployment.can_be_stopped)
        world.ends = True

    world.meanwhile[4] = lambda: seen.append(deployment.can_be_stopped)
    world.meanwhile[6] = look_and_end
    world.run(deployment)

    assert seen == [True, False]
