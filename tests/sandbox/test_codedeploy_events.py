"""What CodeDeploy puts on the event bus as deployments go on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.eventbridge import bus
from sandbox.eventbridge.bus import Event
from tests.sandbox.codedeploy_world import World, make


@pytest.fixture
def emitted() -> Iterator[list[Event]]:
    events: list[Event] = []
    bus.connect(events.append)
    yield events
    bus.connect(None)


def states(events: list[Event]) -> list[str]:
    return [event.detail["state"] for event in events]


def test_a_release_starts_and_succeeds(emitted: list[Event]) -> None:
    deployment = World().run(make())

    assert states(emitted) == ["START", "SUCCESS"]
    first = emitted[0]
    assert (first.source, first.detail_type) == ("aws.codedeploy", "CodeDeploy Deployment State-change Notification")
    assert first.resources == (
        "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:app/group",
        "arn:aws:codedeploy:us-east-1:123456789012:application:app",
    )
    assert first.detail == {
        "region": "us-east-1",
        "deploymentId": deployment.deployment_id,
        "instanceGroupId": first.detail["instanceGroupId"],
        "deploymentGroup": "group",
        "state": "START",
        "application": "app",
    }


def test_a_release_that_waits_for_approval_is_ready(emitted: list[Event]) -> None:
    world = World()
    deployment = make(ready={"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": 5})
    world.meanwhile[2] = lambda: deployment.continued.add("READY_WAIT")

    world.run(deployment)

    assert states(emitted) == ["START", "READY", "SUCCESS"]


def test_a_release_that_fails_is_followed_by_the_one_that_undoes_it(emitted: list[Event]) -> None:
    world = World()
    world.verdict = "Failed"

    deployment = world.run(make(hooks={"AfterAllowTraffic": "hook"}))

    assert states(emitted) == ["START", "FAILURE", "START", "SUCCESS"]
    assert [event.detail["deploymentId"] == deployment.deployment_id for event in emitted] == [True, True, False, False]


def test_a_release_that_an_alarm_stops_is_stopped(emitted: list[Event]) -> None:
    world = World()
    deployment = make(alarms={"enabled": True, "alarms": [{"name": "errors"}]}, bake=5)
    world.meanwhile[1] = lambda: world.firing.append("errors") if world.firing is not None else None

    world.run(deployment)

    assert states(emitted) == ["START", "STOP", "START", "SUCCESS"]
