"""The Lambda Runtime API of one environment: what its process asks, on a port of its own.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. The Extensions and Telemetry APIs are not there (404).
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

from aiohttp import web

from sandbox.lambda_runtime.function import Event, FailureError

MAXIMUM_RESPONSE = 6 * 1024 * 1024 + 100
"""Lambda's 6291556 bytes."""

_TOO_LARGE = "Function.ResponseSizeTooLarge"
_BASE = "/2018-06-01/runtime"


@dataclass
class _Current:
    event: Event
    deadline_ms: int
    answer: asyncio.Future[bytes]


class RuntimeApi:
    """Listens between `listen` and `close`."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.initialized: asyncio.Future[None] = loop.create_future()
        """Done when the process first asks for an invocation; fails with what went wrong instead."""

        self._next: asyncio.Queue[_Current] = asyncio.Queue(1)
        self._current: _Current | None = None

    @property
    def ready(self) -> bool:
        """Whether the process has started well."""
        return self.initialized.done() and not self.initialized.cancelled() and self.initialized.exception() is None

    async def listen(self) -> str:
        """Returns ``host:port``."""
        application = web.Application(client_max_size=MAXIMUM_RESPONSE)
        application.add_routes(
            [
                web.get(f"{_BASE}/invocation/next", self._on_next),
                web.post(_BASE + "/invocation/{id}/response", self._on_response),
                web.post(_BASE + "/invocation/{id}/error", self._on_error),
                web.post(f"{_BASE}/init/error", self._on_init_error),
            ]
        )
        # Cancellation: a process that hangs up while it waits must not take the next invocation with it.
        self._runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        return f"{host}:{port}"

    async def close(self) -> None:
        await self._runner.cleanup()

    async def invoke(self, event: Event, deadline_ms: int) -> bytes:
        """The answer of the process. Raises FailureError when that is an error, or none comes any more."""
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._current = current = _Current(event, deadline_ms, answer)
        self._next.put_nowait(current)
        return await answer

    def fail(self, failure: FailureError) -> None:
        """The process is gone."""
        if not self.initialized.done():
            self.initialized.set_exception(failure)
            self.initialized.exception()  # seen: perhaps nobody waits for it any more
        if self._current is not None and not self._current.answer.done():
            self._current.answer.set_exception(failure)

    # What the process asks --------------------------------------------------------------------------------------------

    async def _on_next(self, _request: web.Request) -> web.Response:
        if not self.initialized.done():
            self.initialized.set_result(None)
        current = await self._next.get()
        event = current.event
        headers = {
            "Lambda-Runtime-Aws-Request-Id": event.request_id,
            "Lambda-Runtime-Deadline-Ms": str(current.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": event.invoked_arn,
            "Lambda-Runtime-Trace-Id": event.trace_id,
        }
        if event.client_context is not None:
            headers["Lambda-Runtime-Client-Context"] = event.client_context
        return web.Response(body=event.payload, headers=headers, content_type="application/json")

    async def _on_response(self, request: web.Request) -> web.Response:
        current = self._asked_about(request)
        if current is None:
            return _error(400, "InvalidRequestID", "Invalid request ID")
        try:
            payload = await request.read()
        except web.HTTPRequestEntityTooLarge:
            limit = f"maximum allowed payload size ({MAXIMUM_RESPONSE} bytes)."
            document = {"errorType": _TOO_LARGE, "errorMessage": f"Response payload size exceeded {limit}"}
            self._refuse(current, FailureError(_TOO_LARGE, "", json.dumps(document).encode()))
            return _error(413, "RequestEntityTooLarge", f"Exceeded {limit}")
        self._current = None
        if not current.answer.done():
            current.answer.set_result(payload)
        return _accepted()

    async def _on_error(self, request: web.Request) -> web.Response:
        current = self._asked_about(request)
        if current is None:
            return _error(400, "InvalidRequestID", "Invalid request ID")
        self._refuse(current, await _reported(request))
        return _accepted()

    async def _on_init_error(self, request: web.Request) -> web.Response:
        if self.initialized.done():
            return _error(403, "InvalidStateTransition", "State transition is not allowed")
        self.initialized.set_exception(await _reported(request))
        return _accepted()

    def _asked_about(self, request: web.Request) -> _Current | None:
        """The invocation that the process has, if that is the one it means."""
        current = self._current
        if current is None or not self._next.empty() or current.event.request_id != request.match_info["id"]:
            return None
        return current

    def _refuse(self, current: _Current, failure: FailureError) -> None:
        self._current = None
        if not current.answer.done():
            current.answer.set_exception(failure)


async def _reported(request: web.Request) -> FailureError:
    """An error in the words of the function's runtime, which are passed on as they are."""
    payload = await request.read()
    kind = request.headers.get("Lambda-Runtime-Function-Error-Type")
    message = ""
    try:
        document = json.loads(payload)
        kind = kind or document.get("errorType")
        message = str(document.get("errorMessage", ""))
    except (ValueError, AttributeError):
        pass  # it may report whatever it wants
    return FailureError(str(kind or "Runtime.Unknown"), message, payload)


def _accepted() -> web.Response:
    return web.json_response({"status": "OK"}, status=202)


def _error(status: int, kind: str, message: str) -> web.Response:
    return web.json_response({"errorMessage": message, "errorType": kind}, status=status)
