"""The clock: what waits for it wakes when it is due, and a jump forward passes through all that is due on its way."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import LONGEST_JUMP, Clock
from sandbox.launch import Sandbox

DAY = 86400.0


def run(what: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(what, 10))


async def rest() -> None:
    """Until whatever can go on without the clock has done so."""
    for _ in range(20):
        await asyncio.sleep(0)


class Diary:
    """What happened at which of the clock's moments, in whole units from the beginning."""

    def __init__(self, clock: Clock, unit: float = DAY):
        self._clock, self._start, self._unit = clock, clock.now(), unit
        self.entries: list[tuple[int, str]] = []

    def write(self, what: str) -> None:
        self.entries.append((int((self._clock.now() - self._start) / self._unit), what))


def test_a_jump_moves_time_by_exactly_as_much_as_it_is_told() -> None:
    async def story() -> None:
        clock = Clock(scale=1e-6)
        before, date = clock.now(), clock.date()

        await clock.forward(30 * DAY)

        assert round(clock.now() - before, 3) == 30 * DAY
        assert (clock.date() - date).days == 30

    run(story())


def test_a_jump_wakes_sleepers_in_the_order_in_which_they_are_due() -> None:
    async def story() -> None:
        clock, woken = Clock(), list[str]()

        async def sleeper(name: str, seconds: float) -> None:
            await clock.sleep(seconds)
            woken.append(name)

        tasks = [asyncio.create_task(sleeper(name, seconds)) for name, seconds in (("late", 90), ("early", 60))]
        tasks.append(asyncio.create_task(sleeper("later than the jump", 3600)))
        await rest()
        await clock.forward(100)
        await rest()

        assert woken == ["early", "late"]
        tasks[-1].cancel()

    run(story())


def test_what_is_due_on_the_way_happens_at_its_own_time_and_in_order() -> None:
    async def story() -> None:
        clock = Clock()
        diary = Diary(clock)
        start = clock.now()

        async def schedule(name: str, days: int) -> None:
            for turn in range(1, 100):
                await clock.until(start + turn * days * DAY)
                await rest()  # its work takes a while
                diary.write(name)

        tasks = [clock.begin(schedule("three", 3)), clock.begin(schedule("four", 4))]
        await rest()
        await clock.forward(10 * DAY)

        assert diary.entries == [(3, "three"), (4, "four"), (6, "three"), (8, "four"), (9, "three")]
        for task in tasks:
            task.cancel()

    run(story())


def test_a_periodic_sleep_wakes_once_in_a_jump() -> None:
    async def story() -> None:
        clock, looks = Clock(), list[float]()

        async def look_every_five_seconds() -> None:
            while True:
                looks.append(clock.now())
                await clock.sleep(5)

        async def schedule(start: float) -> None:
            for day in range(1, 30):
                await clock.until(start + day * DAY)

        tasks = [asyncio.create_task(look_every_five_seconds()), clock.begin(schedule(clock.now()))]
        await rest()
        await clock.forward(30 * DAY)
        await rest()

        assert len(looks) == 2
        for task in tasks:
            task.cancel()

    run(story())


def test_a_sleep_begun_during_a_jump_takes_its_own_time() -> None:
    """Of a health check that is asked again while a function runs on the way: not a month of AWS's, not nothing."""

    async def story() -> None:
        clock, slept = Clock(scale=1000), list[float]()

        async def work(start: float) -> None:
            await clock.until(start + DAY)
            before = time.monotonic()
            await asyncio.create_task(clock.sleep(100))
            slept.append(time.monotonic() - before)

        clock.begin(work(clock.now()))
        await rest()
        await clock.forward(30 * DAY)

        assert len(slept) == 1
        assert slept[0] >= 0.1

    run(story())


def test_a_jump_returns_when_the_work_that_was_due_is_done() -> None:
    async def story() -> None:
        clock, done = Clock(), list[str]()

        async def later_work() -> None:
            await asyncio.sleep(0.01)
            done.append("what it began")

        async def work(start: float) -> None:
            await clock.until(start + DAY)
            clock.begin(later_work())
            await asyncio.sleep(0.01)
            done.append("itself")
            await clock.until(math.inf)

        task = clock.begin(work(clock.now()))
        await rest()
        await clock.forward(DAY)

        assert sorted(done) == ["itself", "what it began"]
        task.cancel()

    run(story())


