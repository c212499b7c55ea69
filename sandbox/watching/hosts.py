"""What load balancers report of their targets' health: each minute, "if there are registered targets".

Nothing happens in a minute in which no target's health changes, so that minutes are written when somebody looks.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from sandbox.watching.requests import NAMESPACE, balancer, target_group
from sandbox.watching.store import MINUTE, MOST_MINUTES, STORE, Metric


@dataclass(frozen=True)
class Hosts:
    """A target group behind load balancers, with how many of its registered targets are what."""

    group: str
    balancers: tuple[str, ...]
    healthy: int
    unhealthy: int


class Counts(Protocol):
    def hosts(self) -> list[Hosts]:
        """Of each target group that has registered targets and is in use."""


_lock = threading.Lock()
_counts: Counts | None = None
_until = 0


def connect(counts: Counts, now: float) -> None:
    """Who knows the targets from now (seconds since the epoch) on."""
    global _counts, _until
    _counts, _until = counts, int(now // MINUTE) * MINUTE


def catch_up(now: float) -> None:
    """Report the minutes that have ended since the last time."""
    global _until
    with _lock:
        minute = int(now // MINUTE) * MINUTE
        minutes = range(max(_until, minute - MOST_MINUTES * MINUTE), minute, MINUTE)
        _until = max(_until, minute)
        for one in _counts.hosts() if _counts is not None and minutes else ():
            for arn in one.balancers:
                pairs = frozenset({balancer(arn), target_group(one.group)})
                for name, count in (("HealthyHostCount", one.healthy), ("UnHealthyHostCount", one.unhealthy)):
                    metric = Metric(arn.split(":")[3], NAMESPACE, name, pairs)
                    for at in minutes:
                        STORE.put(metric, at, count, "Count", quietly=True)
