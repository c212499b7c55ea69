"""Evaluates alarms, each minute of the sandbox's clock in which that can change anything."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from moto.cloudwatch.models import Alarm

from sandbox.aws.cloudwatch import alarms as cloudwatch
from sandbox.clients import Clients
from sandbox.clock import Clock
from sandbox.watching import alarms, hosts
from sandbox.watching.actions import Actions
from sandbox.watching.alarms import Change, Definition
from sandbox.watching.evaluation import Outcome, Point, evaluate, moment
from sandbox.watching.messages import timestamp
from sandbox.watching.series import Computed
from sandbox.watching.store import MINUTE, STORE, Store

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Evaluated:
    """An alarm after one evaluation, whether its state changed or not."""

    region: str
    name: str
    arn: str
    state: str
    actions: tuple[str, ...]
    """The ARNs of what is to be done in this state; none where the alarm's actions are off."""

    value: float | None
    """The newest value that the alarm looked at."""

    at: float
    """Seconds since the epoch, by the sandbox's clock: a whole minute."""


Observer = Callable[[Evaluated], Awaitable[None]]

OBSERVERS: list[Observer] = []
"""Called after each evaluation of each alarm, one after the other: Auto Scaling's policies act each time, not only when
the state changes. While a state has actions other than topics, its alarm is evaluated each minute."""


class Watcher:
    """Watches from `run` until its ``stop``. `wake` and `changed` are for any thread."""

    def __init__(self, clients: Clients, clock: Clock, store: Store = STORE):
        self._clients = clients
        self._clock = clock
        self._store = store
        self._actions = Actions(clients, clock)
        self._scheduled = False
        self._working: set[asyncio.Task[None]] = set()
        self._last = 0.0
        """The minute that was evaluated last, in seconds since the epoch."""

        self._changed = 0.0
        """When anything that alarms depend on changed last, likewise."""

    async def run(self, stop: asyncio.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._store.changed = self.wake
        cloudwatch.connect(self.wake, self.changed)
        try:
            await stop.wait()
        finally:
            self._store.changed = lambda _: None
            cloudwatch.connect(None, None)
            for task in self._working:
                task.cancel()
            await asyncio.gather(*self._working, return_exceptions=True)

    def wake(self, at: float = 0.0) -> None:
        """A point of this time came, or an alarm changed: evaluate at the end of this minute, and until nothing can
        change again."""
        self._changed = max(self._changed, self._clock.date().timestamp(), at)
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon_threadsafe(self._schedule)

    def changed(self, change: Change) -> None:
        """Somebody set the state of an alarm: it does what it does by itself."""
        self._loop.call_soon_threadsafe(self._begin, self._actions.perform(change))

    def _schedule(self) -> None:
        now = self._clock.date().timestamp()
        due = max(math.floor(now / MINUTE) * MINUTE, self._last) + MINUTE
        self._clock.call_at(self._clock.moment(moment(due)), lambda: self._begin(self._tick(due)))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._clock.begin(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _tick(self, minute: float) -> None:
        self._last, self._scheduled = minute, False
        try:
            evaluated, changes, span = await self._clients.locked(lambda: self._evaluate_all(minute))
            for change in changes:
                await self._actions.perform(change)
            for one in evaluated:
                for observer in OBSERVERS:
                    await observer(one)
            repeated = any(":sns:" not in action for one in evaluated for action in one.actions)
            if not self._scheduled and evaluated and (repeated or minute - self._changed <= span):
                self._scheduled = True
                self._schedule()
        except Exception:
            log.exception("alarms at %s", timestamp(minute))

    def _evaluate_all(self, minute: float) -> tuple[list[Evaluated], list[Change], float]:
        """With the lock held. Also for how long after a change alarms may still change by it."""
        hosts.catch_up(minute)
        evaluated, changes, span = [], [], 0.0
        for alarm in alarms.everywhere():
            try:
                definition = alarms.definition(alarm)
                change, value = self._evaluate(alarm, definition, minute)
            except Exception:
                # One that cannot be evaluated must not keep the others from it.
                log.exception("%s", alarm.alarm_arn)
                continue
            span = max(span, definition.period * (definition.range + 1))
            if change is not None:
                changes.append(change)
            named = (alarm.region_name, alarm.name, alarm.alarm_arn)
            evaluated.append(Evaluated(*named, alarm.state_value, alarms.actions(alarm), value, minute))
        return evaluated, changes, span

    def _evaluate(self, alarm: Alarm, definition: Definition, minute: float) -> tuple[Change | None, float | None]:
        length = definition.period
        starts = [int(minute) - length * (age + 1) for age in reversed(range(definition.range))]
        values, *_ = Computed(self._store, definition.queries, starts, int(minute)).of(definition.watched.id)
        points = [Point(start, value) for start, value in zip(starts, values, strict=True)][::-1]
        newest = next((point.value for point in points if point.value is not None), None)
        outcome = evaluate(definition.condition, points)
        if outcome.state in (None, alarm.state_value):
            return None, newest
        data = _data(definition, outcome, minute)
        return alarms.set_state(alarm, str(outcome.state), outcome.reason, data, self._clock.date()), newest


def _data(definition: Definition, outcome: Outcome, minute: float) -> str:
    """``StateReasonData``, as in
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html"""
    evaluated = outcome.evaluated
    statistic = definition.watched.statistic
    data: dict[str, Any] = {
        "version": "1.0",
        "queryDate": timestamp(minute),
        **({"startDate": timestamp(evaluated[-1].at)} if evaluated else {}),
        **({"statistic": statistic.name} if statistic is not None else {}),
        "period": definition.period,
        "recentDatapoints": [point.value for point in reversed(evaluated)],
        "threshold": definition.condition.threshold,
        "evaluatedDatapoints": [{"timestamp": timestamp(point.at), "value": point.value} for point in evaluated],
    }
    return json.dumps(data, separators=(",", ":"))
