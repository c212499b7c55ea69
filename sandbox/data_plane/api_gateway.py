"""API Gateway, HTTP APIs: from a route to its private integration."""

from __future__ import annotations

import asyncio
import base64
import re
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from sandbox.access import services, sessions
from sandbox.clients import Clients
from sandbox.clock import Clock
from sandbox.data_plane import http, mapping, moto_state
from sandbox.data_plane.http import Answer, Inbound, NotModelledError, json_answer
from sandbox.data_plane.load_balancer import LoadBalancers
from sandbox.data_plane.moto_state import Api
from sandbox.data_plane.routes import choose_route
from sandbox.faults import wire
from sandbox.log_stream import LogStream
from sandbox.network import ends, gate
from sandbox.network.idle_links import AVAILABLE
from sandbox.watching.requests import GatewayRequests

MAX_TIMEOUT_MS = 30_000
_CONTEXT = re.compile(r"\$context\.([\w.]+)")


@dataclass
class _Exchange:
    """One request, and what its access log line will say."""

    api: Api
    account: str
    stage_name: str
    path: str
    """With the stage, when it has a name."""

    route_path: str
    request: Inbound
    started: float = field(default_factory=time.monotonic)
    request_id: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(11)).decode())
    route_key: str = ""
    integration_status: int | None = None
    integration_seconds: float | None = None
    error: str = ""
    """AWS's ``integrationErrorMessage``; here also what the sandbox does not model."""

    def context(self) -> dict[str, str]:
        now = datetime.now(UTC)
        domain = f"{self.api.id}.execute-api.{self.api.region}.amazonaws.com"
        latency = None if self.integration_seconds is None else str(int(self.integration_seconds * 1000))
        status = None if self.integration_status is None else str(self.integration_status)
        agent = self.request.headers.get("User-Agent")
        values = {
            "accountId": self.account,
            "apiId": self.api.id,
            "domainName": domain,
            "domainPrefix": self.api.id,
            "error.message": self.error,
            "extendedRequestId": self.request_id,
            "httpMethod": self.request.method,
            "identity.sourceIp": self.request.source_ip,
            "identity.userAgent": agent,
            "integration.error": self.error,
            "integration.integrationStatus": status,
            "integration.latency": latency,
            "integration.status": status,
            "integrationErrorMessage": self.error,
            "integrationLatency": latency,
            "integrationStatus": status,
            "path": self.path,
            "protocol": "HTTP/1.1",
            "requestId": self.request_id,
            "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
            "requestTimeEpoch": str(int(now.timestamp())),
            "routeKey": self.route_key,
            "stage": self.stage_name,
        }
        return {name: value for name, value in values.items() if value}


