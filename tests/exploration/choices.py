"""What may happen where, and what is chosen to happen in one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Point:
    """A moment at which something else than the usual may happen."""

    where: str
    possible: tuple[str, ...]


class Choices:
    """By the number of the point; elsewhere all goes as usual."""

    def __init__(self, chosen: Mapping[int, str] | None = None) -> None:
        self._chosen = dict(chosen or {})
        self.points: list[Point] = []
        self.made: dict[int, str] = {}

    def at(self, where: str, possible: Sequence[str]) -> str | None:
        number = len(self.points)
        self.points.append(Point(where, tuple(possible)))
        wanted = self._want(number, possible)
        if wanted in possible:
            self.made[number] = wanted
            return wanted
        return None

    def _want(self, number: int, _possible: Sequence[str]) -> str:
        return self._chosen.get(number, "")


class Told(Choices):
    """At the first point whose name contains the one text: the other. In this order."""

    def __init__(self, *events: tuple[str, str]) -> None:
        super().__init__()
        self._events = list(events)

    def at(self, where: str, possible: Sequence[str]) -> str | None:
        if self._events and self._events[0][0] in where and self._events[0][1] in possible:
            number, (_, what) = len(self.points), self._events.pop(0)
            self._chosen[number] = what
        return super().at(where, possible)


class SomeChoices(Choices):
    """Anything that is possible, at these points."""

    def __init__(self, numbers: Sequence[int], random: Random) -> None:
        super().__init__()
        self._numbers = set(numbers)
        self._random = random

    def _want(self, number: int, possible: Sequence[str]) -> str:
        return self._random.choice(possible) if number in self._numbers else ""
