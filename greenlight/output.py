"""What people see on stderr, and programs on stdout."""

import json
import os
import sys
from enum import StrEnum
from typing import Any, TextIO

from rich.console import Console
from rich.status import Status

from greenlight.clock import Clock
from greenlight.context import Result

JSON_VERSION = 1


class Format(StrEnum):
    text = "text"
    json = "json"


class _Stderr(Console):
    """Rich ends the process, with 1, when nobody reads on. But what is going on must be seen through."""

    def on_broken_pipe(self) -> None:
        self.quiet = True
        _mute(sys.stderr)


class Progress:
    """Lines with the time since the start; on a terminal, below them, what is being waited for.

    Rich honours NO_COLOR, and leaves out colours and the moving line where stderr is no terminal.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = clock.now()
        self._console = _Stderr(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._status: Status | None = None

    def line(self, text: str, style: str = "") -> None:
        minutes, seconds = divmod(int(self._clock.now() - self._start), 60)
        self._console.print(f"{minutes:2}:{seconds:02}  {text}", style=style or None)

    def status(self, text: str) -> None:
        if not self._console.is_terminal:
            return
        if self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        self._status.update(text)

    def close(self) -> None:
        if self._status:
            self._status.stop()


def say(text: str, stream: TextIO) -> None:
    """A line on stdout or stderr; that nobody reads it must not cost the exit code."""
    try:
        print(text, file=stream, flush=True)
    except BrokenPipeError:
        _mute(stream)


def _mute(stream: TextIO) -> None:
    # What is in its buffer would fail again at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def write(command: str, result: Result, format: Format) -> None:
    """The result on stdout."""
    if format is Format.json:
        say(document(command, result.exit_code, result.document), sys.stdout)
    elif result.text:
        say(result.text, sys.stdout)


def document(command: str, exit_code: int, content: dict[str, Any]) -> str:
    """The documented shape: docs/releases.md. Keys are only ever added within a version."""
    whole = {"version": JSON_VERSION, "command": command, "exit_code": int(exit_code), **content}
    return json.dumps(whole, indent=2, default=_plain)


def _plain(value: Any) -> str:
    # Times, which AWS gives with their zone.
    return str(value.isoformat())
