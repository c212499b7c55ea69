"""The faults that are switched on. Where there are none, a call or a request costs a look at an empty tuple."""

from __future__ import annotations

import itertools
import logging
import random
import threading
from collections.abc import Callable, Iterable

from sandbox.faults.model import CALL_KINDS, Fault

_aws = logging.getLogger("sandbox.aws")
_runtime = logging.getLogger("sandbox.faults")


class Switch:
    """For any thread."""

    def __init__(self) -> None:
        self.calls: tuple[Fault, ...] = ()
        """Of API calls; `wire` those of the data plane. Without those that are over."""

        self.wire: tuple[Fault, ...] = ()
        self._all: dict[str, Fault] = {}
        self._numbers = itertools.count(1)
        self._now: Callable[[], float] = lambda: 0.0
        self._lock = threading.Lock()

    def connect(self, now: Callable[[], float]) -> None:
        """Time is told by this clock from here on."""
        self._now = now

    def add(self, fault: Fault) -> str:
        """Switch it on; its id."""
        with self._lock:
            fault.id = str(next(self._numbers))
            fault.chance = random.Random(fault.limits.seed)
            if fault.limits.seconds is not None:
                fault.until = self._now() + fault.limits.seconds
            self._all[fault.id] = fault
            self._sort()
        _say(fault, "fault %s")
        return fault.id

    def clear(self, ids: Iterable[str]) -> None:
        """Switch these off. Raises KeyError, and switches none off, where one was never there."""
        with self._lock:
            gone = [self._all[one] for one in ids]
            for fault in gone:
                self._all.pop(fault.id, None)
            self._sort()
        for fault in gone:
            _say(fault, "fault cleared: %s")

    def listed(self) -> list[tuple[Fault, bool]]:
        """All that were not cleared, in their order, with whether they are over."""
        with self._lock:
            return [(fault, fault.spent(self._now())) for fault in self._all.values()]

    def is_on(self, fault: Fault) -> bool:
        return fault in self.calls or fault in self.wire

    def hit(self, among: Iterable[Fault], matches: Callable[[Fault], bool]) -> Fault | None:
        """The first of these that matches and whose turn it is. That counts as one of its hits."""
        for fault in among:
            if not matches(fault):
                continue
            with self._lock:
                if fault.spent(self._now()):
                    self._sort()
                elif fault.limits.share >= 1 or fault.chance.random() < fault.limits.share:
                    fault.hits += 1
                    if fault.spent(self._now()):
                        self._sort()
                    return fault
        return None

    def _sort(self) -> None:
        on = [fault for fault in self._all.values() if not fault.spent(self._now())]
        self.calls = tuple(fault for fault in on if fault.kind in CALL_KINDS)
        self.wire = tuple(fault for fault in on if fault.kind not in CALL_KINDS)


def _say(fault: Fault, words: str) -> None:
    (_aws if fault.kind in CALL_KINDS else _runtime).warning(words, fault)


SWITCH = Switch()
