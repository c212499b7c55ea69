"""Measures the service of image/ next to an axum that does nothing else: requests a second, and CPU of each request.

    .venv/bin/python tools/bench_image.py

Each server has one core, the load maker another one. They are loaded in turns, so that whatever else the machine does
hits all of them alike. What the service logs goes into a pipe, as in ECS; who reads it has the load maker's core.
"""

import json
import os
import platform
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGE = ROOT / "image" / "target" / "release" / "image"
BARE = ROOT / "tools" / "bare_axum" / "target" / "release" / "bare-axum"
ROUNDS = 20
SECONDS = 1.0
CONNECTIONS = 32
GIVE_UP_SECONDS = 20.0


@dataclass
class Case:
    """One server and one of its routes."""

    name: str
    pid: int
    request: bytes
    connections: list[socket.socket]
    answer: bytes
    """Of which each has the length."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Seconds of a core for each request."""


def main() -> None:
    for binary, how in ((IMAGE, "make image"), (BARE, "make bench")):
        if sys.platform != "linux" or not binary.exists():
            sys.exit(f"error: no {binary.relative_to(ROOT)} to measure; build it with `{how}`, on Linux")
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    with ExitStack() as running:
        metadata = running.enter_context(_metadata())
        image = running.enter_context(_server(IMAGE, cores[0], {"ECS_CONTAINER_METADATA_URI_V4": metadata}))
        bare = running.enter_context(_server(BARE, cores[0], {}))
        cases = [_case("bare axum", bare, "/one"), _case("image", image, "/one"), _case("no log", image, "/health")]
        busy = _measure(cases)
    _print_table(cases, len(cores), busy)


def _measure(cases: list[Case]) -> float:
    """Loads each in turn. Returns how much of its core the load maker used."""
    begin, used = time.monotonic(), time.process_time()
    for number in range(1 + ROUNDS):
        for case in cases:
            before = _cpu_seconds(case.pid)
            answered, seconds = _load(case)
            if number:  # the first round warms up
                case.rates.append(answered / seconds)
                case.cpu.append((_cpu_seconds(case.pid) - before) / answered)
    return (time.process_time() - used) / (time.monotonic() - begin)


def _load(case: Case) -> tuple[int, float]:
    """As many requests as are answered, one at a time on each connection: a load balancer does not pipeline."""
    answered, begin = 0, time.monotonic()
    while (seconds := time.monotonic() - begin) < SECONDS:
        for connection in case.connections:
            connection.sendall(case.request)
        for connection in case.connections:
            _receive(connection, len(case.answer))
        answered += len(case.connections)
    return answered, seconds


def _receive(connection: socket.socket, length: int) -> None:
    answer = connection.recv(length)
    while len(answer) < length:
        more = connection.recv(length - len(answer))
        if not more:
            sys.exit("error: a server closed a connection")
        answer += more
    if not answer.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"error: a server answered {answer[:80]!r}")


def _case(name: str, server: tuple[int, int], path: str) -> Case:
    pid, port = server
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    connections = [_connect(port) for _ in range(CONNECTIONS)]
    connections[0].sendall(request)
    return Case(name, pid, request, connections, _whole(connections[0]))


def _connect(port: int) -> socket.socket:
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), GIVE_UP_SECONDS)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                sys.exit(f"error: nobody listens on port {port}")
            time.sleep(0.05)
            continue
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _whole(connection: socket.socket) -> bytes:
    """The first answer, by the length that it says."""
    answer = b""
    while True:
        answer += connection.recv(65536)
        head, ended, body = answer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or -1)
        if ended and len(body) == length:
            return answer


def _cpu_seconds(pid: int) -> float:
    """What a process has used of all cores."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _server(binary: Path, core: int, variables: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Its process's id and its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [binary],
        env={"LISTEN_ADDR": f"127.0.0.1:{port}", "RELEASE": "Green", **variables},
        stdout=subprocess.PIPE,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
    )
    reader = subprocess.Popen(["cat"], stdin=process.stdout, stdout=subprocess.DEVNULL)
    try:
        yield process.pid, port
    finally:
        process.kill()
        process.wait()
        reader.wait()


@contextmanager
def _metadata() -> Iterator[str]:
    """ECS's metadata endpoint, from which the service learns the header that it sends with each answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = json.dumps({"Family": "dev-api", "Revision": "7"}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nothing: the table is all that is of interest."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _print_table(cases: list[Case], cores: int, busy: float) -> None:
    bare, image, unlogged = cases
    if b"x-task-definition: dev-api:7" not in image.answer:
        sys.exit("error: the service does not say which version it is")
    print(
        f"The service of image/ on {platform.machine()}, {cores} cores, load {os.getloadavg()[0]:.1f}: medians of"
        f" {ROUNDS} rounds, in turns, on {CONNECTIONS} connections; the load maker took {busy:.0%} of its own core."
    )
    for case, remark in (
        (bare, "an axum with one route"),
        (image, "the service: says which version it is, logs each request, can drain"),
        (unlogged, "the service's /health, which it does not log"),
    ):
        ratio = statistics.median(one / other for one, other in zip(case.rates, bare.rates, strict=True))
        cost = statistics.median(case.cpu)
        print(
            f"  {case.name:<12}{statistics.median(case.rates):>9.0f} requests/s {ratio:>6.2f} of bare"
            f"{cost * 1e6:>8.1f} us of CPU each, {cost / statistics.median(bare.cpu):.2f} of bare   {remark}"
        )


if __name__ == "__main__":
    main()
