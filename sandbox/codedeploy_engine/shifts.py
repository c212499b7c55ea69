"""How production traffic moves, as data: a share, and how long it stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shift:
    percent: float
    """The replacement's share."""

    minutes: float = 0
    """For so long, before the next."""


class InvalidRoutingError(Exception):
    """A ``trafficRoutingConfig`` by which nothing can move."""


def shifts(routing: dict[str, Any]) -> list[Shift]:
    """The steps of a deployment configuration's ``trafficRoutingConfig``; the last one is always everything."""
    kind = routing.get("type")
    if kind == "AllAtOnce":
        return [Shift(100)]
    if kind == "TimeBasedCanary":
        return [_step(routing, "canary"), Shift(100)]
    if kind == "TimeBasedLinear":
        first = _step(routing, "linear")
        step = int(first.percent)
        return [*(Shift(percent, first.minutes) for percent in range(step, 100, step)), Shift(100)]
    raise InvalidRoutingError(f"type must be AllAtOnce, TimeBasedCanary or TimeBasedLinear, got {kind!r}")


def _step(routing: dict[str, Any], name: str) -> Shift:
    block = f"timeBased{name.capitalize()}"
    given = routing.get(block) or {}
    percent, minutes = given.get(f"{name}Percentage"), given.get(f"{name}Interval")
    if not isinstance(percent, int) or not 1 <= percent <= 100:
        raise InvalidRoutingError(f"{block}.{name}Percentage must be from 1 to 100, got {percent!r}")
    if not isinstance(minutes, int) or minutes < 0:
        raise InvalidRoutingError(f"{block}.{name}Interval must be a number of minutes, got {minutes!r}")
    return Shift(percent, minutes)
