"""What people see on stderr, and programs on stdout."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, TextIO, cast

from rich.console import Console
from rich.status import Status

from greenlight.clock import Clock
from greenlight.context import Result

JSON_VERSION = 1
HEARTBEAT_SECONDS = 60.0


class Format(StrEnum):
    text = "text"
    json = "json"


class _Unfailing:
    """A stream whose writes always succeed: a reader that is gone, or a full disk, must not cost the exit code."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def write(self, text: str) -> None:
        try:
            self._stream.write(text)
        except UnicodeEncodeError:
            encoding = self._stream.encoding
            self.write(text.encode(encoding, "replace").decode(encoding))
        except OSError as error:
            self._mute(error)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._mute(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _mute(self, failure: OSError) -> None:
        self.failure = failure
        # What is in its buffer would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


@contextmanager
def unfailing() -> Iterator[None]:
    """Inside, printing cannot fail. Output that stdout could not take is reported on stderr at the end."""
    before = sys.stdout, sys.stderr
    # A stream that a shell has closed is None, and `print` would take the other one.
    out, err = (_Unfailing(stream or open(os.devnull, "w")) for stream in before)  # noqa: SIM115
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, err)
    try:
        yield
    finally:
        out.flush()
        # A reader that has gone knows it.
        if out.failure and not isinstance(out.failure, BrokenPipeError):
            print(f"greenlight: cannot write to stdout: {out.failure.strerror}", file=sys.stderr)
        err.flush()
        sys.stdout, sys.stderr = before


class Progress:
    """Lines with the time since the start; on a terminal, below them, what is being waited for.

    Rich honours NO_COLOR, and leaves out colours and the moving line where stderr is no terminal. There a line tells
    from time to time what is being waited for: CI ends a job that says nothing for long.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = self._last = clock.now()
        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
        self._status: Status | None = None

    def line(self, text: str, style: str = "") -> None:
        self._last = self._clock.now()
        minutes, seconds = divmod(int(self._last - self._start), 60)
        self._console.print(f"{minutes:2}:{seconds:02}  {text}", style=style or None)

    def status(self, text: str) -> None:
        if not self._console.is_terminal:
            if self._clock.now() - self._last >= HEARTBEAT_SECONDS:
                self.line(f"still waiting: {text}", "dim")
            return
        if self._status is None:
            self._status = self._console.status(text)
            self._status.start()
        self._status.update(text)

    def close(self) -> None:
        if self._status:
            self._status.stop()


def write(command: str, result: Result, format: Format) -> None:
    """The result on stdout."""
    if format is Format.json:
        print(document(command, result.exit_code, result.document))
    elif result.text:
        print(result.text)


def document(command: str, exit_code: int, content: dict[str, Any]) -> str:
    """The documented shape: docs/releases.md. Keys are only ever added within a version."""
    whole = {"version": JSON_VERSION, "command": command, "exit_code": int(exit_code), **content}
    # GitHub's runner takes `##[` as a command, wherever in a log it is.
    return json.dumps(whole, indent=2, default=_plain).replace("##[", "##\\u005b")


def _plain(value: Any) -> str:
    # Times, which AWS gives with their zone.
    return str(value.isoformat())
