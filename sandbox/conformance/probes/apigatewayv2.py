"""API Gateway's HTTP APIs: routes that are the same, integrations that lead nowhere, defaults, and what stays."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, Request, answered, breaks, refused
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/apigatewayv2/latest/api-reference"
_CLI = "https://docs.aws.amazon.com/cli/latest/reference/apigatewayv2"
"""Its pages end with examples of answers."""
_PROVIDER = (
    "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/apigatewayv2/integration_test.go"
)
"""Terraform's provider is tested against AWS."""

_NOBODY = "0123456789"


def _api(**changes: Any) -> Request:
    """CreateApi."""
    return lambda world: {"Name": f"{world.name}-x", "ProtocolType": "HTTP"} | changes


def _route(key: str) -> Request:
    """CreateRoute, beside the world's two."""
    return lambda world: {"ApiId": world.api, "RouteKey": key} if world.route and world.other_route else {}


def _changed_route(key: str) -> Request:
    """UpdateRoute."""
    return lambda world: _route(key)(world) | {"RouteId": world.other_route}


def _plain_integration(**changes: Any) -> Request:
    """CreateIntegration, to an address on the internet."""
    return lambda world: (
        {
            "ApiId": world.api,
            "IntegrationType": "HTTP_PROXY",
            "IntegrationMethod": "ANY",
            "IntegrationUri": "https://example.com/",
            "PayloadFormatVersion": "1.0",
        }
        | changes
    )


def _part(name: str, value: str) -> Request:
    """Of an API that is there."""
    return lambda world: {"ApiId": world.api, name: value}


def _arn(world: World, rest: str) -> str:
    return f"arn:aws:apigateway:{world.account.region}::/{rest}"


def _tagged(world: World, rest: str) -> dict[str, Any]:
    arn = _arn(world, rest)
    world.account.call("apigatewayv2", "TagResource", ResourceArn=arn, Tags={"color": "blue"})
    return {"ResourceArn": arn}


