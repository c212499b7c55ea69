"""Simulated time: what is due, what happened, and what else may happen now."""

from __future__ import annotations

import heapq
import types
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Generator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from tests.exploration.choices import Choices

LONGEST = 40 * 3600.0
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@types.coroutine
def until(moment: float) -> Generator[float, None, None]:
    """What the engine awaits: to be gone on with at this moment."""
    yield moment


@dataclass(frozen=True)
class Other:
    """What people, or the rest of the world, do."""

    name: str
    is_possible: Callable[[], bool]
    happens: Callable[[], None]
    takes_time: bool = False


class Timeline(ABC):
    """`story` is what happened, `broken` which promises were not kept."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.exploring = False
        """Whether anything may go wrong."""

        self.seconds = 0.0
        self.story: list[tuple[float, str]] = []
        self.broken: list[str] = []
        self.others: list[Other] = []
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._offered: set[tuple[str, str]] = set()
        self._in_engine = False

    @property
    @abstractmethod
    def phase(self) -> str:
        """How far the deployments are."""

    # Time -----------------------------------------------------------------------------------------------------------

    def utc(self) -> datetime:
        return BEGAN + timedelta(seconds=self.seconds)

    def at(self, moment: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._due, (moment, next(self._order), happens))

    def advance(self, seconds: float) -> None:
        """Let so much time pass, with all that is due meanwhile."""
        end = self.seconds + seconds
        while self._due and self._due[0][0] <= end:
            moment, _, happens = heapq.heappop(self._due)
            self.seconds = max(self.seconds, moment)
            happens()
        self.seconds = max(self.seconds, end)

    def settle(self) -> None:
        """Until nothing is due any more."""
        end = self.seconds + LONGEST
        while self._due and self.seconds < end:
            self.advance(max(0.0, self._due[0][0] - self.seconds))
        self.promise(not self._due, "every deployment ends")

    def live(self, life: Coroutine[Any, Any, None], seconds: float) -> None:
        """Begin it in so many seconds; it says itself when to go on with it."""

        def go_on() -> None:
            self._in_engine = True
            try:
                moment = life.send(None)
            except StopIteration:
                return
            finally:
                self._in_engine = False
            self.at(moment, go_on)

        self.at(self.seconds + seconds, go_on)

    def note(self, text: str) -> None:
        self.story.append((self.seconds, text))

    def promise(self, kept: bool, what: str) -> None:
        if not kept:
            self.note(f"BROKEN: {what}")
            self.broken.append(what)

    # What may happen ------------------------------------------------------------------------------------------------

    def choose(self, where: str, faults: Sequence[str]) -> str | None:
        """Which of these faults happens here. What others may do at any time happens at once.

        The same again, with the deployments as they were, is not offered twice.
        """
        if not self.exploring:
            return None
        phase = self.phase
        new = [] if (where, phase) in self._offered else list(faults)
        # At each step of the engine, and once for all the calls of a command that there are meanwhile; another command
        # may come between any two of those.
        others = {}
        for one in self.others:
            offer = (f"{one.name}, {where if one.takes_time or where.startswith('engine') else ''}", phase)
            if offer not in self._offered and one.is_possible():
                self._offered.add(offer)
                others[one.name] = one
        self._offered.add((where, phase))
        if not new and not others:
            return None
        chosen = self.choices.at(f"{where} ({phase})", [*new, *others])
        if chosen in others:
            self._do(others[chosen])
            return None
        if chosen:
            self.note(f"!! {where}: {chosen}")
        return chosen

    def _do(self, other: Other) -> None:
        self.note(f"!! {other.name}")
        if other.takes_time and self._in_engine:
            # As soon as the engine's step is over, which cannot be gone on with meanwhile.
            self.at(self.seconds, other.happens)
        else:
            other.happens()
