"""Lines on their way to CloudWatch Logs, batched as AWS's own log drivers do."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.access.trust import NotTrustedError
from sandbox.clients import Caller, error_code

log = logging.getLogger(__name__)

FLUSH_SECONDS = 1.0
MAX_EVENT_BYTES = 256 * 1024 - 26
"""CloudWatch's limit of one event; longer lines are cut in pieces, as the awslogs driver does."""

MAX_BATCH_BYTES = 1024 * 1024
MAX_BATCH_EVENTS = 10_000


class LogStream:
    """One stream of one log group: `write` never waits; what was written is visible within a second or two."""

    def __init__(self, caller: Caller, region: str, group: str, name: str, copy: Path | None = None):
        self.group = group
        self.name = name
        self._caller = caller
        self._region = region
        self._copy = copy
        self._created = False
        self._events: list[dict[str, Any]] = []
        self._flushing = asyncio.Lock()
        self._flusher: asyncio.Task[None] | None = None
        if copy is not None:
            copy.parent.mkdir(parents=True, exist_ok=True)

    async def create(self) -> None:
        """Make the stream. Raises ClientError when there is no such group: streams are made, groups are not."""
        try:
            await self._caller.call(
                "logs", self._region, "create_log_stream", logGroupName=self.group, logStreamName=self.name
            )
        except ClientError as error:
            if error_code(error) != "ResourceAlreadyExistsException":
                raise
        self._created = True

    def write(self, line: str) -> None:
        """Add a line. CloudWatch refuses empty events, so an empty line is left out, as on AWS."""
        now = int(time.time() * 1000)
        data = line.encode()
        for start in range(0, len(data), MAX_EVENT_BYTES):
            piece = data[start : start + MAX_EVENT_BYTES].decode(errors="replace")
            self._events.append({"timestamp": now, "message": piece})
        if self._events and self._flusher is None:
            self._flusher = asyncio.create_task(self._flush_soon())

    async def _flush_soon(self) -> None:
        await asyncio.sleep(FLUSH_SECONDS)
        self._flusher = None
        await self.flush()

    async def flush(self) -> None:
        """Send everything written so far; returns when CloudWatch has it."""
        async with self._flushing:
            # Not what is written meanwhile: a busy stream would be sent in calls of a few lines each, without a pause.
            written, self._events = self._events, []
            if self._copy is not None:
                # The sandbox's log groups end with it; the copy is what a person reads afterwards.
                with self._copy.open("a", encoding="utf-8") as file:
                    file.writelines(f"{event['message']}\n" for event in written)
            for batch in _batches(written):
                try:
                    if not self._created:
                        await self.create()
                    await self._caller.call(
                        "logs",
                        self._region,
                        "put_log_events",
                        logGroupName=self.group,
                        logStreamName=self.name,
                        logEvents=batch,
                    )
                except (ClientError, BotoCoreError, NotTrustedError) as error:
                    # A group deleted under a running task, or a permission taken from its role: AWS drops the lines
                    # as well, and the task goes on.
                    log.warning("%d lines for %s %s are lost: %s", len(batch), self.group, self.name, error)


def _batches(events: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """As many as one call may have."""
    batch: list[dict[str, Any]] = []
    size = 0
    for event in events:
        needed = len(event["message"].encode()) + 26
        if batch and (len(batch) == MAX_BATCH_EVENTS or size + needed > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += needed
    if batch:
        yield batch
