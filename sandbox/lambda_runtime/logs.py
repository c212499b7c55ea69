"""What one environment logs: its process's output and Lambda's own lines."""

from __future__ import annotations

import logging
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.access.trust import NotTrustedError
from sandbox.clients import Caller, error_code
from sandbox.lambda_runtime.function import Function
from sandbox.log_stream import LogStream

log = logging.getLogger(__name__)

TAIL_BYTES = 4096


class FunctionLog:
    """A log stream of a function. Each event ends with a newline, as Lambda's do (and a task's do not)."""

    def __init__(self, role: Caller, function: Function, name: str, copy: Path):
        self._role = role
        self._function = function
        self._stream = LogStream(role, function.region, function.log_group, name)
        self._copy = copy
        self._part = b""
        self._tail = b""

    async def open(self) -> None:
        """Make the stream, and the group where it is missing: with the function's role, as AWS does."""
        try:
            try:
                await self._stream.create()
            except ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                await self._create_group()
                await self._stream.create()
        except (ClientError, BotoCoreError, NotTrustedError) as error:
            # The function runs all the same, and its lines are lost, as on AWS.
            log.warning("%s logs nothing: %s", self._function.name, error)
        self._copy.parent.mkdir(parents=True, exist_ok=True)

    async def _create_group(self) -> None:
        group = self._function.log_group
        try:
            await self._role.call("logs", self._function.region, "create_log_group", logGroupName=group)
        except ClientError as error:
            if error_code(error) != "ResourceAlreadyExistsException":
                raise

    def output(self, data: bytes) -> None:
        """Take what the process wrote, line by line."""
        *lines, self._part = (self._part + data).split(b"\n")
        for line in lines:
            self.line(line.decode(errors="replace"))

    def finish_line(self) -> None:
        """Log what has no newline yet: nothing comes after it."""
        if self._part:
            self.output(b"\n")

    def line(self, text: str) -> None:
        if not text:
            return
        self._stream.write(text + "\n")
        self._tail = (self._tail + text.encode() + b"\n")[-TAIL_BYTES:]
        # The sandbox's log groups end with it; the copy is what a person reads afterwards.
        with self._copy.open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    def take_tail(self) -> bytes:
        """The end of what was logged since the last call."""
        tail, self._tail = self._tail, b""
        return tail

    async def flush(self) -> None:
        await self._stream.flush()
