"""Sends requests at a constant rate and prints what became of each: the process behind `stream.py`.

    python sandbox/load.py URL RATE

The stream is open-loop: each request is sent when it is due, whatever became of those before it. Latency counts from
the moment it was due, so that a server that stalls cannot hide the requests that would have come meanwhile.
A process of its own, with the standard library only, so that neither its reader nor what is measured slows it down.

It stops when its standard input ends, and first waits for what is in flight. Each line has the columns of `Answer`.
"""

import asyncio
import json
import sys
import time
from collections import deque
from itertools import count
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 10
FRESH, KEPT, SLOW = "fresh", "kept", "slow"
KINDS = (FRESH, KEPT) * 9 + (SLOW, KEPT)
"""In turn: on a connection of its own, on one that was used before, and from a client that sends it in pieces."""

SLOW_SECONDS = 2
"""Between the first and the last piece of a slow request."""

PIECES = 4
FLUSH_SECONDS = 0.05

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Load:
    """All requests of one stream, and the connections that are kept open."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80
        head = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        self._kept, self._own = f"{head}\r\n".encode(), f"{head}Connection: close\r\n\r\n".encode()
        # Used in turn, so that none of them is idle for long.
        self._idle: deque[Connection] = deque()
        self._lines: list[str] = []

    async def run(self, rate: float, stop: "asyncio.Future[str]") -> None:
        """Until `stop`. A slow request whose last piece is not due by then is left out."""
        requests: set[asyncio.Task[None]] = set()
        start = time.monotonic()
        for number in count():
            due = start + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if stop.done():
                break
            kind = KINDS[number % len(KINDS)]
            request = asyncio.create_task(self._answer(kind, due + (SLOW_SECONDS if kind == SLOW else 0), stop))
            requests.add(request)
            request.add_done_callback(requests.discard)
        await asyncio.gather(*requests)
        for _, writer in self._idle:
            writer.close()
        self.flush()

    def flush(self) -> None:
        sys.stdout.write("".join(self._lines))
        sys.stdout.flush()
        self._lines.clear()

    async def _answer(self, kind: str, due: float, stop: "asyncio.Future[str]") -> None:
        sent, revision = due, ""
        try:
            async with asyncio.timeout_at(due + TIMEOUT_SECONDS):
                used = self._idle.popleft() if kind == KEPT and self._idle else None
                reader, writer = used or await asyncio.open_connection(self._host, self._port)
                try:
                    if kind == SLOW and not await self._send_pieces(writer, due, stop):
                        writer.close()
                        return
                    if kind != SLOW:
                        writer.write(self._kept if kind == KEPT else self._own)
                    sent = time.monotonic()
                    said, revision, last = await _read(reader)
                except BaseException:
                    writer.close()
                    raise
            if last or kind != KEPT:
                writer.close()
            else:
                self._idle.append((reader, writer))
        except (OSError, EOFError, ValueError, IndexError, asyncio.LimitOverrunError) as error:
            said = f"failed: {type(error).__name__}"
        self._print(due, sent, time.monotonic(), kind, said, revision)

    async def _send_pieces(self, writer: asyncio.StreamWriter, due: float, stop: "asyncio.Future[str]") -> bool:
        """Whether it was sent whole before the stream ended."""
        size = -(-len(self._own) // PIECES)
        for left in reversed(range(PIECES)):
            begin = (PIECES - 1 - left) * size
            wait = due - left * SLOW_SECONDS / (PIECES - 1) - time.monotonic()
            await asyncio.wait({stop}, timeout=max(0.0, wait))
            if stop.done():
                return False
            writer.write(self._own[begin : begin + size])
        return True

    def _print(self, due: float, sent: float, done: float, kind: str, said: str, revision: str) -> None:
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._lines.append(f"{due:.6f}\t{sent:.6f}\t{done:.6f}\t{kind}\t{said}\t{revision}\n")


async def _read(reader: asyncio.StreamReader) -> tuple[str, str, bool]:
    """The version that the body names, or why it names none; the revision that the head names, or nothing; whether the
    connection ends with this answer.

    Raises EOFError where the answer ends too early; ValueError, IndexError or LimitOverrunError where it is not HTTP
    with a length.
    """
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "")))
    status, last = first.split(" ", 2)[1], headers.get("connection", "").lower() == "close"
    if status != "200":
        return f"failed: {status}", "", last
    try:
        return str(json.loads(body)["key"]).rsplit(" ", 1)[-1], headers.get("x-task-definition", ""), last
    except (ValueError, KeyError, TypeError):
        return "failed: not the service's JSON", "", last


async def main(url: str, rate: float) -> None:
    stop = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    began = time.monotonic()
    await Load(url).run(rate, stop)
    print(f"{time.process_time() / (time.monotonic() - began):.4f}")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
