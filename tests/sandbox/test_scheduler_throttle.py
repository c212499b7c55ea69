"""How soon ECS tries again where tasks do not start, and where they do not last."""

from __future__ import annotations

from typing import Any

from sandbox.scheduler.throttle import Throttle
from tests.sandbox import running_stack
from tests.sandbox.codedeploy_stack import Releases, appspec
from tests.sandbox.running_stack import Clients, Stack, until

stack = running_stack.stack

UNABLE = (
    "is unable to consistently start tasks successfully. For more information, see the Troubleshooting section of the "
    "Amazon ECS Developer Guide."
)


def attempt(throttle: Throttle, now: float, tasks: int = 1) -> list[bool]:
    """Tasks that are launched together, and could not be started a second later."""
    results = [throttle.failed(launched_at=now, now=now + 1) for _ in range(tasks)]
    throttle.ended(launched_at=now)
    return results


def next_launch(throttle: Throttle, now: float) -> float:
    """In whole seconds."""
    while not throttle.allows(now):
        now += 1
    return now


def test_the_pause_grows_up_to_27_minutes_from_the_third_attempt_on() -> None:
    throttle, now, pauses, begins = Throttle(), 0.0, [], []
    for _ in range(8):
        begins += attempt(throttle, now)
        after = next_launch(throttle, now)
        pauses.append(after - now)
        now = after

    # The first ones are as far apart as bringing up a task takes.
    assert pauses == [10, 10, 61, 181, 541, 1621, 1621, 1621]
    assert begins == [False, False, True, False, False, False, False, False]


def test_tasks_launched_together_are_one_attempt() -> None:
    throttle = Throttle()

    assert [attempt(throttle, now, tasks=4) for now in (0.0, 10.0)] == [[False] * 4] * 2
    assert attempt(throttle, 20.0, tasks=4) == [True, False, False, False]


def test_a_task_that_runs_ends_the_throttling() -> None:
    throttle = Throttle()
    for now in (0.0, 10.0, 20.0):
        attempt(throttle, now)

    throttle.ran(started_at=85.0)

    assert throttle.allows(86.0)
    assert attempt(throttle, 90.0) == [False]


def test_a_task_that_ran_before_the_failures_does_not_end_the_throttling() -> None:
    throttle = Throttle()
    throttle.ran(started_at=-100.0)
    for now in (0.0, 10.0, 20.0):
        attempt(throttle, now)
        throttle.ran(started_at=-100.0)

    assert next_launch(throttle, 20.0) == 81.0


def test_tasks_that_were_running_are_replaced_at_the_same_pace_forever() -> None:
    throttle, now, pauses = Throttle(), 0.0, []
    for _ in range(8):
        throttle.ran(started_at=now + 1)
        throttle.ended(launched_at=now)
        after = next_launch(throttle, now)
        pauses.append(after - now)
        now = after

    assert pauses == [10] * 8


def test_a_task_that_lived_longer_is_replaced_at_once() -> None:
    throttle = Throttle()
    throttle.ended(launched_at=0.0)

    assert throttle.allows(10.0)


def unable(stack: Stack) -> list[str]:
    return [event for event in stack.events() if "unable to consistently start" in event]


def test_an_image_that_is_pushed_late_is_picked_up_after_the_pause(stack: Stack) -> None:
    uri = stack.push("one").split("@")[0]
    stack.service(f"{uri}:later")
    until(lambda: unable(stack))

    stack.push("later")

    assert stack.running()[0]["containers"][0]["image"] == f"{uri}:later"
    # Once a series, and not at each attempt.
    assert unable(stack) == [f"(service {stack.name}, taskSet {stack.described()['taskSets'][0]['id']}) {UNABLE}"]


def test_an_image_that_is_pushed_late_is_picked_up_at_once_by_a_deployment(stack: Stack, client: Clients) -> None:
    uri = stack.push("one").split("@")[0]
    stack.service(f"{uri}:later")
    releases = Releases(client, stack.name, stack.prod)
    (old,) = stack.described()["taskSets"]

    def failed() -> list[dict[str, Any]]:
        return [task for task in stack.tasks("STOPPED") if task["startedBy"] == old["id"]]

    # The pause that follows the fifth is nine minutes, nine seconds here.
    until(failed, lambda tasks: len(tasks) == 5)
    image = stack.push("later")

    releases.deploy(appspec(stack.task_definition(image), "app"))

    (task,) = stack.running()
    assert (task["containers"][0]["image"], len(failed())) == (image, 5)
