"""The forward proxy: how clients inside a VPC reach a load balancer by its name, which resolves nowhere.

A client shows where it is by the user information of its proxy's URL: ``HTTP_PROXY=http://ID:SECRET@127.0.0.1:4567/``.
One that shows nothing is outside every VPC.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from aiohttp import web

from sandbox.access.model import Place
from sandbox.data_plane import http, moto_state
from sandbox.data_plane.http import Answer
from sandbox.data_plane.load_balancer import LoadBalancers
from sandbox.data_plane.moto_state import Listener
from sandbox.faults import wire
from sandbox.network import ends, gate
from sandbox.network.model import Internet

CLIENT_PATH = "/_sandbox/network/client"

OUTSIDE = Internet("a client outside the VPC")


def url(data_plane_url: str, proof: str | None) -> str:
    """What a client's ``HTTP_PROXY`` is; without a proof, of a client outside every VPC."""
    parts = urlsplit(f"{data_plane_url}/")
    return urlunsplit(parts._replace(netloc=f"{proof}@{parts.netloc}")) if proof else parts.geturl()


def announce(given: dict[str, Any]) -> str:
    """The proof of a program that plays a client in a VPC: ``{"name", "region", "subnet", "address", "groups"}``."""
    groups, address = tuple(given["groups"]), given["address"]
    return ends.admit(ends.interface(given["region"], given["name"], given["subnet"], groups, address=address))


async def forward(request: web.Request, balancers: LoadBalancers) -> Answer:
    """The load balancer's answer. Where there is no way to it, none: until the client gives up."""
    target = urlsplit(request.raw_path)
    if target.scheme != "http" or target.hostname is None:
        return refuse(request.raw_path)
    port = target.port or 80
    try:
        listener = moto_state.listener_at(target.hostname, port)
    except LookupError:
        return refuse(target.hostname)
    if listener is None:
        return http.plain(502, f"{target.hostname} has no listener on port {port}: on AWS, no answer at all")
    place = _place(request.headers.get("Proxy-Authorization", ""))
    if not await _connect(request, place or OUTSIDE, listener):
        return http.plain(504, "the client has gone")
    inbound = http.inbound(request, target.path or "/", target.query)
    if place is not None:
        inbound = replace(inbound, source_ip=place.address)
    # A proxy would write the Host anew. Here it stands for the network, on which no one does.
    inbound.headers.setdefault("Host", target.netloc)
    return await balancers.handle(listener, inbound)


def refuse(target: str) -> Answer:
    return http.plain(502, f"the sandbox's forward proxy reaches its own load balancers only, by HTTP; not {target}")


def _place(authorization: str) -> Place | None:
    kind, _, encoded = authorization.partition(" ")
    try:
        proof = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return ends.client(proof) if kind.lower() == "basic" else None


async def _reach(source: Place | Internet, listener: Listener) -> None:
    """Raises ConnectionError where the listener refuses or resets."""
    await gate.connect(source, listener.nodes, listener.port)
    if fault := wire.at_listener(listener.arn):
        await wire.connect(fault)
        await wire.receive(fault)


async def _connect(request: web.Request, source: Place | Internet, listener: Listener) -> bool:
    """Whether the connection was made before the client went away."""
    connecting = asyncio.ensure_future(_reach(source, listener))
    try:
        while not connecting.done():
            if request.transport is None or request.transport.is_closing():
                return False
            await asyncio.wait({connecting}, timeout=gate.AGAIN_SECONDS)
        if connecting.exception() is not None and request.transport is not None:
            request.transport.abort()
        return connecting.exception() is None
    finally:
        connecting.cancel()
