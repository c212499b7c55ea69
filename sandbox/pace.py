"""Requests of the data plane go first, as on AWS they never wait for an API call: all of both is computed by one
process, and Terraform asks ten things at once. While the event loop is behind, calls wait before they begin."""

from __future__ import annotations

import asyncio
import time

LATE_SECONDS = 0.03
"""So far behind the loop may be: what a request may have to wait in it, once or twice."""

PATIENCE_SECONDS = 2.0
"""A call begins after that, whatever the loop is busy with."""

_BEAT_SECONDS = 0.02
_AGAIN_SECONDS = 0.01


class Pace:
    """Of one event loop, from `run` until its ``stop``."""

    def __init__(self) -> None:
        self._due: float | None = None
        """When the loop should show itself next."""

        self._late = 0.0
        """By how much it was late the last time."""

    async def run(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            self._due = time.monotonic() + _BEAT_SECONDS
            await asyncio.sleep(_BEAT_SECONDS)
            self._late = time.monotonic() - self._due
        self._due = None

    def give_way(self) -> None:
        """Returns when the loop keeps up. For the threads that answer calls, before they take any lock."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self._is_behind() and time.monotonic() < end:
            time.sleep(_AGAIN_SECONDS)

    def _is_behind(self) -> bool:
        due = self._due
        return due is not None and max(self._late, time.monotonic() - due) > LATE_SECONDS


PACE = Pace()
"""Of this sandbox."""
