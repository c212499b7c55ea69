"""One execution environment: the function's process, its Runtime API and its log stream."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import shutil
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sandbox.access import sessions
from sandbox.access.model import Keys, Place
from sandbox.access.principals import Credentials
from sandbox.access.sessions import Session
from sandbox.clients import Clients
from sandbox.data_plane import proxy
from sandbox.lambda_runtime import code
from sandbox.lambda_runtime.function import Event, FailureError, Function, Outcome
from sandbox.lambda_runtime.logs import FunctionLog
from sandbox.lambda_runtime.runtime_api import RuntimeApi
from sandbox.network import ends
from sandbox.scheduler.process import Process, spawn
from sandbox.state import Settings

INIT_SECONDS = 10
"""How long a first start may take. One that fails is tried again on the invocation's own time, as on AWS."""

_SILENCE_SECONDS = 1
"""How long the last lines of a process that ended are waited for: a child of its own may hold the pipe open."""


_turns = itertools.count()


class Environment:
    """Runs one invocation at a time. Time limits are real seconds, whatever the sandbox's time scale."""

    def __init__(self, settings: Settings, clients: Clients, function: Function):
        self.function = function
        self._settings = settings
        # One environment is behind one of the function's interfaces.
        self.place = function.places[next(_turns) % len(function.places)] if function.places else None
        self._proof = ends.admit(self.place) if self.place else None
        identity = uuid4().hex
        self._folder = settings.state_dir / "run" / "lambda" / f"{function.name}-{identity}"
        self._stream = _stream_name(function, identity)
        copy = settings.log_dir / "lambda" / f"{function.name}.log"
        self._clients = clients
        self._log = FunctionLog(clients.by(_session(function)), function, self._stream, copy)
        self._credentials: Credentials | None = None
        """What the function's code calls AWS with, for as long as the environment lasts."""

        self._api: RuntimeApi | None = None
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._exec_failure: str | None = None
        self._opened = False
        self._closing = False
        self._memory = 0

    @property
    def reusable(self) -> bool:
        """Whether it can take another invocation: its process lives, and has failed none beyond repair."""
        alive = self._process is not None and not self._process.exited.is_set()
        alive = alive and self._credentials is not None and not sessions.ends_soon(self._credentials)
        return alive and self._api is not None and self._api.ready and not self._closing

    # Invocation -------------------------------------------------------------------------------------------------------

    async def invoke(self, event: Event) -> Outcome:
        """Run it to its end, which comes: in an answer, an error, or at the time limit. Raises NotTrustedError where
        Lambda cannot take the function's role."""
        if self._credentials is None:
            own = {"lambda:SourceFunctionArn": (self.function.arn,)}
            self._credentials = await self._clients.locked(_session(self.function, own, self.place).credentials)
        init_ms = await self._first_init() if not self._opened else None
        self._log.line(f"START RequestId: {event.request_id} Version: {self.function.version}")
        started = time.monotonic()
        deadline_ms = int((time.time() + self.function.timeout) * 1000)
        failure: FailureError | None = None
        payload = b""
        try:
            async with asyncio.timeout(self.function.timeout):
                if not self.reusable:
                    await self._init()
                assert self._api is not None
                payload = await self._api.invoke(event, deadline_ms)
        except TimeoutError:
            failure = FailureError("Sandbox.Timedout", f"Task timed out after {self.function.timeout:.2f} seconds")
        except FailureError as error:
            failure = error
        duration = (time.monotonic() - started) * 1000
        self._memory = max(self._memory, self._peak_memory())
        if failure is not None:
            payload = _error_document(failure, event.request_id)
            if failure.payload is None or not self.reusable:
                # No answer, or no start: the process is of no use any more.
                await self._end_process()
        await _settle()
        self._log.finish_line()
        if failure is not None and failure.payload is None:
            self._log.line(_error_line(failure, event.request_id))
        self._log.line(f"END RequestId: {event.request_id}")
        self._log.line(self._report(event.request_id, duration, init_ms, failure))
        return Outcome(payload, failure is not None, self._log.take_tail())

    def _report(self, request_id: str, duration: float, init_ms: float | None, failure: FailureError | None) -> str:
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {duration:.2f} ms",
            f"Billed Duration: {math.ceil(duration + (init_ms or 0))} ms",
            f"Memory Size: {self.function.memory} MB",
            f"Max Memory Used: {self._memory} MB",
        ]
        if init_ms is not None:
            parts.append(f"Init Duration: {init_ms:.2f} ms")
        if failure is not None and failure.kind == "Sandbox.Timedout":
            parts.append("Status: timeout")
        elif failure is not None:
            parts += ["Status: error", f"Error Type: {failure.kind}"]
        return "\t".join(parts) + "\t"

    # Start ------------------------------------------------------------------------------------------------------------

    async def _first_init(self) -> float | None:
        """The init phase, before the invocation's time begins. Returns its milliseconds, or None when it failed."""
        self._opened = True
        await self._log.open()
        await asyncio.to_thread(code.unpack, self.function.code, self._folder)
        version = self.function.runtime.replace(".", ":", 1)
        arn = f"arn:aws:lambda:{self.function.region}::runtime:sandbox"
        self._log.line(f"INIT_START Runtime Version: {version}.sandbox\tRuntime Version ARN: {arn}")
        started = time.monotonic()
        status = "timeout"
        try:
            async with asyncio.timeout(INIT_SECONDS):
                await self._init()
            return (time.monotonic() - started) * 1000
        except FailureError as failure:
            status = f"error\tError Type: {failure.kind}"
        except TimeoutError:
            pass
        await self._end_process()
        await _settle()
        self._log.finish_line()
        took = (time.monotonic() - started) * 1000
        self._log.line(f"INIT_REPORT Init Duration: {took:.2f} ms\tPhase: init\tStatus: {status}")
        return None

    async def _init(self) -> None:
        """Start the process and wait until it asks for work."""
        if self._closing:
            raise FailureError("Sandbox.Stopping", "the sandbox ended this environment")
        await self._end_process()
        binary = code.entrypoint(self._folder, self.function.architecture)
        self._api = api = RuntimeApi()
        address = await api.listen()
        self._exec_failure = None
        self._process = await spawn(
            binary, [code.BOOTSTRAP], self._environment(address), self._on_output, cwd=self._folder
        )
        self._watch = asyncio.create_task(self._watch_process(self._process, api))
        await asyncio.shield(api.initialized)
        self._memory = self._peak_memory()

    def _environment(self, runtime_api: str) -> dict[str, str]:
        """Exactly what the process gets: nothing of the sandbox's own shell."""
        function, settings = self.function, self._settings
        # With the slash, as `sandbox.launch.processes_of` looks for it.
        own_proxy = proxy.url(settings.data_plane_url, self._proof)
        direct = "127.0.0.1,localhost"
        defaults = {"LANG": "en_US.UTF-8", "TZ": ":UTC", "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin"}
        given = {
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": function.version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self._stream,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "_HANDLER": function.handler,
            "LAMBDA_TASK_ROOT": str(self._folder),
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ENDPOINT_URL": settings.endpoint_url,
            # A load balancer's name resolves nowhere; the data plane knows it.
            "HTTP_PROXY": own_proxy,
            "http_proxy": own_proxy,
            "NO_PROXY": direct,
            "no_proxy": direct,
        }
        assert self._credentials is not None
        return defaults | dict(function.variables) | given | self._credentials.variables

    # The process ------------------------------------------------------------------------------------------------------

    def _on_output(self, data: bytes) -> None:
        mark = f"exec {code.BOOTSTRAP}: ".encode()
        if data.startswith(mark) and self._api is not None and not self._api.initialized.done():
            # Not the function speaks, but what was to start it (`spawn`).
            self._exec_failure = data.removeprefix(mark).decode(errors="replace").strip()
            return
        self._log.output(data)

    async def _watch_process(self, process: Process, api: RuntimeApi) -> None:
        """Whoever waits for an answer learns that none comes."""
        await process.exited.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(_SILENCE_SECONDS):
                await process.silent.wait()
        if self._exec_failure is not None:
            api.fail(code.exec_failure(self._exec_failure))
        else:
            api.fail(FailureError("Runtime.ExitError", _exit_reason(process.returncode)))

    async def _end_process(self) -> None:
        """Kill whatever runs, and take its Runtime API away."""
        process, api, watch = self._process, self._api, self._watch
        self._process = self._api = self._watch = None
        if process is not None:
            process.kill_group()
            await process.exited.wait()
            if watch is not None:
                await watch
            process.close()
        if api is not None:
            await api.close()

    def _peak_memory(self) -> int:
        """MiB; 0 when the process is gone."""
        if self._process is None:
            return 0
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return 0
        peaks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
        return math.ceil(int(peaks[0]) / 1024) if peaks else 0

    async def close(self) -> None:
        """End it for good, whatever it does. What it logged is in CloudWatch when this returns."""
        self._closing = True
        await self._end_process()
        ends.dismiss(self._proof)
        await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)
        self._log.finish_line()
        await self._log.flush()


