"""What ECS reports of a service's tasks, measured from real processes."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from sandbox.clock import Clock
from sandbox.scheduler.usage import Usage, read
from sandbox.watching.store import Metric, Store

DIMENSIONS = frozenset({("ClusterName", "cluster"), ("ServiceName", "service")})


@dataclass
class FakeTask:
    pids: list[int]
    reserved: tuple[float, float] = (512, 256)
    service: tuple[str, str, str] = field(default=("us-east-1", "cluster", "service"))


@pytest.fixture
def busy() -> Iterator[int]:
    """A process that does nothing but compute, with 64 MiB of its own."""
    process = subprocess.Popen([sys.executable, "-c", "held = bytearray(b'x') * 2**26\nwhile True: pass"])
    yield process.pid
    process.kill()
    process.wait()


def test_a_process_that_has_ended_is_not_read() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    assert read(process.pid) is None


def test_usage_is_reported_by_service_in_per_cent_of_what_its_tasks_reserve(busy: int) -> None:
    store, clock = Store(), Clock(60)
    usage = Usage(clock, lambda: [FakeTask([busy])], store)

    async def until_reported() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(usage.run(stop))
        async with asyncio.timeout(30):
            while store.read(metric("CPUUtilization"), 0, 2**33).count < 3:
                await asyncio.sleep(0.05)
        stop.set()
        await running

    def metric(name: str) -> Metric:
        return Metric("us-east-1", "AWS/ECS", name, DIMENSIONS)

    asyncio.run(until_reported())

    cpu = store.read(metric("CPUUtilization"), 0, 2**33)
    memory = store.read(metric("MemoryUtilization"), 0, 2**33)
    # Half a vCPU is reserved, so a whole core would be 200 %; other processes take some of it.
    assert 0 < cpu.maximum <= 250
    assert 25 < memory.maximum < 50
    assert store.unit(metric("CPUUtilization")) == "Percent"
