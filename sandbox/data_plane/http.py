"""A request on its way through the data plane, and the answer on its way back, independent of who relays them."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy

_HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


class NotModelledError(Exception):
    """Something a load balancer or an API is set to do, and the sandbox does not."""


@dataclass(frozen=True)
class Inbound:
    """A request as one hop receives it. Its body can be read once."""

    method: str
    path: str
    """As sent: percent-encoded, without the query."""

    query: str
    headers: CIMultiDict[str]
    source_ip: str
    body: AsyncIterator[bytes] | None

    def with_headers(self, headers: CIMultiDict[str], **changes: Any) -> Inbound:
        return replace(self, headers=headers, **changes)


@dataclass
class Answer:
    """An answer whose body may still be on its way (`upstream`)."""

    status: int
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)
    body: bytes = b""
    reason: str | None = None
    upstream: aiohttp.ClientResponse | None = None

    def close(self) -> None:
        if self.upstream is not None:
            self.upstream.close()


def inbound(request: web.Request, path: str, query: str) -> Inbound:
    return Inbound(
        method=request.method,
        path=path,
        query=query,
        headers=end_to_end(request.headers),
        source_ip=request.remote or "127.0.0.1",
        body=request.content.iter_any() if request.body_exists else None,
    )


def end_to_end(headers: CIMultiDict[str] | CIMultiDictProxy[str]) -> CIMultiDict[str]:
    """Without what concerns one connection only."""
    named = {name.strip().lower() for value in headers.getall("Connection", []) for name in value.split(",")}
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in _HOP_BY_HOP | named)


def json_answer(status: int, message: str) -> Answer:
    return Answer(status, CIMultiDict({"Content-Type": "application/json"}), json.dumps({"message": message}).encode())


def json_document(document: dict[str, Any]) -> Answer:
    return Answer(200, CIMultiDict({"Content-Type": "application/json"}), json.dumps(document).encode())


def plain(status: int, text: str) -> Answer:
    return Answer(status, CIMultiDict({"Content-Type": "text/plain; charset=utf-8"}), text.encode() + b"\n")


def trace_id(headers: CIMultiDict[str]) -> str:
    """The trace header with this hop in it."""
    own = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    given = headers.get("X-Amzn-Trace-Id")
    if given is None:
        return f"Root={own}"
    return f"Self={own};" + ";".join(part for part in given.split(";") if not part.startswith("Self="))


async def send(answer: Answer, request: web.Request) -> tuple[web.StreamResponse, int]:
    """Pass an answer on to the client as it arrives; also returns the length of its body."""
    response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=answer.headers)
    response["given"] = {name.lower() for name in answer.headers}
    if answer.upstream is None:
        response.content_length = len(answer.body)
    length = 0
    try:
        await response.prepare(request)
        if answer.upstream is None:
            length = len(answer.body)
            if request.method != "HEAD":
                await response.write(answer.body)
        else:
            async for chunk in answer.upstream.content.iter_any():
                length += len(chunk)
                await response.write(chunk)
        await response.write_eof()
    except (aiohttp.ClientError, TimeoutError):
        # The head is sent already: all that is left is to let the client see that the rest never came.
        if request.transport is not None:
            request.transport.abort()
    except ConnectionError:
        pass  # the client went away
    finally:
        answer.close()
    return response, length


async def only_given_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """A signal of aiohttp: take out what it adds by itself, so that clients see what the target sent."""
    for name in ("Server", "Content-Type"):
        if name.lower() not in response.get("given", ()):
            response.headers.pop(name, None)
