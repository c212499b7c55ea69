from typing import Any

import pytest

from greenlight.clock import Pace
from greenlight.deployment import Until
from greenlight.limits import limit_minutes

ALL_AT_ONCE = {"trafficRoutingConfig": {"type": "AllAtOnce"}}
CANARY = {"trafficRoutingConfig": {"timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 15}}}
LINEAR = {"trafficRoutingConfig": {"timeBasedLinear": {"linearPercentage": 10, "linearInterval": 3}}}
HALVES = {"trafficRoutingConfig": {"timeBasedLinear": {"linearPercentage": 50, "linearInterval": 1440}}}
UNEVEN = {"trafficRoutingConfig": {"timeBasedLinear": {"linearPercentage": 30, "linearInterval": 1}}}


def group(approval: int = 0, bake: int = 0) -> dict[str, Any]:
    return {
        "blueGreenDeploymentConfiguration": {
            "deploymentReadyOption": {"waitTimeInMinutes": approval},
            "terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": bake},
        }
    }


@pytest.mark.parametrize(
    ("settings", "config", "hooks", "until", "minutes"),
    [
        (group(), ALL_AT_ONCE, 0, Until.done, 70),
        (group(), ALL_AT_ONCE, 2, Until.done, 190),
        (group(approval=30, bake=2800), ALL_AT_ONCE, 1, Until.done, 2960),
        (group(approval=30, bake=2800), ALL_AT_ONCE, 1, Until.traffic, 160),
        (group(), CANARY, 0, Until.done, 85),
        (group(), CANARY, 0, Until.ready, 70),
        (group(), LINEAR, 0, Until.done, 100),
        (group(), UNEVEN, 0, Until.done, 73),
        (group(), HALVES, 0, Until.done, 2950),
        ({}, {}, 0, Until.done, 70),
    ],
)
def test_the_time_limit_is_longer_than_any_step_of_the_group_may_take(
    settings: Any, config: Any, hooks: int, until: Until, minutes: float
) -> None:
    assert limit_minutes(settings, config, hooks, until) == minutes


def test_looks_are_a_second_apart_while_things_change_and_up_to_15_while_they_do_not() -> None:
    pace = Pace(jitter=lambda: 1.0)

    pauses = [pace.next() for _ in range(20)]

    assert pauses[:3] == [1.0, 1.25, 1.5625]
    assert pauses[-1] == 15.0
    assert pace.next(changed=True) == 1.0


def test_releases_that_start_together_do_not_go_on_asking_together() -> None:
    assert Pace(jitter=lambda: 0.0).next() == 0.8
