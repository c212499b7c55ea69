"""While the event loop is behind with requests, API calls wait for it, though not for ever."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from sandbox import pace
from sandbox.pace import LATE_SECONDS, Pace


def _call(own: Pace, begun: threading.Event) -> None:
    own.give_way()
    begun.set()


async def _beating(own: Pace) -> tuple[asyncio.Event, asyncio.Task[None]]:
    stop = asyncio.Event()
    task = asyncio.create_task(own.run(stop))
    await asyncio.sleep(0)
    return stop, task


def test_a_call_begins_when_the_loop_has_caught_up() -> None:
    own, done = Pace(), threading.Event()

    async def busy() -> bool:
        stop, beats = await _beating(own)
        time.sleep(2 * LATE_SECONDS)  # the loop, too, has nothing else to do
        threading.Thread(target=_call, args=(own, done)).start()
        time.sleep(2 * LATE_SECONDS)
        waited = not done.is_set()
        await asyncio.to_thread(done.wait, 30)
        stop.set()
        await beats
        return waited

    assert asyncio.run(busy())
    assert done.is_set()


def test_a_call_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "PATIENCE_SECONDS", 0.05)
    own, done = Pace(), threading.Event()

    async def stuck() -> None:
        stop, beats = await _beating(own)
        time.sleep(2 * LATE_SECONDS)
        threading.Thread(target=_call, args=(own, done)).start()
        assert done.wait(30)
        stop.set()
        await beats

    asyncio.run(stuck())


def test_a_call_waits_for_no_loop_that_does_not_run() -> None:
    Pace().give_way()
