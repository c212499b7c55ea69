"""The sandbox's time: AWS's own waits, divided by ``--time-scale``.

Everything that AWS does after a while (health check intervals, grace periods, deregistration delays, back-off) is
counted in AWS seconds here, so that order and ratios stay true at any scale. Time limits that are set for a *real
program* (a health check's timeout, a container's stop timeout, an integration's timeout) are real seconds at every
scale: the program does not run any faster.
"""

from __future__ import annotations

import asyncio
import time


class Clock:
    """Counts AWS seconds: with a scale of 60, a real second is a minute."""

    def __init__(self, scale: float = 1.0):
        if scale <= 0:
            raise ValueError(f"time scale must be above 0, got {scale}")
        self.scale = scale

    def now(self) -> float:
        """AWS seconds since some moment; only differences mean anything."""
        return time.monotonic() * self.scale

    def real(self, seconds: float) -> float:
        """Real seconds that these AWS seconds take."""
        return seconds / self.scale

    async def sleep(self, seconds: float) -> None:
        """Wait for so many AWS seconds."""
        await asyncio.sleep(self.real(seconds))
