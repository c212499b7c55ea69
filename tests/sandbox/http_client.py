"""How the runtime's tests ask: a client of an API, and one inside the VPC."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from sandbox.launch import Sandbox


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


def proxied(sandbox: Sandbox, target: str, **headers: str) -> Answer:
    """As a client inside the VPC asks, with HTTP_PROXY set."""
    parts = urlsplit(sandbox.facts["data_plane_url"])
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=20)
    try:
        connection.request("GET", target, headers=headers)
        return Answer(connection.getresponse())
    finally:
        connection.close()
