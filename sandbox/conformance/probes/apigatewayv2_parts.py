"""API Gateway's routes, integrations and stages that cannot be."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, Request, breaks, without, worded
from sandbox.conformance.world import World

_REQUEST_ID = "$context.requestId"


def _route(**changes: Any) -> Request:
    """CreateRoute."""
    return lambda world: {"ApiId": world.api, "RouteKey": "GET /other"} | changes


def _integration(**changes: Any) -> Request:
    """CreateIntegration, through the VPC link."""
    return lambda world: world.integration_settings(**changes)


def _stage(**changes: Any) -> Request:
    """CreateStage."""
    return lambda world: {"ApiId": world.api, "StageName": "other"} | changes


def _log(world: World, destination: str, line: str) -> dict[str, Any]:
    """CreateStage, with an access log."""
    return _stage(AccessLogSettings={"DestinationArn": destination, "Format": line})(world)


PROBES: list[Probe] = [
    worded(
        "cors_credentials_are_for_anyone",
        "CreateApi",
        lambda world: {
            "Name": f"{world.name}-x",
            "ProtocolType": "HTTP",
            "CorsConfiguration": {"AllowOrigins": ["*"], "AllowCredentials": True},
        },
    ),
    # Routes
    worded("route_target_is_malformed", "CreateRoute", _route(Target="somewhere")),
    breaks("route_leads_nowhere", "CreateRoute", _route(Target="integrations/0123456")),
    worded("route_has_no_authorizer", "CreateRoute", _route(AuthorizationType="JWT", AuthorizerId="012345")),
    worded("route_wants_an_api_key", "CreateRoute", _route(ApiKeyRequired=True)),
    # Integrations and VPC links
    worded("integration_is_no_proxy", "CreateIntegration", _integration(IntegrationType="HTTP")),
    worded(
        "integration_has_no_method",
        "CreateIntegration",
        lambda world: without(world.integration_settings(), "IntegrationMethod"),
    ),
    worded("integration_has_another_payload", "CreateIntegration", _integration(PayloadFormatVersion="2.0")),
    worded(
        "integration_names_no_vpc_link",
        "CreateIntegration",
        lambda world: without(world.integration_settings(), "ConnectionId"),
    ),
    breaks("integrations_vpc_link_is_gone", "CreateIntegration", _integration(ConnectionId="012345")),
    worded(
        "integration_changes_something_else",
        "CreateIntegration",
        _integration(RequestParameters={"change:header.color": "blue"}),
    ),
    worded("vpc_link_has_no_subnet", "CreateVpcLink", lambda world: {"Name": f"{world.name}-x", "SubnetIds": []}),
    # Stages
    worded("stage_name_has_other_characters", "CreateStage", _stage(StageName="other stage")),
    worded(
        "stage_has_settings_for_no_route",
        "CreateStage",
        _stage(RouteSettings={"GET /gone": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1.0}}),
    ),
    worded(
        "access_log_tells_no_request",
        "CreateStage",
        lambda world: _log(world, world.arn("logs", f"log-group:{world.log_group}"), "$context.path"),
    ),
    worded(
        "access_log_goes_elsewhere",
        "CreateStage",
        lambda world: _log(world, world.arn("firehose", f"deliverystream/{world.name}"), _REQUEST_ID),
    ),
]
