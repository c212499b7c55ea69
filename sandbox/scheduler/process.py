"""Starts a program that cannot outlive the sandbox, however that ends.

The kernel is asked (PR_SET_PDEATHSIG) to kill the process when the *thread* that started it ends, so `spawn` belongs on
the main thread, where the event loop runs: asyncio forks on the calling thread. A tiny Python stub sets this up in the
child and then becomes the program, because running Python between fork and exec of a process with threads can deadlock.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

# argv: the sandbox's pid, the file to run, what to call it and its arguments.
_STUB = """
import ctypes, os, signal, sys
ctypes.CDLL(None, use_errno=True).prctl(1, signal.SIGKILL)
if os.getppid() != int(sys.argv[1]):
    os._exit(137)  # the sandbox died before the line above
os.environ.pop("LC_CTYPE", None)  # Python's own doing, under the C locale
for number in (signal.SIGPIPE, signal.SIGXFSZ):
    signal.signal(number, signal.SIG_DFL)  # Python ignores them, and that would be inherited
try:
    os.execv(sys.argv[2], sys.argv[3:])
except OSError as error:
    print(f"exec {sys.argv[3]}: {error.strerror.lower()}", file=sys.stderr, flush=True)
    os._exit(1)
"""


class Process(asyncio.SubprocessProtocol):
    """A started program. ``output`` gets its bytes as they come."""

    def __init__(self, output: Callable[[bytes], None]):
        self.exited = asyncio.Event()
        """Set when the process is gone, even while a child of its own still holds the pipe."""

        self.silent = asyncio.Event()
        """Set when nobody can write to the pipe any more."""

        self._output = output

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport
        self.pid = transport.get_pid()

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        assert fd == 1
        assert isinstance(data, bytes)
        self._output(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        self.silent.set()

    def process_exited(self) -> None:
        self.exited.set()

    @property
    def returncode(self) -> int:
        """As Python counts: its own code, or the signal's number below zero."""
        code = self._transport.get_returncode()
        assert code is not None
        return code

    @property
    def exit_code(self) -> int:
        """As Docker counts: its own code, or 128 + signal (137 for SIGKILL, 143 for SIGTERM)."""
        code = self.returncode
        return code if code >= 0 else 128 - code

    def terminate(self) -> None:
        """SIGTERM, to the process alone: what it has started is its own affair, as in a container."""
        if not self.exited.is_set():
            with suppress(ProcessLookupError):
                self._transport.terminate()

    def kill_group(self) -> None:
        """SIGKILL for the process and whatever it has started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Stop listening to it."""
        self._transport.close()


async def spawn(
    binary: Path,
    argv: Sequence[str],
    environment: Mapping[str, str],
    output: Callable[[bytes], None],
    cwd: Path = Path("/"),
) -> Process:
    """Run ``binary`` as ``argv`` with exactly this environment, both outputs in one pipe. A binary that cannot run says
    so there and exits with 1, as on Fargate: ``exec /image: exec format error``.

    It has its own session, so Ctrl-C at the sandbox's terminal does not reach it before an orderly stop does.
    """
    _, process = await asyncio.get_running_loop().subprocess_exec(
        lambda: Process(output),
        *(sys.executable, "-I", "-S", "-c", _STUB, str(os.getpid()), str(binary), *argv),
        env=dict(environment),
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    return process
