"""Time, which tests replace."""

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime

QUICKEST, SLOWEST = 1.0, 15.0


class Clock:
    def now(self) -> float:
        """Monotonic seconds; only differences are meaningful."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def utc(self) -> datetime:
        """This machine's idea of the time, to be compared with AWS's for minutes, not for seconds."""
        return datetime.now(UTC)


def backoff(attempts: int) -> float:
    """Seconds to wait after so many attempts that AWS refused for now: 2, 4, 8 …, and, as `Pace`, never exactly as long
    as somebody else's."""
    return float(2.0**attempts * (0.8 + 0.2 * random.random()))


class Pace:
    """How long to wait before the next look: a second while things change, up to 15 while they do not.

    Never exactly as long as somebody else's: many releases that start at the same time must not keep asking at once.
    """

    def __init__(self, jitter: Callable[[], float] = random.random) -> None:
        self._pause = QUICKEST
        self._jitter = jitter

    def next(self, *, changed: bool = False) -> float:
        if changed:
            self._pause = QUICKEST
        pause = self._pause * (0.8 + 0.2 * self._jitter())
        self._pause = min(self._pause * 1.25, SLOWEST)
        return pause
