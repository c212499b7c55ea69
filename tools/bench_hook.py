"""Measures the hook's zip for this machine, as built by `make hook`: its size, its start, its memory, its concurrency.

    .venv/bin/python tools/bench_hook.py

The binary runs against a Lambda Runtime API, a CodeDeploy and a test listener of this script's own. Durations on a
machine that is busy with other things say little by themselves, so that each stands beside one to compare it with,
from the same run. Nothing is asserted but that the hook does its work.
"""

import json
import os
import platform
import re
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
STARTS = 20
INVOCATIONS = 3
ROUTES = 5
ROUTE_SECONDS = 0.8
# Far beyond anything measured: by then it will never come.
GIVE_UP_SECONDS = 20.0
RUNTIME = "/2018-06-01/runtime/invocation/"
DEPLOYMENT = "d-ABCDEF123"
TASK_DEFINITION = "api:7"
TARGET = {"TaskDefinition": f"arn:aws:ecs:us-east-1:123456789012:task-definition/{TASK_DEFINITION}"}
APPSPEC = {"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service", "Properties": TARGET}}]}


class World(ThreadingHTTPServer):
    """All that the hook meets in one invocation, at one address: the Runtime API, CodeDeploy and the test listener."""

    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.begin = self.end = 0.0
        self.verdicts: list[str] = []
        self.polled_again, self.closing = threading.Event(), threading.Event()

    def __enter__(self) -> "World":
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    server: World
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes: with it, each answer takes 40 ms more

    def do_GET(self) -> None:
        if self.path != RUNTIME + "next":
            time.sleep(ROUTE_SECONDS)
            self._answer(200, {}, {"x-task-definition": TASK_DEFINITION})
        elif self.server.begin:
            self.server.polled_again.set()
            self.server.closing.wait()
            self.close_connection = True
        else:
            self.server.begin = time.monotonic()
            event = {"DeploymentId": DEPLOYMENT, "LifecycleEventHookExecutionId": "made-up-execution-id"}
            headers = {
                "aws-request-id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
                "deadline-ms": str(int((time.time() + GIVE_UP_SECONDS) * 1000)),
                "invoked-function-arn": "arn:aws:lambda:us-east-1:123456789012:function:hook",
            }
            self._answer(200, event, {f"lambda-runtime-{name}": value for name, value in headers.items()})

    def do_POST(self) -> None:
        arrived = time.monotonic()
        body = json.loads(self.rfile.read(int(self.headers["content-length"])) or b"null")
        if "x-amz-target" in self.headers:
            action = self.headers["x-amz-target"].removeprefix("CodeDeploy_20141006.")
            self._answer(200, self._codedeploy(action, body), {"content-type": "application/x-amz-json-1.1"})
        else:  # the invocation's response, or its error: the verdict tells which was due
            self.server.end = arrived
            self._answer(202, {}, {})

    def _codedeploy(self, action: str, request: dict[str, Any]) -> dict[str, Any]:
        if action == "PutLifecycleEventHookExecutionStatus":
            self.server.verdicts.append(request["status"])
            return {"lifecycleEventHookExecutionId": request["lifecycleEventHookExecutionId"]}
        # As on AWS, only GetApplicationRevision has the content.
        content = None if action == "GetDeployment" else json.dumps(APPSPEC)
        revision = {"revisionType": "AppSpecContent", "appSpecContent": {"content": content, "sha256": "0" * 64}}
        described = {"applicationName": "dev-api", "revision": revision}
        deployment = {"deploymentId": DEPLOYMENT, "deploymentGroupName": "dev-api"}
        return {"deploymentInfo": described | deployment} if content is None else described

    def _answer(self, status: int, body: dict[str, Any], headers: dict[str, str]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: the table is all that is of interest."""


def main() -> None:
    machine = platform.machine()
    archive = ROOT / "hook" / "dist" / {"aarch64": "arm64"}.get(machine, machine) / "bootstrap.zip"
    if sys.platform != "linux" or not archive.exists():
        sys.exit(f"error: no {archive.relative_to(ROOT)} to measure; build it with `make hook`, on Linux")
    with tempfile.TemporaryDirectory(prefix="greenlight-bench-") as folder:
        binary = Path(zipfile.ZipFile(archive).extract("bootstrap", folder))
        binary.chmod(0o755)
        _print_table(archive, binary)


def _print_table(archive: Path, binary: Path) -> None:
    starts, trivial = _starts(binary)
    one, many, tls = [], [], []
    for _ in range(INVOCATIONS):
        one.append(_invoke(binary, 1))
        many.append(_invoke(binary, ROUTES))
        tls.append(_invoke(binary, ROUTES, "https"))
    one_took, many_took = (statistics.median(took for took, _ in runs) for runs in (one, many))
    start, exec_true = statistics.median(starts), statistics.median(trivial)
    route = f"{ROUTE_SECONDS * 1000:.0f} ms"
    rows = [
        ("binary", _mb(binary.stat().st_size), ""),
        ("zip", _mb(archive.stat().st_size), ""),
        ("exec to first poll", _ms(start), f"min {_ms(min(starts))}"),
        ("exec of /bin/true", _ms(exec_true), f"min {_ms(min(trivial))}"),
        ("  ratio of the two", f"{start / exec_true:.1f}", f"min {min(starts) / min(trivial):.1f}"),
        ("peak memory", _mb(max(peak for _, peak in many)), f"after one invocation with {ROUTES} routes"),
        ("  and certificates", _mb(max(peak for _, peak in tls)), "the system's, loaded for HTTPS"),
        (f"one route of {route}", _ms(one_took), "the whole invocation"),
        (f"{ROUTES} routes of {route}", _ms(many_took), "the whole invocation"),
        ("  ratio of the two", f"{many_took / one_took:.2f}", f"1 is concurrent, {ROUTES} one after the other"),
    ]
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    print(
        f"{archive.relative_to(ROOT)} on {platform.machine()}, {cores} cores, load {load:.1f}: medians of {STARTS} warm"
        f" starts, from spawn to the request, and of {INVOCATIONS} invocations, over plain HTTP; MB are 10^6 bytes."
    )
    for name, figure, remark in rows:
        print(f"  {name:<24}{figure:>12}   {remark}".rstrip())


def _starts(binary: Path) -> tuple[list[float], list[float]]:
    """Seconds that the hook needs to ask for its first event, and that a trivial process takes altogether.

    In turns, and on this one thread: whatever else the machine does then hits both alike.
    """
    starts, trivial = [], []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(GIVE_UP_SECONDS)
        environment = _environment(listener.getsockname()[1], routes=1)
        for _ in range(1 + STARTS):
            trivial.append(_exec_true())
            starts.append(_start(binary, environment, listener))
    # The first of each is the one that reads its file from the disk.
    return starts[1:], trivial[1:]


def _start(binary: Path, environment: dict[str, str], listener: socket.socket) -> float:
    begin = time.monotonic()
    with _running(binary, environment):
        try:
            connection, _ = listener.accept()
            connection.settimeout(GIVE_UP_SECONDS)
            request = connection.recv(65536)
            took = time.monotonic() - begin
        except TimeoutError:
            sys.exit("error: the hook never asked for an event")
    connection.close()  # only now: the process would have complained
    if not request.startswith(f"GET {RUNTIME}next ".encode()):
        sys.exit(f"error: the hook did not ask for an event, but for {request[:80]!r}")
    return took


def _exec_true() -> float:
    begin = time.monotonic()
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
    return time.monotonic() - begin


def _invoke(binary: Path, routes: int, scheme: str = "http") -> tuple[float, int]:
    """Seconds and peak bytes of one invocation, its process's first; the memory is read when it asks for the next.

    By https the checks fail, for nobody here has a certificate; the hook has loaded those it trusts by then.
    """
    due = "Succeeded" if scheme == "http" else "Failed"
    with World() as world, _running(binary, _environment(world.server_port, routes, scheme)) as pid:
        if not world.polled_again.wait(GIVE_UP_SECONDS) or world.verdicts != [due]:
            sys.exit(f"error: the hook should have told CodeDeploy {due}, not {world.verdicts}")
        # Not ru_maxrss: Linux carries that over from before the exec, when the process was still a copy of this one.
        peak = re.search(r"^VmHWM:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
        assert peak is not None
        return world.end - world.begin, int(peak[1]) * 1024


@contextmanager
def _running(binary: Path, environment: dict[str, str]) -> Iterator[int]:
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(binary, ["bootstrap"], environment, file_actions=quiet)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _environment(port: int, routes: int, scheme: str = "http") -> dict[str, str]:
    return {
        "ALB_URL": f"{scheme}://127.0.0.1:{port}",
        "CHECKS": json.dumps([{"path": f"/{number}"} for number in range(routes)]),
        "WARMUP_SECONDS": "0",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": "hook",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
    }


def _mb(size: int) -> str:
    return f"{size / 1e6:.2f} MB"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


if __name__ == "__main__":
    main()
