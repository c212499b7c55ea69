"""One container of a task: a local process of the image's binary."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import Any

from sandbox.clock import Clock
from sandbox.images import Image
from sandbox.log_stream import LogStream
from sandbox.scheduler.process import Process, spawn
from sandbox.scheduler.records import ContainerRecord
from sandbox.scheduler.tools import StartError

DEFAULT_STOP_TIMEOUT = 30
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
OUTPUT_GRACE_SECONDS = 2
"""How long the output of an ended process is still read, should something that left its group keep the pipe open."""


class Container:
    """Start it, wait for its `exited`, stop it. Its `record` follows."""

    def __init__(
        self,
        definition: dict[str, Any],
        record: ContainerRecord,
        image: Image,
        environment: dict[str, str],
        logs: LogStream | None,
        clock: Clock,
    ):
        self.definition = definition
        self.record = record
        self.essential = bool(definition.get("essential", True))
        self.settled = asyncio.Event()
        """Set when it has started, or is given up."""

        self.given_up = False
        """Whether it will never start."""

        self.healthy = asyncio.Event()
        self.exited = asyncio.Event()
        self.started_at = math.inf
        """On the event loop's clock: what a program needs to become ready takes real time."""

        self._image = image
        self._environment = {"PATH": DEFAULT_PATH, **image.environment, **environment}
        self._logs = logs
        self._clock = clock
        self._process: Process | None = None
        self._rest = b""
        self._watching: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        record.image_digest = image.digest

    async def start(self) -> None:
        """Start the process. Raises StartError when the image has no such program."""
        entrypoint = self.definition.get("entryPoint") or self._image.entrypoint
        words = [*entrypoint, *(self.definition.get("command") or [])]
        if not self._is_binary(words[0]):
            raise StartError(
                "CannotStartContainerError: failed to create task: OCI runtime create failed: "
                f'exec: "{words[0]}": executable file not found in $PATH'
            )
        self._process = await spawn(self._image.binary, words, self._environment, self._read)
        self.started_at = asyncio.get_running_loop().time()
        self.record.last_status = "RUNNING"
        self.settled.set()
        self._watching = asyncio.create_task(self._watch(self._process))
        if self.definition.get("healthCheck"):
            self._checking = asyncio.create_task(self._check_health(self.definition["healthCheck"]))

    @property
    def pid(self) -> int | None:
        """Of its process, while that runs."""
        return self._process.pid if self._process is not None and not self._process.exited.is_set() else None

    def give_up(self, reason: str, exit_code: int | None = None) -> None:
        """It will never start."""
        self.record.reason, self.record.exit_code, self.record.last_status = reason, exit_code, "STOPPED"
        self.given_up = True
        self.settled.set()

    def _is_binary(self, word: str) -> bool:
        """An image holds one file, at ``/<name>``; both spellings of it are found, as with ``PATH=/``."""
        path = self._image.entrypoint[0]
        return word in (path, path.lstrip("/"))

    async def _watch(self, process: Process) -> None:
        await process.exited.wait()
        if self._checking:
            self._checking.cancel()
            await asyncio.wait([self._checking])
        # What the process has started itself belongs to the container, and ends with it.
        process.kill_group()
        with suppress(TimeoutError):
            async with asyncio.timeout(OUTPUT_GRACE_SECONDS):
                await process.silent.wait()
        process.close()
        self._log(self._rest)
        if self._logs:
            await self._logs.flush()
        self.record.exit_code = process.exit_code
        self.record.last_status = "STOPPED"
        self.exited.set()

    def _read(self, data: bytes) -> None:
        """Hand each line on as soon as it is whole; the last one even if it is not."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._log(line)

    def _log(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        if self._logs and text:
            self._logs.write(text)

    async def _check_health(self, check: dict[str, Any]) -> None:
        """Docker's health check: HEALTHY at the first pass, UNHEALTHY after ``retries`` failures in a row."""
        interval, timeout = check.get("interval") or 30, check.get("timeout") or 5
        retries, start_period = check.get("retries") or 3, check.get("startPeriod") or 0
        started = self._clock.now()
        failures = 0
        while True:
            await self._clock.sleep(interval)
            if await self._probe(check["command"], timeout):
                failures = 0
                self.record.health_status = "HEALTHY"
                self.healthy.set()
                continue
            starting = self.record.health_status == "UNKNOWN" and self._clock.now() - started < start_period
            failures += 0 if starting else 1
            if failures >= retries:
                self.record.health_status = "UNHEALTHY"

    async def _probe(self, command: list[str], timeout: float) -> bool:
        # CMD-SHELL needs a shell inside the image, and an image here has one file only: it fails, as it does on AWS
        # with an image built FROM scratch.
        if command[0] != "CMD" or len(command) < 2 or not self._is_binary(command[1]):
            return False
        probe = await spawn(self._image.binary, command[1:], self._environment, lambda _: None)
        try:
            # Not wait_for: in Python 3.11 it loses a cancellation that comes as the probe ends.
            async with asyncio.timeout(timeout):
                await probe.exited.wait()
            return probe.exit_code == 0
        except TimeoutError:
            return False
        finally:
            probe.kill_group()
            probe.close()

    async def stop(self) -> None:
        """SIGTERM, the container's stop timeout, SIGKILL; returns when all its lines are logged."""
        if self._process is None:
            self.record.last_status = "STOPPED"
            return
        if not self.exited.is_set():
            self._process.terminate()
            try:
                async with asyncio.timeout(self.definition.get("stopTimeout") or DEFAULT_STOP_TIMEOUT):
                    await self.exited.wait()
            except TimeoutError:
                self._process.kill_group()
        await self.exited.wait()

    def kill(self) -> None:
        """SIGKILL at once."""
        if self._process and not self.exited.is_set():
            self._process.kill_group()
