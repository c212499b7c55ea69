"""A steady stream of requests, and what answered each: the witness that a release drops nothing."""

import http.client
import json
import threading
import time
from collections import Counter
from itertools import cycle
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

REQUESTS_PER_SECOND = 20
TIMEOUT_SECONDS = 10


class RequestStream:
    """GETs `url` at a constant rate, every second request on a connection of its own, the others on one kept open.

    A request that hangs makes the stream fall behind; it catches up afterwards, so that no request is left out.
    `answers` counts by phase what came back: the version that the body names, or why there was none.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname or "", parts.port or 80, parts.path
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._phase = ""
        self.answers: dict[str, Counter[str]] = {}
        self._threads = [
            threading.Thread(target=self._send, args=(offset, kept), daemon=True)
            for offset, kept in zip(range(4), cycle((True, False)))
        ]

    def __enter__(self) -> Self:
        self.phase("before")
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def phase(self, name: str) -> None:
        """What is answered from now on counts for this phase."""
        with self._lock:
            self._phase = name
            self.answers.setdefault(name, Counter())

    @property
    def sent(self) -> int:
        with self._lock:
            return sum(sum(counted.values()) for counted in self.answers.values())

    @property
    def failed(self) -> dict[str, int]:
        """Why, and how often."""
        with self._lock:
            total: Counter[str] = sum(self.answers.values(), Counter())
        return {answer: count for answer, count in total.items() if answer.startswith("failed")}

    def _send(self, offset: int, kept: bool) -> None:
        share = len(self._threads) / REQUESTS_PER_SECOND
        due = time.monotonic() + offset / REQUESTS_PER_SECOND
        connection: http.client.HTTPConnection | None = None
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due += share
            connection = connection or http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_SECONDS)
            answer = self._ask(connection)
            if not kept or answer.startswith("failed"):
                connection.close()
                connection = None
            with self._lock:
                self.answers[self._phase][answer] += 1
        if connection:
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection) -> str:
        try:
            connection.request("GET", self._path)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            return f"failed: {type(error).__name__}"
        if response.status != 200:
            return f"failed: {response.status}"
        try:
            return str(json.loads(body)["key"]).rsplit(" ", 1)[-1]
        except (ValueError, KeyError, TypeError):
            return "failed: not the service's JSON"
