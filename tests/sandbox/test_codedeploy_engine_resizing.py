"""A service that is scaled while traffic moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.sandbox.codedeploy_world import BLUE, GREEN, World, after, make, statuses

SLOW_CANARY = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 20}}


@pytest.fixture
def world() -> World:
    return World()


def scaled(world: World, *, steady: bool) -> Callable[[], None]:
    def scale() -> None:
        world.steady = steady
        for task_set in world.service.task_sets:
            task_set.computedDesiredCount = 4

    return scale


def test_a_service_that_is_scaled_and_does_not_settle_fails_after_five_minutes(world: World) -> None:
    deployment = make(routing=SLOW_CANARY)
    world.meanwhile[3] = scaled(world, steady=False)
    world.meanwhile[7] = lambda: world.did("still shifting")

    world.run(deployment)

    assert deployment.status == "Failed"
    assert deployment.error == {
        "code": "TIMEOUT",
        "message": "The ECS service was scaled while traffic was shifted, and did not reach a steady state within 5 "
        "minutes.",
    }
    assert list(statuses(deployment).values()) == after("AllowTraffic")
    assert "still shifting" in world.done
    assert world.shares["prod"] == {BLUE: 100, GREEN: 0}


def test_a_service_that_is_scaled_and_settles_in_time_is_released(world: World) -> None:
    deployment = make(routing=SLOW_CANARY)
    world.meanwhile[3] = scaled(world, steady=False)
    world.meanwhile[7] = lambda: setattr(world, "steady", True)

    assert world.run(deployment).status == "Succeeded"


def test_a_service_that_is_not_steady_and_was_not_scaled_is_released(world: World) -> None:
    deployment = make(routing=SLOW_CANARY)
    world.meanwhile[3] = lambda: setattr(world, "steady", False)

    assert world.run(deployment).status == "Succeeded"
