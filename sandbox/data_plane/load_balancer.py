"""Application load balancers: from a listener to a target."""

from __future__ import annotations

import asyncio
import random
import re
import time
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from sandbox.data_plane import desync
from sandbox.data_plane.http import Answer, Inbound, NotModelledError, end_to_end, trace_id
from sandbox.data_plane.moto_state import Listener, forward_groups, speaks_http
from sandbox.data_plane.rules import first_match
from sandbox.data_plane.targets import Targets
from sandbox.faults import wire
from sandbox.network import ends, gate
from sandbox.watching.requests import Requests

CONNECT_SECONDS = 10
_SERVER = "awselb/2.0"
_REASONS = {
    400: "Bad Request",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Temporarily Unavailable",
    504: "Gateway Time-out",
}
_DEFAULT_PORTS = (80, 443)
_VALID_NAME = re.compile(r"[-A-Za-z0-9]+")


class LoadBalancers:
    """Every load balancer of the sandbox: they differ in their listeners only."""

    def __init__(self, targets: Targets, session: aiohttp.ClientSession, requests: Requests):
        self._targets = targets
        self._session = session
        self._requests = requests

    async def handle(self, listener: Listener, request: Inbound) -> Answer:
        """Answer as the listener's rules say. Errors are the load balancer's own, marked ``Server: awselb/2.0``."""
        answer = await self._answer(listener, request)
        if answer.upstream is None:
            self._requests.own(listener.arn, answer.status)
        return answer

    async def _answer(self, listener: Listener, request: Inbound) -> Answer:
        if desync.blocks(listener.desync_mode, request):
            return _own(400)
        try:
            rule = first_match(listener.rules, request)
        except NotModelledError as error:
            return _own(501, f"The sandbox does not model the {error}.")
        action = sorted(rule.actions, key=lambda item: item.get("Order") or 0)[-1]
        if len(rule.actions) > 1 or action["Type"] not in ("forward", "fixed-response", "redirect"):
            kinds = ", ".join(item["Type"] for item in rule.actions)
            return _own(501, f"The sandbox does not model the listener action {kinds}.")
        if action["Type"] == "fixed-response":
            return _fixed(action["FixedResponseConfig"])
        if action["Type"] == "redirect":
            return _redirect(action["RedirectConfig"], listener, request)
        return await self._forward(choose_group(forward_groups(action)), listener, request)

    async def _forward(self, group: str | None, listener: Listener, request: Inbound) -> Answer:
        target = self._targets.choose(group) if group else None
        if group is None or target is None:
            return _own(503)
        if not speaks_http(group):
            return _own(501, "The sandbox does not model target groups other than HTTP/1.1.")
        address, port = target
        self._requests.chosen(listener.arn, group, self._targets.sharing(group))
        path = f"{request.path}?{request.query}" if request.query else request.path
        fault = wire.at_target(group, address, listener.vpc)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await gate.connect(listener.nodes, ends.at(address, listener.vpc), port)
                if fault:
                    await wire.connect(fault)
        except ConnectionRefusedError:
            self._requests.unreachable(listener.arn, group)
            return _own(502)
        except TimeoutError:
            self._requests.unreachable(listener.arn, group)
            return _own(504)
        sent = time.monotonic()
        try:
            if fault:
                await wire.receive(fault, listener.idle_timeout)
            upstream = await self._session.request(
                request.method,
                URL(f"http://{address}:{port}{path}", encoded=True),
                headers=_forwarded(listener, request),
                data=request.body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=CONNECT_SECONDS, sock_read=listener.idle_timeout
                ),
            )
        except aiohttp.ClientConnectorError:
            self._requests.unreachable(listener.arn, group)
            return _own(502)
        except aiohttp.ConnectionTimeoutError:
            self._requests.unreachable(listener.arn, group)
            return _own(504)
        except TimeoutError:
            return _own(504)
        except (aiohttp.ClientError, ConnectionError):
            return _own(502)
        self._requests.answered(listener.arn, group, upstream.status, time.monotonic() - sent)
        return Answer(upstream.status, end_to_end(upstream.headers), reason=upstream.reason, upstream=upstream)


def choose_group(groups: list[tuple[str, int]]) -> str | None:
    """One target group by weight; None when every weight is 0."""
    if sum(weight for _, weight in groups) == 0:
        return None
    return random.choices([arn for arn, _ in groups], [weight for _, weight in groups])[0]


def _forwarded(listener: Listener, request: Inbound) -> CIMultiDict[str]:
    """The request's headers as the target gets them."""
    headers = request.headers.copy()
    if listener.drop_invalid_headers:
        headers = CIMultiDict((name, value) for name, value in headers.items() if _VALID_NAME.fullmatch(name))
    if "Host" in headers and not listener.preserve_host:
        headers["Host"] = _host(headers["Host"], listener.port)
    before = headers.get("X-Forwarded-For")
    if listener.forwarded_for == "append":
        headers["X-Forwarded-For"] = f"{before}, {request.source_ip}" if before else request.source_ip
    elif listener.forwarded_for == "remove":
        headers.popall("X-Forwarded-For", None)
    headers["X-Forwarded-Proto"] = listener.protocol.lower()
    headers["X-Forwarded-Port"] = str(listener.port)
    headers["X-Amzn-Trace-Id"] = trace_id(headers)
    return headers


def _host(given: str, port: int) -> str:
    """Behind a default port a host has none; behind another one it has the client's, or else the listener's."""
    name, _, own = given.partition(":")
    if port in _DEFAULT_PORTS:
        return name
    return given if own else f"{name}:{port}"


def _own(status: int, text: str | None = None) -> Answer:
    title = f"{status} {_REASONS[status]}"
    body = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
    body += f"<p>{text}</p>\r\n" if text else ""
    body += "</body>\r\n</html>\r\n"
    headers = CIMultiDict({"Server": _SERVER, "Content-Type": "text/html"})
    return Answer(status, headers, body.encode(), _REASONS[status])


def _fixed(config: dict[str, Any]) -> Answer:
    headers = CIMultiDict({"Server": _SERVER, "Content-Type": config.get("ContentType") or "text/plain; charset=utf-8"})
    return Answer(int(config["StatusCode"]), headers, (config.get("MessageBody") or "").encode())


def _redirect(config: dict[str, Any], listener: Listener, request: Inbound) -> Answer:
    """``#{host}`` and the like stand for the request's own parts, and are the defaults."""
    host = urlsplit("//" + request.headers.get("Host", listener.dns_name)).hostname or listener.dns_name
    own = {
        "protocol": listener.protocol.lower(),
        "host": host,
        "port": str(listener.port),
        "path": request.path.removeprefix("/"),
        "query": request.query,
    }

    def part(name: str, default: str) -> str:
        return re.sub(r"#\{(\w+)\}", lambda match: own[match[1]], config.get(name) or default)

    protocol, port = part("Protocol", "#{protocol}").lower(), part("Port", "#{port}")
    shown = "" if (protocol, port) in (("http", "80"), ("https", "443")) else f":{port}"
    query = part("Query", "#{query}")
    path = quote(part("Path", "/#{path}"), safe="/%:@!$&'()*+,;=~-._")
    location = f"{protocol}://{part('Host', '#{host}')}{shown}{path}" + (f"?{query}" if query else "")
    status = 301 if config["StatusCode"] == "HTTP_301" else 302
    return Answer(status, CIMultiDict({"Server": _SERVER, "Location": location}))
