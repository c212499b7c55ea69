"""The sandbox's time: AWS's own waits, divided by ``--time-scale``, and moved on by ``python -m sandbox forward``.

Everything that AWS does after a while (health check intervals, grace periods, deregistration delays, back-off,
schedules) is counted in AWS seconds here, so that order and ratios stay true at any scale. Time limits that are set for
a *real program* (a health check's timeout, a container's stop timeout, an integration's timeout) are real seconds at
every scale: the program does not run any faster.

A jump forward stops wherever something is due on its way: time is what it should be for what happens there, and goes
on when that is done. There are two kinds of waits:

- `until` and `call_at` wait for a moment. A jump stops at each of them, also at those that begin during the jump: a
  schedule fires as often as it would have.
- `sleep` waits for a while. A jump wakes it once; one that begins during a jump outlasts it. So a health check every
  five seconds does not run half a million times within a month.

A jump waits for the tasks that were begun by `begin`, until each of them waits for the clock again or has ended.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

LONGEST_JUMP = 10 * 365 * 86400.0


@dataclass(eq=False)
class Wait:
    """Something that the clock does once, unless it is cancelled before."""

    due: float
    wake: Callable[[], None]
    outlasts: bool = False
    """Begun during the jump that is under way, and not shortened by it."""

    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class Clock:
    """Counts AWS seconds: with a scale of 60, a real second is a minute.

    `now` and `date` are for any thread, the rest for that of the event loop.
    """

    def __init__(self, scale: float = 1.0):
        if scale <= 0:
            raise ValueError(f"time scale must be above 0, got {scale}")
        self.scale = scale
        self._skipped = 0.0
        self._born, self._born_at = datetime.now(UTC), self.now()
        self._waits: list[Wait] = []
        self._timer: asyncio.TimerHandle | None = None
        self._begun: dict[asyncio.Task[Any], bool] = {}
        """Whether it is at work: it neither waits for the clock nor has ended."""

        self._rested = asyncio.Event()
        self._one_jump = asyncio.Lock()
        self._jumping = False

    def now(self) -> float:
        """AWS seconds since some moment; only differences mean anything."""
        return time.monotonic() * self.scale + self._skipped

    def date(self, moment: float | None = None) -> datetime:
        """AWS's date and time (UTC) now, or at a moment of `now`: that of this machine when the sandbox started, and
        the AWS seconds since."""
        seconds = (self.now() if moment is None else moment) - self._born_at
        return self._born + timedelta(seconds=seconds)

    def moment(self, date: datetime) -> float:
        """The moment of `now` at which it is this date (UTC)."""
        return self._born_at + (date - self._born).total_seconds()

    # Waiting ----------------------------------------------------------------------------------------------------------

    async def sleep(self, seconds: float) -> None:
        """Wait for so many AWS seconds. A jump wakes it once, however often this is called meanwhile."""
        await self._wait(self.now() + seconds, outlasts=self._jumping)

    async def until(self, moment: float) -> None:
        """Wait for this moment; a jump stops there. ``math.inf`` never comes."""
        await self._wait(moment, outlasts=False)

    def call_at(self, moment: float, callback: Callable[[], None]) -> Wait:
        """Have it called at this moment; a jump stops there."""
        return self._add(Wait(moment, callback))

    async def _wait(self, due: float, *, outlasts: bool) -> None:
        task = asyncio.current_task()
        assert task is not None
        woken = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)
                # Here, not when the task runs again: a jump might see nobody at work in between.
                self._at_work(task, True)

        wait = self._add(Wait(due, wake, outlasts))
        self._at_work(task, False)
        try:
            await woken
        finally:
            wait.cancel()
            self._at_work(task, True)

    def _add(self, wait: Wait) -> Wait:
        self._waits.append(wait)
        self._set_timer()
        return wait

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._waits = [wait for wait in self._waits if not wait.cancelled]
        due = min((wait.due for wait in self._waits), default=math.inf)
        if due < math.inf:
            delay = max(0.0, (due - self.now()) / self.scale)
            self._timer = asyncio.get_running_loop().call_later(delay, self._wake_all_due)

    def _wake_all_due(self) -> None:
        now = self.now()
        due = sorted((wait for wait in self._waits if wait.due <= now), key=lambda wait: wait.due)
        self._waits = [wait for wait in self._waits if wait.due > now]
        for wait in due:
            if not wait.cancelled:
                wait.wake()
        self._set_timer()

    # Work that a jump waits for ---------------------------------------------------------------------------------------

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run it as a task whose work, at each moment that it waited for, is done before a jump goes on."""
        task = asyncio.get_running_loop().create_task(work)
        self._begun[task] = True
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        del self._begun[task]
        self._rested.set()

    def _at_work(self, task: asyncio.Task[Any], at_work: bool) -> None:
        if task in self._begun:
            self._begun[task] = at_work
            self._rested.set()

    async def _settle(self) -> None:
        while any(self._begun.values()):
            self._rested.clear()
            await self._rested.wait()

    # Jumps ------------------------------------------------------------------------------------------------------------

    async def forward(self, seconds: float) -> None:
        """Move AWS's time on by so many seconds, through whatever is due on the way.

        Returns when the work of that (a function that a schedule has invoked, say) has ended, which takes real time.
        Raises ValueError for what is no time to move on by: at most ten years.
        """
        if not 0 < seconds <= LONGEST_JUMP:
            raise ValueError(f"the clock can be moved forward by up to ten years at a time, got {seconds:g} s")
        async with self._one_jump:
            end = self.now() + seconds
            self._jumping = True
            try:
                await self._settle()
                while (stop := self._next_stop()) <= end:
                    self._jump_to(stop)
                    self._wake_all_due()
                    await self._settle()
                self._jump_to(end)
            finally:
                self._jumping = False
                for wait in self._waits:
                    wait.outlasts = False
            self._wake_all_due()
            await self._settle()

    def _next_stop(self) -> float:
        return min((wait.due for wait in self._waits if not wait.outlasts and not wait.cancelled), default=math.inf)

    def _jump_to(self, moment: float) -> None:
        # Real time goes on during a jump, and may have brought it there already.
        skipped = max(0.0, moment - self.now())
        self._skipped += skipped
        for wait in self._waits:
            if wait.outlasts:
                wait.due += skipped
