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


def shifts(routing: dict[str, Any]) -> list[Shift]:
    """The steps of a deployment configuration's ``trafficRoutingConfig``; the last one is always everything."""
    if routing["type"] == "TimeBasedCanary":
        canary = routing["timeBasedCanary"]
        return [Shift(canary["canaryPercentage"], canary["canaryInterval"]), Shift(100)]
    if routing["type"] == "TimeBasedLinear":
        linear = routing["timeBasedLinear"]
        step = linear["linearPercentage"]
        return [*(Shift(percent, linear["linearInterval"]) for percent in range(step, 100, step)), Shift(100)]
    return [Shift(100)]
