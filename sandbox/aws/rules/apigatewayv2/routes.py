"""Routes: keys that can be told apart, and where they lead."""

from __future__ import annotations

import re
from functools import partial

from moto.apigatewayv2.models import Route

from sandbox.aws.model.request import Call
from sandbox.aws.rules.apigatewayv2.found import api_of, is_http
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule


def _other_routes(call: Call) -> list[Route]:
    api = api_of(call)
    return [route for route in api.routes.values() if route.route_id != call.params.get("RouteId")] if api else []


@rule(
    "apigatewayv2",
    *("CreateRoute", "UpdateRoute"),
    code="ConflictException",
    status=409,
    source="https://github.com/anomalyco/sst/issues/5031",
    says="An API has a route key once.",
    quote="Route with key ANY /{proxy+} already exists for this API",
)
def route_key_is_taken(call: Call) -> str | None:
    key = call.params.get("RouteKey")
    taken = key in [route.route_key for route in _other_routes(call)]
    return f"Route with key {key} already exists for this API" if taken else None


@rule(
    "apigatewayv2",
    *("CreateRoute", "UpdateRoute"),
    code="ConflictException",
    status=409,
    source="https://github.com/plutomi/plutomi/issues/271",
    says="Routes of one method whose paths differ in nothing but a variable's name cannot be told apart. (Seen for "
    "paths that are otherwise equal; whether a common beginning is enough is not known, and passes here.)",
    quote="has a conflicting variable on the same hierarchical level as",
)
def route_variable_conflicts(call: Call) -> str | None:
    key = call.params.get("RouteKey")
    for route in _other_routes(call):
        if key and key != route.route_key and _shape(key) == _shape(route.route_key):
            return (
                f'The provided route key "{key}" has a conflicting variable on the same hierarchical level as '
                f'"{route.route_key}"'
            )
    return None


def _shape(route_key: str) -> list[str]:
    """A route key without the names of its variables."""
    parts = route_key.split("/")
    return [("{+}" if part.endswith("+}") else "{}") if part.startswith("{") else part for part in parts]


# What a route may be -------------------------------------------------------------------------------------------------

_METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

_route = partial(rule, "apigatewayv2", "CreateRoute", "UpdateRoute", code="BadRequestException", coded=False)


_TARGET = re.compile(r"integrations/([^/]+)")


def _name(call: Call) -> str:
    """What AWS calls the route in its answers: a new one has no id yet."""
    return str(call.params.get("RouteId", "null"))


@_route(
    source=tried("apigatewayv2/pf-apigwv2-http-route-key"),
    says="A route of an HTTP API is a method and a path, or all that is left.",
    quote='The provided route key is not formatted properly for HTTP protocol. Format should be "[HTTP METHOD] '
    '/[RESOURCE PATH]" or "$default"',
)
def route_key_is_malformed(call: Call) -> bool:
    key = call.params.get("RouteKey")
    if key is None or not is_http(call) or key == "$default":
        return False
    return re.fullmatch(rf"({'|'.join(_METHODS)}) /.*", key) is None


@_route(
    source=tried("apigatewayv2/pf-apigwv2-route-target-format"),
    says="A route leads to an integration.",
    quote="Correct format should be integrations/<integration_id>.",
)
def route_target_is_malformed(call: Call) -> str | None:
    target = call.params.get("Target")
    if not target or _TARGET.fullmatch(target):
        return None
    right = "Correct format should be integrations/<integration_id>."
    return f"Unexpected or malformed target in route {_name(call)}. {right}"


@_route(
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html",
    says="A route leads to an integration of its API. (That another is refused is likely, and not seen.)",
    quote="A route integration routes",
    worded=False,
)
def route_leads_nowhere(call: Call) -> str | None:
    api, target = api_of(call), _TARGET.fullmatch(call.params.get("Target") or "")
    if api is None or target is None or target[1] in api.integrations:
        return None
    return f"Invalid integration identifier specified in route {_name(call)}: {target[1]}"


@_route(
    source=tried("apigatewayv2/pf-apigwv2-route-jwt-authorizer-id"),
    says="A route that asks for a token has an authorizer that knows tokens.",
    quote="Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.",
)
def route_has_no_authorizer(call: Call) -> bool:
    api = api_of(call)
    if api is None or call.params.get("AuthorizationType") != "JWT":
        return False
    authorizer = api.authorizers.get(call.params.get("AuthorizerId"))
    return authorizer is None or authorizer.authorizer_type != "JWT"


@_route(
    source=tried("apigatewayv2/pf-apigwv2-http-route-no-api-key"),
    says="HTTP APIs know no API keys.",
    quote="ApiKeyRequired is not currently supported for HTTP APIs. Please set ApiKeyRequired to false for route",
)
def route_wants_an_api_key(call: Call) -> str | None:
    if not call.params.get("ApiKeyRequired") or not is_http(call):
        return None
    return (
        "ApiKeyRequired is not currently supported for HTTP APIs. Please set ApiKeyRequired to false for route "
        f"{_name(call)}"
    )
