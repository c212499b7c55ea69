"""APIs and their stages: names, access logs and settings."""

from __future__ import annotations

import re
from functools import partial

from sandbox.aws.model.request import Call
from sandbox.aws.rules.apigatewayv2.found import api_of, is_http
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

_stage = partial(rule, "apigatewayv2", "CreateStage", "UpdateStage", code="BadRequestException", coded=False)


@rule(
    "apigatewayv2",
    *("CreateApi", "UpdateApi"),
    code="BadRequestException",
    source=tried("apigatewayv2/pf-apigwv2-cors-credentials-wildcard"),
    says="Credentials are for origins that are named.",
    quote="allow-credentials is not supported if 'allow-origin' is *",
    coded=False,
)
def cors_credentials_are_for_anyone(call: Call) -> bool:
    cors = call.params.get("CorsConfiguration") or {}
    return bool(cors.get("AllowCredentials")) and "*" in (cors.get("AllowOrigins") or [])


@rule(
    "apigatewayv2",
    "CreateStage",
    code="BadRequestException",
    source=tried("apigatewayv2/pf-apigwv2-stage-name-charset"),
    says="A stage's name is of letters, digits and underscores. (Hyphens, which a page allows, pass.)",
    quote="Stage name only allows a-zA-Z0-9_",
    coded=False,
)
def stage_name_has_other_characters(call: Call) -> bool:
    name = call.params["StageName"]
    return name != "$default" and re.fullmatch(r"[a-zA-Z0-9_-]+", name) is None


@rule(
    "apigatewayv2",
    "CreateStage",
    code="ConflictException",
    status=409,
    source="https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html",
    says="An API has a stage of a name once.",
    quote="The resource already exists.",
    worded=False,
)
def stage_name_is_taken(call: Call) -> str | None:
    api, name = api_of(call), call.params["StageName"]
    return f"Stage {name} already exists" if api and name in api.stages else None


@_stage(
    source=tried("apigatewayv2/pf-apigwv2-stage-route-settings-key"),
    says="Settings are for routes that the API has.",
    quote="within the provided RouteSettings",
)
def stage_has_settings_for_no_route(call: Call) -> str | None:
    api = api_of(call)
    known = {route.route_key for route in api.routes.values()} if api else set()
    for key in (call.params.get("RouteSettings") or {}) if api else {}:
        if key not in known:
            return f"Unable to find Route by key {key} within the provided RouteSettings"
    return None


@_stage(
    source=tried("apigatewayv2/pf-apigwv2-access-log-format-request-id"),
    says="A line of an access log tells its request.",
    quote="Access Log format must include either $context.requestId or $context.extendedRequestId",
)
def access_log_tells_no_request(call: Call) -> str | None:
    written = (call.params.get("AccessLogSettings") or {}).get("Format")
    if not written or not is_http(call) or re.search(r"\$context\.(requestId|extendedRequestId)\b", written):
        return None
    return (
        "The following errors are found in Access Log Format: Access Log format must include either $context.requestId "
        f"or $context.extendedRequestId : '{written}'"
    )


@_stage(
    source=tried("apigatewayv2/pf-apigwv2-access-log-destination-log-group"),
    says="Access logs are written to log groups only.",
    quote="Access log destination must only contain characters a-z, A-Z, 0-9, '_', '-', '/', '.':",
)
def access_log_goes_elsewhere(call: Call) -> str | None:
    arn = (call.params.get("AccessLogSettings") or {}).get("DestinationArn")
    if not arn or ":log-group:" in arn:
        return None
    # arn:aws:firehose:REGION:ACCOUNT:deliverystream/NAME
    name = arn.split(":", 5)[-1]
    return f"Access log destination must only contain characters a-z, A-Z, 0-9, '_', '-', '/', '.': '{name}'"
