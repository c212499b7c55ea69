"""The data plane's listener: one port of 127.0.0.1 for all that is not an AWS API call.

=====================================  =======================================================================
``/<api id>/…``                        an HTTP API
``GET http://<load balancer>:80/…``    a load balancer, by its DNS name: the port is an HTTP forward proxy for
                                       clients inside the VPC
``/_metadata/…``                       the task metadata endpoint, and the credentials of a task's role
``/_sandbox/blobs/sha256:…``           a layer of a pushed image (where GetDownloadUrlForLayer points)
``PUT /_sandbox/clock/forward``        ``python -m sandbox forward``
``PUT /_sandbox/faults``               ``python -m sandbox fault``
``PUT /_sandbox/network/why``          ``python -m sandbox why``
``PUT /_sandbox/network/server``       ``python -m sandbox place`` (`servers.py`)
``PUT /_sandbox/network/client``       a client inside a VPC is announced: how the proxy knows it (`proxy.py`)
=====================================  =======================================================================
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict

from sandbox import forward
from sandbox.clients import Clients
from sandbox.clock import Clock
from sandbox.data_plane import http, metadata, proxy
from sandbox.data_plane.api_gateway import ApiGateway
from sandbox.data_plane.http import Answer
from sandbox.data_plane.load_balancer import LoadBalancers
from sandbox.data_plane.metadata import KnownTask
from sandbox.data_plane.servers import Servers, UnplacedError
from sandbox.data_plane.targets import Targets
from sandbox.faults import command as faults
from sandbox.faults import desk
from sandbox.faults.switch import SWITCH
from sandbox.images import BlobStore
from sandbox.network import place, why
from sandbox.state import Settings
from sandbox.watching.requests import GatewayRequests, Requests

_METADATA = re.compile(r"/_metadata/(?P<task>[^/]+)/v4/(?P<container>[^/]+)(?P<what>/.*)?")
_CREDENTIALS = re.compile(r"/_metadata/(?P<task>[^/]+)/credentials")
_BLOB = re.compile(r"/_sandbox/blobs/(sha256:[0-9a-f]{64})")
IDLE_SECONDS = 2
"""How long a connection to a target is kept for its next request. Shorter than servers keep theirs: one that the target
just closed would look like a failing target. AWS keeps it for the load balancer's idle timeout."""

IN_FLIGHT_SECONDS = 2
"""How long requests in flight have when the sandbox stops."""


class DataPlane:
    """Listens from `run` until its ``stop``."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        clients: Clients,
        targets: Targets,
        blobs: BlobStore,
        find_task: Callable[[str], KnownTask | None],
    ):
        self._settings = settings
        self._clock = clock
        self._clients = clients
        self._targets = targets
        self._blobs = blobs
        self._find_task = find_task
        self._servers = Servers()
        SWITCH.connect(clock.now)

    async def run(self, stop: asyncio.Event) -> None:
        url = urlsplit(self._settings.data_plane_url)
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_SECONDS)
        async with aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
            cookie_jar=aiohttp.DummyCookieJar(),
        ) as session:
            self._balancers = LoadBalancers(self._targets, session, Requests(self._clock))
            self._gateway = ApiGateway(
                self._clients, self._clock, self._balancers, self._settings.account, GatewayRequests(self._clock)
            )
            runner = web.AppRunner(self._application(), access_log=None, shutdown_timeout=IN_FLIGHT_SECONDS)
            await runner.setup()
            try:
                await web.TCPSite(runner, url.hostname, url.port).start()
                await stop.wait()
            finally:
                await runner.cleanup()
                self._servers.close()
                await self._gateway.close()

    def _application(self) -> web.Application:
        @web.middleware
        async def everything(request: web.Request, handler: Handler) -> web.StreamResponse:  # noqa: ARG001
            # No aiohttp routes: a path may be anything, and a proxy's target is not a path at all.
            return await self._handle(request)

        application = web.Application(middlewares=[everything])
        application.on_response_prepare.append(http.only_given_headers)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        target = request.raw_path
        if request.method == "CONNECT":
            answer = proxy.refuse(target)
        elif target.startswith(("http://", "https://")):
            answer = await proxy.forward(request, self._balancers)
        elif match := _METADATA.fullmatch(target):
            answer = self._metadata(match)
        elif match := _CREDENTIALS.fullmatch(target):
            answer = await self._credentials(match["task"], request.headers.get("Authorization", ""))
        elif match := _BLOB.fullmatch(target):
            answer = self._blob(match[1])
        elif request.method == "PUT" and target == forward.PATH:
            answer = await self._move_clock(await request.text())
        elif request.method == "PUT" and target == proxy.CLIENT_PATH:
            answer = http.plain(200, proxy.announce(json.loads(await request.text())))
        elif request.method == "PUT" and target == place.PATH:
            answer = await self._place(await request.text())
        elif request.method == "PUT" and target == faults.PATH:
            answer = await self._switch(await request.text())
        elif request.method == "PUT" and target == why.PATH:
            answer = http.json_document(why.answer(json.loads(await request.text())))
        else:
            return await self._gateway.handle(request)
        return (await http.send(answer, request))[0]

    def _metadata(self, match: re.Match[str]) -> Answer:
        found = metadata.document(self._find_task(match["task"]), match["container"], match["what"] or "")
        return metadata.not_found() if found is None else http.json_document(found)

    async def _credentials(self, task_id: str, token: str) -> Answer:
        task = self._find_task(task_id)
        found = await self._clients.locked(lambda: metadata.credentials(task, token))
        return metadata.not_found() if found is None else http.json_document(found)

    def _blob(self, digest: str) -> Answer:
        path = self._blobs.path(digest)
        if not path.exists():
            return http.plain(404, f"no layer {digest}")
        return Answer(200, CIMultiDict({"Content-Type": "application/octet-stream"}), path.read_bytes())

    async def _place(self, server: str) -> Answer:
        try:
            return http.json_document(await self._servers.place(json.loads(server)))
        except UnplacedError as problem:
            return http.plain(400, str(problem))

    async def _switch(self, asked: str) -> Answer:
        try:
            # Not here: a service's model may have to be read first, and requests must not wait for that.
            return http.json_document(await asyncio.to_thread(desk.answer, json.loads(asked)))
        except desk.RefusedError as problem:
            return http.plain(400, str(problem))

    async def _move_clock(self, seconds: str) -> Answer:
        try:
            await self._clock.forward(float(seconds))
        except ValueError as problem:
            return http.plain(400, str(problem))
        return http.plain(200, f"{self._clock.date():%Y-%m-%dT%H:%M:%SZ}")
