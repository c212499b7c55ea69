"""A steady stream of requests, and what answered each: the witness that a release drops nothing."""

import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

REQUESTS_PER_SECOND = 20
_LOAD = Path(__file__).with_name("load.py")


class StreamError(Exception):
    """The process that makes the requests ended before it was told to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request. Times are monotonic seconds of this machine."""

    due: float
    """When the request, or the last piece of a slow one, was to be sent."""

    sent: float
    done: float
    kind: str
    """On a `fresh` connection, on a `kept` one, or by a `slow` client."""

    said: str
    """The version that the body names, or why there was none: "failed: …"."""

    revision: str
    """The version's task definition, `family:revision`, where it says so."""

    @property
    def failed(self) -> bool:
        return self.said.startswith("failed")

    @property
    def seconds(self) -> float:
        return self.done - self.due


class RequestStream:
    """GETs `url` at a constant rate, every second request on a kept connection, some by a slow client (`load.py`).

    A request that hangs holds up no other. `answers` counts by phase what came back.
    """

    def __init__(self, url: str, rate: float = REQUESTS_PER_SECOND) -> None:
        # Isolated: the files next to it are no modules for it.
        self._command = [sys.executable, "-I", str(_LOAD), url, str(rate)]
        self._lock = threading.Lock()
        self.phases: list[tuple[float, str]] = []
        """When each began."""

        self.log: list[Answer] = []
        self.answers: dict[str, Counter[str]] = {}
        self.cores = 0.0
        """How much of a core making the requests took, once the stream has ended."""

    def __enter__(self) -> Self:
        self.phase("before")
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C is for whoever started the stream, and ends it by the end of its input.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reader.join()
        if self._process.wait() != 0 and error is None:
            raise StreamError(f"`{' '.join(self._command)}` ended with {self._process.returncode}")

    def phase(self, name: str) -> None:
        """What is answered from now on counts for this phase."""
        with self._lock:
            self.phases.append((time.monotonic(), name))
            self.answers.setdefault(name, Counter())

    @property
    def sent(self) -> int:
        with self._lock:
            return len(self.log)

    @property
    def failed(self) -> dict[str, int]:
        """Why, and how often."""
        with self._lock:
            return dict(Counter(answer.said for answer in self.log if answer.failed))

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                first, *rest = line.rstrip("\n").split("\t")
                if rest:
                    self._take(first, *rest)
                else:
                    self.cores = float(first)

    def _take(self, due: str, sent: str, done: str, kind: str, said: str, revision: str) -> None:
        answer = Answer(float(due), float(sent), float(done), kind, said, revision)
        with self._lock:
            self.log.append(answer)
            phase = next((name for begin, name in reversed(self.phases) if begin <= answer.done), "before")
            self.answers[phase][said] += 1
