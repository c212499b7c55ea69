"""Which tasks a task set launches and which it stops. Pure.

ECS starts the replacement of an unhealthy task first, and stops the unhealthy one once the replacement is healthy.
Where the replacement is unhealthy too, it stops one of the two
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_services.html); here the older.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

MAXIMUM_PERCENT = 200
"""Of the desired count: so many tasks there are at most while unhealthy ones are replaced."""

T = TypeVar("T")


@dataclass(frozen=True)
class Plan(Generic[T]):
    launch: int
    replacements: int
    """How many of the launched tasks are for unhealthy ones."""

    stop: list[T]


def plan(desired: int, unhealthy: Sequence[T], waiting: Sequence[T], healthy: Sequence[T]) -> Plan[T]:
    """What brings the tasks to their desired count.

    `waiting` are those that no health check has judged yet. Each group is in the order in which its tasks are stopped.
    """
    count = len(unhealthy) + len(waiting) + len(healthy)
    wanted = desired - len(waiting) - len(healthy)
    launch = max(0, min(wanted, desired * MAXIMUM_PERCENT // 100 - count))
    surplus = count - desired
    if unhealthy:
        surplus -= len(waiting)
    stop = [*unhealthy, *waiting, *healthy][: max(0, surplus)]
    return Plan(launch, max(0, launch - max(0, desired - count)), stop)