class ApiGateway:
    """Every HTTP API of the sandbox, each below ``/<api id>``."""

    def __init__(
        self, clients: Clients, clock: Clock, balancers: LoadBalancers, account: str, requests: GatewayRequests
    ):
        self._clock = clock
        self._delivery = clients.by(sessions.of_service(services.LOG_DELIVERY))
        self._balancers = balancers
        self._account = account
        self._requests = requests
        self._log_streams: dict[tuple[str, str, str], LogStream] = {}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer the request. The access log line is written once the answer is out."""
        raw, _, query = request.raw_path.partition("?")
        api_id, _, rest = raw.removeprefix("/").partition("/")
        path = "/" + rest
        api = moto_state.api(api_id)
        if api is None:
            return (await http.send(json_answer(404, "Not Found"), request))[0]
        # A stage with a name is the first segment; $default has the root.
        first, _, below = rest.partition("/")
        stage_name, route_path = (first, "/" + below) if first in api.stages else ("$default", path)
        exchange = _Exchange(api, self._account, stage_name, path, route_path, http.inbound(request, path, query))
        answer = await self._answer(exchange)
        self._requests.answered(
            *(api.region, api_id, stage_name, answer.status),
            *(time.monotonic() - exchange.started, exchange.integration_seconds),
        )
        answer.headers["Apigw-Requestid"] = exchange.request_id
        response, length = await http.send(answer, request)
        self._log(exchange, answer.status, length)
        return response

    async def _answer(self, exchange: _Exchange) -> Answer:
        api, request = exchange.api, exchange.request
        routes = {route.route_key: route for route in api.routes}
        choice = choose_route(routes, request.method, exchange.route_path)
        if exchange.stage_name not in api.stages or (choice is None and not _is_preflight(request, api)):
            return json_answer(404, "Not Found")
        if _is_preflight(request, api):
            return _not_modelled(exchange, "CORS")
        assert choice is not None
        exchange.route_key, variables = choice
        route = routes[exchange.route_key]
        if (route.authorization_type or "NONE") != "NONE":
            return _not_modelled(exchange, f"authorization {route.authorization_type} (route {exchange.route_key})")
        integration = api.integrations.get((route.target or "").removeprefix("integrations/"))
        if integration is None:
            exchange.error = "the route has no integration"
            return json_answer(500, "Internal Server Error")
        return await self._integrate(exchange, integration, variables)

    async def _integrate(self, exchange: _Exchange, integration: Any, variables: dict[str, str]) -> Answer:
        if integration.integration_type != "HTTP_PROXY" or integration.connection_type != "VPC_LINK":
            kind = f"{integration.integration_type} over {integration.connection_type or 'INTERNET'}"
            return _not_modelled(exchange, f"{kind} integrations")
        if ":listener/" not in (integration.integration_uri or ""):
            return _not_modelled(exchange, f"integrations with {integration.integration_uri}")
        if integration.response_parameters:
            return _not_modelled(exchange, "response parameters of integrations")
        method = integration.integration_method or "ANY"
        outgoing = exchange.request.with_headers(
            _gateway_headers(exchange), method=exchange.request.method if method == "ANY" else method
        )
        stage = exchange.api.stages[exchange.stage_name]
        values = mapping.Values(
            path=exchange.route_path,
            path_variables=variables,
            context=exchange.context(),
            stage_variables=stage.stage_variables or {},
            request=outgoing,
        )
        try:
            outgoing = mapping.apply(integration.request_parameters or {}, values)
        except NotModelledError as error:
            return _not_modelled(exchange, str(error))
        listener = moto_state.listener(integration.integration_uri)
        if listener is None:
            exchange.error = f"there is no listener {integration.integration_uri}"
            return json_answer(503, "Service Unavailable")
        link = ends.link(exchange.api.region, integration.connection_id)
        if not link:
            exchange.error = f"there is no VPC link {integration.connection_id}"
            return json_answer(503, "Service Unavailable")
        status = ends.idleness(exchange.api.region, integration.connection_id).use(self._clock.now())
        if status is not AVAILABLE:
            exchange.error = f"VPC link {integration.connection_id} is {status.name}"
            return json_answer(503, "Service Unavailable")
        # What the load balancer takes for its client.
        outgoing = replace(outgoing, source_ip=link[0].address)
        before = time.monotonic()
        limit = min(integration.timeout_in_millis or MAX_TIMEOUT_MS, MAX_TIMEOUT_MS) / 1000
        try:
            async with asyncio.timeout(limit):
                await gate.connect(link, listener.nodes, listener.port)
                if fault := wire.at_listener(listener.arn):
                    await wire.connect(fault)
                    await wire.receive(fault)
                answer = await self._balancers.handle(listener, outgoing)
        except TimeoutError:
            # An HTTP API says 503 here (https://github.com/cortexlabs/cortex/issues/1226), whatever kept it waiting;
            # "Endpoint request timed out" (504) is what a REST API says.
            exchange.error = "The integration timed out"
            return json_answer(503, "Service Unavailable")
        except ConnectionError as problem:
            exchange.error = str(problem)
            return json_answer(503, "Service Unavailable")
        finally:
            exchange.integration_seconds = time.monotonic() - before
        exchange.integration_status = answer.status
        return answer

    def _log(self, exchange: _Exchange, status: int, length: int) -> None:
        """The stage's access log line, in the stage's own format."""
        stage = exchange.api.stages.get(exchange.stage_name)
        settings = (stage.access_log_settings if stage else None) or {}
        arn, template = settings.get("destinationArn", ""), settings.get("format", "")
        # arn:aws:logs:region:account:log-group:NAME, perhaps with :* behind it
        parts = arn.split(":")
        if not template or len(parts) < 7 or parts[2] != "logs":
            return
        values = exchange.context() | {
            "status": str(status),
            "responseLength": str(length),
            "responseLatency": str(int((time.monotonic() - exchange.started) * 1000)),
        }
        line = _CONTEXT.sub(lambda match: values.get(match[1], "-"), template)
        key = (arn, exchange.api.id, exchange.stage_name)
        if key not in self._log_streams:
            name = f"{exchange.api.id}/{exchange.stage_name}"
            self._log_streams[key] = LogStream(self._delivery, parts[3], parts[6], name)
        self._log_streams[key].write(line)

    async def close(self) -> None:
        """Send the last access log lines."""
        for stream in self._log_streams.values():
            await stream.flush()


def _gateway_headers(exchange: _Exchange) -> CIMultiDict[str]:
    """What API Gateway changes on the way in.

    The client's address is in ``Forwarded`` only, in the form that backends of private integrations report
    (https://github.com/pbojinov/request-ip/issues/70, https://github.com/aliasunder/vault-cortex/pull/484). A request
    without a body gets ``Content-Length: 0``, also when it is a GET, and some Content-Type
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html).
    """
    request = exchange.request
    headers = request.headers.copy()
    host = f"{exchange.api.id}.execute-api.{exchange.api.region}.amazonaws.com"
    headers["Host"] = host
    chain = headers.popall("Forwarded", [])
    for value in headers.popall("X-Forwarded-For", []):
        chain += [f"for={address.strip()}" for address in value.split(",")]
    headers.popall("X-Forwarded-Host", None)
    headers.popall("X-Forwarded-Proto", None)
    headers["Forwarded"] = ",".join([*chain, f"for={request.source_ip};host={host};proto=https"])
    headers["X-Amzn-Trace-Id"] = http.trace_id(headers)
    headers["Via"] = "HTTP/1.1 AmazonAPIGateway"
    if request.body is None:
        headers["Content-Length"] = "0"
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    return headers


def _is_preflight(request: Inbound, api: Api) -> bool:
    return bool(api.cors) and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers


def _not_modelled(exchange: _Exchange, what: str) -> Answer:
    exchange.error = f"The sandbox does not model {what}."
    return json_answer(501, exchange.error)