def test_work_that_is_under_way_is_done_before_time_moves() -> None:
    async def story() -> None:
        clock = Clock()
        diary = Diary(clock)

        async def work() -> None:
            await asyncio.sleep(0.01)
            diary.write("done")

        clock.begin(work())
        await clock.forward(DAY)

        assert diary.entries == [(0, "done")]

    run(story())


def test_a_cancelled_wait_is_no_stop_and_its_task_no_work() -> None:
    async def story() -> None:
        clock, called = Clock(), list[str]()
        clock.call_at(clock.now() + DAY, lambda: called.append("cancelled")).cancel()
        clock.call_at(clock.now() + DAY, lambda: called.append("kept"))
        task = clock.begin(clock.until(clock.now() + DAY))
        await rest()
        task.cancel()
        await clock.forward(2 * DAY)

        assert called == ["kept"]

    run(story())


def test_jumps_come_one_after_the_other() -> None:
    async def story() -> None:
        clock = Clock()
        diary = Diary(clock)
        for day in (1, 2, 3):
            clock.call_at(clock.now() + day * DAY, lambda: diary.write("called"))

        await asyncio.gather(*(clock.forward(DAY + 1) for _ in range(3)))

        assert diary.entries == [(1, "called"), (2, "called"), (3, "called")]

    run(story())


def test_without_a_jump_real_time_brings_what_is_due() -> None:
    async def story() -> None:
        clock = Clock(scale=1000)
        before = clock.now()
        await clock.sleep(10)
        await clock.until(before + 20)

        assert clock.now() - before >= 20

    run(story())


@pytest.mark.parametrize("seconds", [0, -1, math.nan, math.inf, LONGEST_JUMP + 1])
def test_time_moves_forward_and_not_out_of_the_calendar(seconds: float) -> None:
    async def story() -> None:
        clock = Clock()
        before = clock.now()
        with pytest.raises(ValueError, match="forward by up to ten years at a time"):
            await clock.forward(seconds)

        assert clock.now() - before < 5

    run(story())


def test_dates_are_those_of_the_machine_and_the_aws_time_since() -> None:
    clock = Clock(scale=60)

    assert abs(clock.date() - datetime.now(UTC)) < timedelta(minutes=5)
    moment = clock.now() + DAY
    assert round(clock.moment(clock.date(moment)) - moment, 3) == 0


# The running sandbox's ------------------------------------------------------------------------------------------------


def command(*arguments: str) -> tuple[int, str, str]:
    """``python -m sandbox forward``, as a person types it."""
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "forward", *arguments],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_command_moves_the_clock_of_the_sandbox_that_runs_there_and_tells_its_time(unhurried: Sandbox) -> None:
    state_dir, form = str(unhurried.state_dir), "%Y-%m-%dT%H:%M:%SZ"
    before = datetime.strptime(unhurried.forward(1), form)

    code, said, _ = command("36h", "--state-dir", state_dir)

    assert code == 0
    assert (datetime.strptime(said, f"{form}\n") - before) // timedelta(hours=1) == 36


def test_the_command_says_what_is_wrong_on_one_line(unhurried: Sandbox, tmp_path: Path) -> None:
    assert command("30d", "--state-dir", str(tmp_path)) == (
        1,
        "",
        f"error: no sandbox is running from {tmp_path}; name its --state-dir\n",
    )
    assert command("4000d", "--state-dir", str(unhurried.state_dir)) == (
        1,
        "",
        "error: the clock can be moved forward by up to ten years at a time, got 3.456e+08 s\n",
    )
    assert command("30 days")[0] == 2


def test_no_web_page_moves_the_clock(unhurried: Sandbox) -> None:
    url = unhurried.facts["data_plane_url"] + "/_sandbox/clock/forward"

    with pytest.raises(urllib.error.HTTPError) as posted:
        urllib.request.urlopen(urllib.request.Request(url, b"60", method="POST"))
    with pytest.raises(urllib.error.HTTPError) as asked:
        urllib.request.urlopen(urllib.request.Request(url, method="OPTIONS", headers={"Origin": "http://example.com"}))

    assert (posted.value.code, asked.value.code) == (404, 404)
    assert "access-control-allow-origin" not in asked.value.headers
