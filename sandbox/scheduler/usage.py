"""What tasks use of their CPU and memory, as ECS reports it each minute by service.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html: CPUUtilization is "the total CPU
units in use by tasks that belong to the service […] divided by the total number of CPU units that are reserved".

Here a vCPU (1,024 units) is a whole core of this machine, for as long as it really works: programs get no less than
they ask for, so that more than 100 % is possible. Measured are the containers' own processes, and those children that
have ended.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sandbox.clock import Clock
from sandbox.watching.store import MINUTE, STORE, Metric, Store

NAMESPACE = "AWS/ECS"
BEFORE_SECONDS = 5.0
"""AWS seconds before a minute ends in which it is measured: alarms look at it when it has ended."""

MOST_MINUTES = 60
"""How many minutes of a jump get what was measured over all of it."""

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Measured(Protocol):
    """A running task."""

    @property
    def service(self) -> tuple[str, str, str]:
        """Region, and the names of its cluster and service."""

    @property
    def reserved(self) -> tuple[float, float]:
        """CPU units and MiB of the task; 0 where it reserves none."""

    @property
    def pids(self) -> list[int]: ...


@dataclass(frozen=True)
class Reading:
    """Of one process, since it began."""

    seconds: float
    """CPU time."""

    memory: float
    """Resident bytes."""


def read(pid: int) -> Reading | None:
    """None where it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return Reading(sum(int(field) for field in fields[11:15]) / _TICKS, int(fields[21]) * _PAGE)


class Usage:
    """Measures from `run` until its ``stop``."""

    def __init__(self, clock: Clock, tasks: Callable[[], Iterable[Measured]], store: Store = STORE):
        self._clock = clock
        self._tasks = tasks
        self._store = store
        self._seen: dict[int, float] = {}
        """CPU time by process, at the last measuring."""

        self._at = time.monotonic()
        self._until = self._minute()

    async def run(self, stop: asyncio.Event) -> None:
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                rest = (-BEFORE_SECONDS - self._clock.date().timestamp()) % MINUTE
                waiting = asyncio.create_task(self._clock.sleep(rest or MINUTE))
                await asyncio.wait({stopping, waiting}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                if not stop.is_set():
                    self._measure()
        finally:
            stopping.cancel()

    def _minute(self) -> int:
        return int(self._clock.date().timestamp() // MINUTE) * MINUTE

    def _measure(self) -> None:
        now, minute = time.monotonic(), self._minute()
        elapsed, self._at = max(now - self._at, 0.001), now
        minutes = range(max(self._until + MINUTE, minute - MOST_MINUTES * MINUTE), minute + MINUTE, MINUTE)
        self._until = minute
        seen: dict[int, float] = {}
        for task in self._tasks():
            readings = {pid: reading for pid in task.pids if (reading := read(pid)) is not None}
            used = sum(reading.seconds - self._seen.get(pid, 0.0) for pid, reading in readings.items())
            seen |= {pid: reading.seconds for pid, reading in readings.items()}
            units, memory = task.reserved
            if units:
                self._report(task, "CPUUtilization", used / elapsed / (units / 1024) * 100, minutes)
            if memory:
                resident = sum(reading.memory for reading in readings.values())
                self._report(task, "MemoryUtilization", resident / (memory * 2**20) * 100, minutes)
        self._seen = seen

    def _report(self, task: Measured, name: str, percent: float, minutes: Iterable[int]) -> None:
        region, cluster, service = task.service
        metric = Metric(region, NAMESPACE, name, frozenset({("ClusterName", cluster), ("ServiceName", service)}))
        for minute in minutes:
            self._store.put(metric, minute, percent, "Percent")
