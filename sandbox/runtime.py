"""The running part of the sandbox: data plane, scheduler, functions, schedules and deployments, in one event loop."""

from __future__ import annotations

import asyncio
import logging

from sandbox.aws import ecr
from sandbox.clients import Clients
from sandbox.clock import Clock
from sandbox.codedeploy_engine.engine import Engine
from sandbox.data_plane.server import DataPlane
from sandbox.data_plane.targets import Targets
from sandbox.eventbridge.service import EventBridge
from sandbox.images import BlobStore
from sandbox.lambda_runtime.service import LambdaRuntime
from sandbox.pace import PACE
from sandbox.scaling.service import AutoScaling
from sandbox.scheduler.service import Scheduler
from sandbox.scheduler.tools import Tools
from sandbox.scheduler.usage import Usage
from sandbox.state import Settings
from sandbox.watching.service import Watcher


async def run(settings: Settings, clock: Clock, stop: asyncio.Event) -> None:
    """Run until ``stop`` is set; returns when every task has ended and every log line is delivered.

    Belongs on the main thread: the kernel kills task processes when the thread that started them ends.
    """
    _log_to_file(settings)
    clients = Clients(settings)
    # With the run files, not beside them: moto forgets its images when it ends, and so do we.
    blobs = BlobStore(settings.state_dir / "run" / "images")
    ecr.connect(blobs)
    targets = Targets(clients, clock)
    scheduler = Scheduler(Tools(settings, clock, clients, blobs, targets))
    data_plane = DataPlane(settings, clock, clients, targets, blobs, scheduler.task)
    try:
        async with asyncio.TaskGroup() as group:
            functions, schedules = LambdaRuntime(settings, clock), EventBridge(clients, clock)
            watcher, scaling, engine = Watcher(clients, clock), AutoScaling(clients, clock), Engine(clients, clock)
            usage = Usage(clock, scheduler.running)
            for part in (data_plane, targets, scheduler, functions, schedules, watcher, scaling, usage, engine, PACE):
                group.create_task(part.run(stop))
    finally:
        clients.close()


def _log_to_file(settings: Settings) -> None:
    """What goes wrong inside goes to ``runtime.log``: the terminal is the user's."""
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(settings.log_dir / "runtime.log")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name in (
        "sandbox.scheduler",
        "sandbox.codedeploy_engine",
        "sandbox.data_plane",
        "sandbox.eventbridge",
        "sandbox.faults",
        "sandbox.lambda_runtime",
        "sandbox.log_stream",
        "sandbox.network",
        "sandbox.scaling",
        "sandbox.watching",
        "aiohttp",
        "asyncio",
    ):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
