"""How many tasks target tracking wants."""

from __future__ import annotations

import pytest

from sandbox.scaling.decision import Reading, Service, scaled_in, scaled_out


def running(tasks: int, *, desired: int | None = None, least: int = 1, most: int = 10) -> Service:
    return Service(tasks if desired is None else desired, tasks, least, most)


@pytest.mark.parametrize(
    ("tasks", "value", "expected"),
    [
        (2, 100.0, 4),  # twice the load: twice the tasks
        (2, 51.0, 3),  # a little more: never too few are added
        (4, 60.0, 5),
        (3, 1000.0, 10),  # not above the bound
    ],
)
def test_tasks_are_added_in_proportion_to_the_metric(tasks: int, value: float, expected: int) -> None:
    assert scaled_out(running(tasks), Reading(value, 50)) == expected


@pytest.mark.parametrize(
    ("tasks", "value", "expected"),
    [
        (4, 25.0, 2),
        (4, 30.0, 3),  # never too many are removed
        (10, 0.0, 1),  # not below the bound
    ],
)
def test_tasks_are_removed_in_proportion_to_the_metric(tasks: int, value: float, expected: int) -> None:
    assert scaled_in(running(tasks), [Reading(value, 50)]) == expected


@pytest.mark.parametrize("tasks", [1, 2])
def test_no_task_is_removed_that_would_bring_the_metric_above_its_target(tasks: int) -> None:
    assert scaled_in(running(tasks), [Reading(44, 50)]) is None


def test_nothing_is_removed_to_scale_out() -> None:
    """Where more tasks are wanted than run yet."""
    assert scaled_out(running(2, desired=8), Reading(100, 50)) is None


def test_the_policy_that_needs_most_tasks_decides_how_many_are_removed() -> None:
    assert scaled_in(running(10), [Reading(10, 50), Reading(30, 50)]) == 6


def test_the_same_load_does_not_add_tasks_again_during_the_cooldown() -> None:
    after_the_first = running(4, desired=4)

    assert scaled_out(after_the_first, Reading(200, 50), before=1) is None
    assert scaled_out(after_the_first, Reading(250, 50), before=1) == 5
    assert scaled_out(after_the_first, Reading(100, 50)) == 8


def test_in_the_middle_of_a_release_twice_the_tasks_are_taken_for_the_service() -> None:
    """Why releases suspend scaling: both task sets run, and the desired count is that of each."""
    assert scaled_out(running(4, desired=2), Reading(75, 50)) == 6
