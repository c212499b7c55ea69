"""What is there."""

from __future__ import annotations

from moto.apigatewayv2.models import Api, ApiGatewayV2Backend, apigatewayv2_backends

from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT


def backend_of(call: Call) -> ApiGatewayV2Backend:
    return apigatewayv2_backends[ACCOUNT][call.region]


def api_of(call: Call) -> Api | None:
    return backend_of(call).apis.get(call.params["ApiId"])


def is_http(call: Call) -> bool:
    """Whether the call is about an HTTP API: WebSocket APIs have rules of their own, which are not here."""
    api = api_of(call)
    return api is not None and api.protocol_type == "HTTP"
