"""How many tasks target tracking wants. Pure.

https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """A policy's metric, and what it should be."""

    value: float
    target: float

    def proportional(self, tasks: int) -> int:
        """So many tasks bring the metric to its target. AWS acts "conservatively by rounding up or down when it
        determines how much capacity to add or remove": never too few are added, never too many removed."""
        return math.ceil(round(tasks * self.value / self.target, 6))


@dataclass(frozen=True)
class Service:
    """What is scaled."""

    desired: int
    running: int
    """"auto scaling considering the running task count as current capacity", those of both task sets in the middle of a
    release: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-bluegreen.html"""

    least: int
    most: int

    def bounded(self, count: int) -> int:
        return max(self.least, min(self.most, count))


def scaled_out(service: Service, reading: Reading, before: int | None = None) -> int | None:
    """The new desired count; None: it stays.

    ``before``: how many tasks ran when a scale-out began whose cooldown lasts. What it added is "calculated as part of
    the desired capacity for the next scale out", so that the same load does not add it again, and a larger one does.
    """
    tasks = service.running if before is None else min(before, service.running)
    wanted = service.bounded(reading.proportional(tasks))
    return wanted if wanted > service.desired else None


def scaled_in(service: Service, readings: Sequence[Reading]) -> int | None:
    """The new desired count; None: it stays.

    ``readings`` are those of all policies that may scale in, each of which is ready to: the one "that provides the
    largest capacity for both scale out and scale in" counts.
    """
    wanted = service.bounded(max(reading.proportional(service.running) for reading in readings))
    return wanted if wanted < service.desired else None
