"""How the runtime's tests ask: a client of an API, and one inside the VPC."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from sandbox.launch import Sandbox
from tests.sandbox.networks import network
from tests.sandbox.running_stack import clients_of

CLIENT_PATH = "/_sandbox/network/client"
ADDRESS = "10.0.0.200"
"""Of a client inside the VPC: in the first subnet of the tests' networks."""


class Answer:
    def __init__(self, response: http.client.HTTPResponse):
        self.status, self.reason = response.status, response.reason
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


def ask(url: str, method: str = "GET", body: Any = None, **headers: str) -> Answer:
    parts = urlsplit(url)
    assert parts.hostname
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, body, names)
        return Answer(connection.getresponse())
    finally:
        connection.close()


@cache
def admitted(sandbox: Sandbox, subnet: str, group: str) -> str:
    """The proof by which the forward proxy knows a client that is in this subnet, with this security group."""
    facts = sandbox.facts
    place = {"name": "test client", "address": ADDRESS, "region": facts["region"], "subnet": subnet, "groups": [group]}
    return ask(f"{facts['data_plane_url']}{CLIENT_PATH}", "PUT", json.dumps(place)).body.decode().strip()


def proxied(sandbox: Sandbox, target: str, **headers: str) -> Answer:
    """As a function inside the VPC asks that tests share, with HTTP_PROXY set."""
    shared = network(clients_of(sandbox))
    return through_proxy(sandbox, target, admitted(sandbox, shared.subnets[0], shared.functions), headers)


def through_proxy(
    sandbox: Sandbox, target: str, proof: str | None, headers: Mapping[str, str] | None = None, timeout: float = 20
) -> Answer:
    """As a client asks that shows this; None is one outside every VPC."""
    parts = urlsplit(sandbox.facts["data_plane_url"])
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=timeout)
    shown = {"Proxy-Authorization": f"Basic {base64.b64encode(proof.encode()).decode()}"} if proof else {}
    try:
        connection.request("GET", target, headers={**(headers or {}), **shown})
        return Answer(connection.getresponse())
    finally:
        connection.close()
