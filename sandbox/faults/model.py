"""What a fault is. No behaviour of AWS, no moto."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field

TIMED = ("delay", "latency")
"""Kinds that are given how long, in real seconds: it is real programs that wait."""

CALL_KINDS = {
    "throttle": "the service's own throttling error",
    "error": "an internal error of the service, 500 or what its model says",
    "delay": "the answer comes so many real seconds late",
    "drop": "the call is executed, and the connection closed without an answer",
    "expire": "the caller's credentials have expired",
}
WIRE_KINDS = {
    "latency": "each answer comes so many real seconds late",
    "reset": "the connection is made, and reset before an answer",
    "refuse": "connections are refused",
    "gone": "connections get no answer at all",
}
SUBJECTS = ("target-group", "task", "listener", "zone")

ADMINISTRATOR = "administrator"
CLIENTS = "clients"
"""Whom a fault of API calls hits unless it is told: everybody but the sandbox's own parts, which play AWS."""


@dataclass(frozen=True)
class Limits:
    """How much of what matches is hit; without any, all of it."""

    calls: int | None = None
    """The next so many."""

    seconds: float | None = None
    """For so long, in AWS's time."""

    share: float = 1.0
    """Of those that match, by chance."""

    seed: int = 0
    """Of that chance: the same calls in the same order are hit again."""

    def __str__(self) -> str:
        words = []
        if self.calls is not None:
            words.append(f"the next {self.calls}")
        if self.seconds is not None:
            words.append(f"for {self.seconds:g} s of AWS's time")
        if self.share < 1:
            words.append(f"{self.share:g} of them, seed {self.seed}")
        return ", ".join(words)


@dataclass(eq=False)
class Fault:
    kind: str
    subject: tuple[str, str]
    """What is hit: (``codedeploy``, ``GetDeployment``), with ``*`` for all; (``zone``, ``us-east-1a``) …"""

    said: str
    """That, as it was given."""

    seconds: float = 0.0
    """Of `TIMED` kinds."""

    by: str = CLIENTS
    """A role's or user's name, of calls."""

    limits: Limits = Limits()
    until: float = math.inf
    """The moment of the sandbox's clock at which it is over."""

    id: str = ""
    hits: int = 0
    chance: random.Random = field(default_factory=random.Random)

    def __str__(self) -> str:
        late = f" {self.seconds:g}" if self.kind in TIMED else ""
        by = f", by {self.by}" if self.kind in CALL_KINDS else ""
        limits = f", {self.limits}" if str(self.limits) else ""
        return f"{self.id}: {self.kind}{late} {self.said}{by}{limits}"

    def spent(self, now: float) -> bool:
        return now >= self.until or (self.limits.calls is not None and self.hits >= self.limits.calls)