PROBES: list[Probe] = [
    # APIs
    answered(
        "apigatewayv2",
        "CreateApi",
        "an HTTP API selects routes by method and path",
        _api(),
        {
            "[ProtocolType, RouteSelectionExpression]": ["HTTP", "$request.method $request.path"],
            "ApiKeySelectionExpression": "$request.header.x-api-key",
        },
        f"{_CLI}/create-api.html",
    ),
    answered(
        "apigatewayv2",
        "CreateApi",
        "an API can be asked at its own address",
        _api(),
        {"DisableExecuteApiEndpoint": False},
        f"{_API}/apis.html",
    ),
    answered(
        "apigatewayv2",
        "GetApi",
        "an API has the tags that it was given",
        lambda world: (_tagged(world, f"apis/{world.api}"), {"ApiId": world.api})[1],
        {"Tags.color": "blue"},
        f"{_API}/tags-resource-arn.html",
    ),
    refused(
        "apigatewayv2",
        "CreateApi",
        "an API has a name",
        lambda _: {"ProtocolType": "HTTP"},
        "BadRequestException",
        f"{_API}/apis.html",
    ),
    # Routes
    breaks("route_key_is_malformed", "CreateRoute", _route("GET/items"), "a new route"),
    breaks("route_key_is_malformed", "UpdateRoute", _changed_route("GET/items"), "a changed route"),
    breaks("route_key_is_taken", "CreateRoute", _route("GET /items/{id}"), "a new route"),
    breaks("route_key_is_taken", "UpdateRoute", _changed_route("GET /items/{id}"), "a changed route"),
    breaks("route_variable_conflicts", "CreateRoute", _route("GET /items/{name}"), "a new route"),
    breaks("route_variable_conflicts", "UpdateRoute", _changed_route("GET /items/{name}"), "a changed route"),
    answered(
        "apigatewayv2",
        "CreateRoute",
        "a route is open, and leads nowhere, until something else is asked for",
        _route("GET /open"),
        {"[ApiKeyRequired, AuthorizationType, RouteKey, Target]": [False, "NONE", "GET /open", None]},
        f"{_CLI}/create-route.html",
    ),
    answered(
        "apigatewayv2",
        "CreateRoute",
        "an API has a route for all that has none",
        _route("$default"),
        {"RouteKey": "$default"},
        f"{_CLI}/create-route.html",
    ),
    refused(
        "apigatewayv2",
        "CreateRoute",
        "a route has a key",
        lambda world: {"ApiId": world.api},
        "BadRequestException",
        "https://github.com/goldstack/goldstack/issues/42",
    ),
    # Integrations
    breaks(
        "private_integration_leads_to_no_listener",
        "CreateIntegration",
        lambda world: world.integration_settings(IntegrationUri=world.load_balancer),
        "a new integration",
        "integration uri should be a valid ELB listener ARN",
    ),
    breaks(
        "private_integration_leads_to_no_listener",
        "UpdateIntegration",
        lambda world: {
            "ApiId": world.api,
            "IntegrationId": world.integration,
            "ConnectionType": "VPC_LINK",
            "ConnectionId": world.vpc_link,
            "IntegrationUri": world.load_balancer,
        },
        "a changed integration",
        "integration uri should be a valid ELB listener ARN",
    ),
    answered(
        "apigatewayv2",
        "CreateIntegration",
        "an integration is on the internet and has 30 seconds",
        _plain_integration(),
        {"[ConnectionType, ConnectionId, TimeoutInMillis, PayloadFormatVersion]": ["INTERNET", None, 30000, "1.0"]},
        _PROVIDER,
    ),
    answered(
        "apigatewayv2",
        "GetIntegration",
        "an integration through a VPC link leads to the listener that it was given",
        lambda world: {"ApiId": world.api, "IntegrationId": world.integration},
        {
            "[ConnectionType, ConnectionId, IntegrationUri]": lambda world: [
                "VPC_LINK",
                world.vpc_link,
                world.production_listener,
            ]
        },
        f"{_API}/apis-apiid-integrations-integrationid.html",
    ),
    refused(
        "apigatewayv2",
        "CreateIntegration",
        "an integration has 30 seconds at most",
        _plain_integration(TimeoutInMillis=30001),
        "BadRequestException",
        f"{_API}/apis-apiid-integrations.html",
    ),
    refused(
        "apigatewayv2",
        "CreateIntegration",
        "an integration is on the internet or behind a VPC link",
        _plain_integration(ConnectionType="VPN"),
        "BadRequestException",
        f"{_API}/apis-apiid-integrations.html",
    ),
    # Stages
    answered(
        "apigatewayv2",
        "CreateStage",
        "a stage has no detailed metrics, and nothing of its own",
        lambda world: {"ApiId": world.api, "StageName": "plain"},
        {
            "DefaultRouteSettings.DetailedMetricsEnabled": False,
            "[RouteSettings, StageVariables, Tags]": [{}, {}, {}],
            "[AccessLogSettings, DeploymentId]": [None, None],
        },
        f"{_CLI}/create-stage.html",
    ),
    answered(
        "apigatewayv2",
        "GetStage",
        "a stage has the tags that it was given",
        lambda world: (
            _tagged(world, f"apis/{world.api}/stages/{world.stage}"),
            {"ApiId": world.api, "StageName": "$default"},
        )[1],
        {"[AutoDeploy, Tags.color]": [True, "blue"]},
        f"{_API}/tags-resource-arn.html",
    ),
    breaks("stage_name_is_taken", "CreateStage", lambda world: {"ApiId": world.api, "StageName": world.stage}),
    # VPC links
    answered(
        "apigatewayv2",
        "GetVpcLink",
        "a VPC link is of the second version, in its subnets, with its groups",
        lambda world: {"VpcLinkId": world.vpc_link},
        {
            "[VpcLinkVersion, VpcLinkStatus]": ["V2", "AVAILABLE"],
            "[sort(SubnetIds), SecurityGroupIds]": lambda world: [sorted(world.subnets), [world.security_group]],
        },
        f"{_CLI}/get-vpc-link.html",
    ),
    answered(
        "apigatewayv2",
        "CreateVpcLink",
        "a VPC link takes a while",
        lambda world: {
            "Name": f"{world.name}-x",
            "SubnetIds": world.subnets,
            "SecurityGroupIds": [world.security_group],
        },
        {"VpcLinkStatus": "PENDING"},
        f"{_CLI}/create-vpc-link.html",
    ),
    # What stays
    breaks(
        "integration_has_routes",
        "DeleteIntegration",
        lambda world: (world.route, {"ApiId": world.api, "IntegrationId": world.integration})[1],
        message="referenced by the following Routes",
    ),
    breaks(
        "vpc_link_has_routes",
        "DeleteVpcLink",
        lambda world: (world.route, {"VpcLinkId": world.vpc_link})[1],
        message="is referenced in",
    ),
    # What is not there
    breaks(
        "tagged_resource_is_gone",
        "TagResource",
        lambda world: {"ResourceArn": _arn(world, f"apis/{_NOBODY}"), "Tags": {"color": "blue"}},
        "a new tag",
    ),
    breaks(
        "tagged_resource_is_gone",
        "UntagResource",
        lambda world: {"ResourceArn": _arn(world, f"apis/{_NOBODY}"), "TagKeys": ["color"]},
        "no tag any more",
    ),
    breaks(
        "tagged_resource_is_gone", "GetTags", lambda world: {"ResourceArn": _arn(world, f"apis/{_NOBODY}")}, "its tags"
    ),
    breaks("deleted_api_is_gone", "DeleteApi", lambda _: {"ApiId": _NOBODY}),
    breaks("deleted_vpc_link_is_gone", "DeleteVpcLink", lambda _: {"VpcLinkId": "012345"}),
    breaks("deleted_route_is_gone", "DeleteRoute", _part("RouteId", "0123456")),
    breaks("deleted_integration_is_gone", "DeleteIntegration", _part("IntegrationId", "0123456")),
    breaks("deleted_stage_is_gone", "DeleteStage", _part("StageName", "gone")),
    refused(
        "apigatewayv2",
        "GetApi",
        "an API that is not there",
        lambda _: {"ApiId": _NOBODY},
        "NotFoundException",
        f"{_API}/apis-apiid.html",
        404,
    ),
    refused(
        "apigatewayv2",
        "GetRoute",
        "a route that is not there",
        _part("RouteId", "0123456"),
        "NotFoundException",
        f"{_API}/apis-apiid-routes-routeid.html",
        404,
    ),
    refused(
        "apigatewayv2",
        "GetIntegration",
        "an integration that is not there",
        _part("IntegrationId", "0123456"),
        "NotFoundException",
        f"{_API}/apis-apiid-integrations-integrationid.html",
        404,
    ),
    refused(
        "apigatewayv2",
        "GetStage",
        "a stage that is not there",
        _part("StageName", "gone"),
        "NotFoundException",
        f"{_API}/apis-apiid-stages-stagename.html",
        404,
    ),
    refused(
        "apigatewayv2",
        "GetVpcLink",
        "a VPC link that is not there",
        lambda _: {"VpcLinkId": "012345"},
        "NotFoundException",
        f"{_API}/vpclinks-vpclinkid.html",
        404,
    ),
]