def _session(function: Function, keys: Keys | None = None, place: Place | None = None) -> Session:
    """The function's role as Lambda has it; with `lambda:SourceFunctionArn`, which only calls of its code carry:
    https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    """
    return sessions.of_role(
        function.role, "lambda.amazonaws.com", function.name, region=function.region, keys=keys, place=place
    )


def _stream_name(function: Function, identity: str) -> str:
    """As Lambda names it; where functions may share a group, with the function's name."""
    name = "" if function.default_log_group else function.name
    return f"{datetime.now(UTC):%Y/%m/%d}/{name}[{function.version}]{identity}"


async def _settle() -> None:
    """Take what the process wrote before it answered: that is in the pipe, but perhaps not read.

    Reading it takes the event loop one round to see it, one to read and one to pass it on.
    """
    for _ in range(5):
        await asyncio.sleep(0)


def _exit_reason(returncode: int) -> str:
    """In the words of Go, which Lambda is written in."""
    if returncode == 0:
        return "Runtime exited without providing a reason"
    if returncode > 0:
        return f"Runtime exited with error: exit status {returncode}"
    return f"Runtime exited with error: signal: {(signal.strsignal(-returncode) or str(-returncode)).lower()}"


def _error_document(failure: FailureError, request_id: str) -> bytes:
    if failure.payload is not None:
        return failure.payload
    message = f"RequestId: {request_id} Error: {failure.message}"
    return json.dumps({"errorType": failure.kind, "errorMessage": message}, separators=(",", ":")).encode()


def _error_line(failure: FailureError, request_id: str) -> str:
    if failure.kind == "Sandbox.Timedout":
        now = datetime.now(UTC)
        return f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z {request_id} {failure.message}\n"
    return f"RequestId: {request_id} Error: {failure.message}\n{failure.kind}"
