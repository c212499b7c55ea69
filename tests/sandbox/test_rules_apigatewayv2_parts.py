"""API Gateway refuses routes, integrations and stages that cannot be, and says so of what is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]

LISTENER = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/0123456789abcdef/0123456789abcdef"
LOGS = "arn:aws:logs:us-east-1:123456789012:log-group:/api"
KEY = (
    'The provided route key is not formatted properly for HTTP protocol. Format should be "[HTTP METHOD] /[RESOURCE '
    'PATH]" or "$default"'
)
MAPPING = (
    "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid Request Actioned "
    "Parameter destination specified: {}]"
)
JWT = "Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer."


@pytest.fixture
def api(client: Client, name: str) -> str:
    return str(client("apigatewayv2").create_api(Name=name, ProtocolType="HTTP")["ApiId"])


@pytest.fixture
def link(client: Client, name: str) -> str:
    return str(client("apigatewayv2").create_vpc_link(Name=name, SubnetIds=["subnet-1"])["VpcLinkId"])


def passed_on(link: str, **changes: Any) -> dict[str, Any]:
    whole = {
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "IntegrationUri": LISTENER,
        "ConnectionType": "VPC_LINK",
        "ConnectionId": link,
        "PayloadFormatVersion": "1.0",
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


@pytest.mark.parametrize(
    ("route", "message"),
    [
        ({"RouteKey": "GET"}, KEY),
        ({"RouteKey": "/a"}, KEY),
        ({"RouteKey": "get /a"}, KEY),
        ({"RouteKey": "GET a"}, KEY),
        ({"RouteKey": "TRACE /a"}, KEY),
        ({"RouteKey": "$disconnect"}, KEY),
        (
            {"Target": "somewhere"},
            "Unexpected or malformed target in route null. Correct format should be integrations/<integration_id>.",
        ),
        ({"Target": "integrations/gone"}, "Invalid integration identifier specified in route null: gone"),
        ({"AuthorizationType": "JWT"}, JWT),
        ({"AuthorizationType": "JWT", "AuthorizerId": "gone"}, JWT),
        (
            {"ApiKeyRequired": True},
            "ApiKeyRequired is not currently supported for HTTP APIs. Please set ApiKeyRequired to false for route "
            "null",
        ),
    ],
)
def test_a_route_is_a_method_and_a_path_that_leads_somewhere(
    client: Client, api: str, route: dict[str, Any], message: str
) -> None:
    answer = refused(client("apigatewayv2").create_route, ApiId=api, **{"RouteKey": "GET /a", **route})

    assert answer == (400, "BadRequestException", message)


def test_a_route_is_not_changed_to_lead_nowhere(client: Client, api: str) -> None:
    gateway = client("apigatewayv2")
    route = gateway.create_route(ApiId=api, RouteKey="GET /a")["RouteId"]

    key = refused(gateway.update_route, ApiId=api, RouteId=route, RouteKey="GET")
    target = refused(gateway.update_route, ApiId=api, RouteId=route, Target="nowhere")

    assert key == (400, "BadRequestException", KEY)
    message = (
        f"Unexpected or malformed target in route {route}. Correct format should be integrations/<integration_id>."
    )
    assert target == (400, "BadRequestException", message)


@pytest.mark.parametrize("key", ["$default", "ANY /", "GET /{proxy+}", "PATCH /users/{id}", "HEAD /a.b-c_d~e"])
def test_other_routes_are_made(client: Client, api: str, key: str) -> None:
    gateway = client("apigatewayv2")
    jwt = {"Audience": ["a"], "Issuer": "https://issuer.example.com"}
    authorizer = gateway.create_authorizer(
        ApiId=api,
        AuthorizerType="JWT",
        Name="a",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration=jwt,
    )["AuthorizerId"]

    answer = gateway.create_route(ApiId=api, RouteKey=key, AuthorizationType="JWT", AuthorizerId=authorizer)

    assert answer["RouteKey"] == key


def test_websocket_routes_have_keys_of_their_own(client: Client, name: str) -> None:
    gateway = client("apigatewayv2")
    api = gateway.create_api(Name=name, ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.do")["ApiId"]

    for key in ("$connect", "$disconnect", "send"):
        assert gateway.create_route(ApiId=api, RouteKey=key)["RouteKey"] == key


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"IntegrationType": "MOCK"},
            "Currently, an API with a protocol type of HTTP may only be associated with proxy integrations "
            "(AWS_PROXY, HTTP_PROXY)",
        ),
        ({"IntegrationMethod": None}, "HttpMethod parameter method must be specified for integrationType HTTPPROXY"),
        (
            {"PayloadFormatVersion": "2.0"},
            "PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY",
        ),
        ({"ConnectionId": None}, "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"),
        ({"ConnectionId": "gone"}, "Invalid VpcLink identifier specified gone"),
        ({"RequestParameters": {"change:header.a": "b"}}, MAPPING.format("change:header.a")),
        ({"RequestParameters": {"append:path": "b"}}, MAPPING.format("append:path")),
    ],
)
def test_an_integration_is_whole(client: Client, api: str, link: str, changes: dict[str, Any], message: str) -> None:
    answer = refused(client("apigatewayv2").create_integration, ApiId=api, **passed_on(link, **changes))

    assert answer == (400, "BadRequestException", message)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"PayloadFormatVersion": None, "IntegrationMethod": "GET"},
        {"ConnectionType": "INTERNET", "ConnectionId": None, "IntegrationUri": "https://example.com"},
        {"ConnectionType": "INTERNET", "ConnectionId": "no-link", "IntegrationUri": "https://example.com"},
        {
            "RequestParameters": {
                "overwrite:path": "$request.path.proxy",
                "append:header.x-a": "b",
                "remove:querystring.a": "''",
            }
        },
    ],
)
def test_whole_integrations_are_made(client: Client, api: str, link: str, changes: dict[str, Any]) -> None:
    answer = client("apigatewayv2").create_integration(ApiId=api, **passed_on(link, **changes))

    assert answer["IntegrationType"] == "HTTP_PROXY"


def test_a_private_integration_keeps_to_vpc_links_that_exist(client: Client, api: str, link: str) -> None:
    gateway = client("apigatewayv2")
    made = gateway.create_integration(ApiId=api, **passed_on(link))["IntegrationId"]

    answer = refused(gateway.update_integration, ApiId=api, IntegrationId=made, ConnectionId="gone")

    assert answer == (400, "BadRequestException", "Invalid VpcLink identifier specified gone")


def test_an_integration_is_not_changed_to_change_something_else(client: Client, api: str, link: str) -> None:
    gateway = client("apigatewayv2")
    made = gateway.create_integration(ApiId=api, **passed_on(link))["IntegrationId"]

    answer = refused(
        gateway.update_integration, ApiId=api, IntegrationId=made, RequestParameters={"overwrite:body": "1"}
    )

    assert answer == (400, "BadRequestException", MAPPING.format("overwrite:body"))


def test_a_vpc_link_is_in_a_subnet(client: Client, name: str) -> None:
    answer = refused(client("apigatewayv2").create_vpc_link, Name=name, SubnetIds=[])

    assert answer == (400, "BadRequestException", "SubnetIds for a vpc link cannot be empty")


@pytest.mark.parametrize(
    ("stage", "message"),
    [
        ({"StageName": "my stage"}, "Stage name only allows a-zA-Z0-9_"),
        ({"StageName": "v1.0"}, "Stage name only allows a-zA-Z0-9_"),
        (
            {"RouteSettings": {"GET /gone": {"ThrottlingBurstLimit": 1}}},
            "Unable to find Route by key GET /gone within the provided RouteSettings",
        ),
        (
            {"AccessLogSettings": {"DestinationArn": LOGS, "Format": "$context.path"}},
            "The following errors are found in Access Log Format: Access Log format must include either "
            "$context.requestId or $context.extendedRequestId : '$context.path'",
        ),
        (
            {
                "AccessLogSettings": {
                    "DestinationArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/logs",
                    "Format": "$context.requestId",
                }
            },
            "Access log destination must only contain characters a-z, A-Z, 0-9, '_', '-', '/', '.': "
            "'deliverystream/logs'",
        ),
    ],
)
def test_a_stage_can_be(client: Client, api: str, stage: dict[str, Any], message: str) -> None:
    answer = refused(client("apigatewayv2").create_stage, ApiId=api, **{"StageName": "one", **stage})

    assert answer == (400, "BadRequestException", message)


@pytest.mark.parametrize("stage", ["$default", "Stage_1", "dev-1"])
def test_stages_that_can_be_are_made_once(client: Client, api: str, stage: str) -> None:
    gateway = client("apigatewayv2")
    gateway.create_route(ApiId=api, RouteKey="GET /a")
    given = {
        "ApiId": api,
        "StageName": stage,
        "RouteSettings": {"GET /a": {"ThrottlingBurstLimit": 1}},
        "AccessLogSettings": {"DestinationArn": LOGS, "Format": '{"id":"$context.requestId"}'},
    }

    assert gateway.create_stage(**given)["StageName"] == stage
    assert refused(gateway.create_stage, **given) == (409, "ConflictException", f"Stage {stage} already exists")
    logs = {"DestinationArn": f"{LOGS}:*", "Format": "$context.extendedRequestId"}
    assert gateway.update_stage(ApiId=api, StageName=stage, AccessLogSettings=logs)["AccessLogSettings"] == logs


def test_credentials_are_for_origins_that_are_named(client: Client, name: str) -> None:
    gateway = client("apigatewayv2")
    given = {"Name": name, "ProtocolType": "HTTP"}

    answer = refused(gateway.create_api, **given, CorsConfiguration={"AllowOrigins": ["*"], "AllowCredentials": True})

    assert answer == (400, "BadRequestException", "allow-credentials is not supported if 'allow-origin' is *")
    for cors in (
        {"AllowOrigins": ["https://a.example.com"], "AllowCredentials": True},
        {"AllowOrigins": ["*"], "AllowCredentials": False},
    ):
        assert gateway.create_api(**given, CorsConfiguration=cors)["CorsConfiguration"] == cors


def test_what_is_gone_is_not_deleted(client: Client, api: str) -> None:
    gateway = client("apigatewayv2")

    answers = [
        refused(gateway.delete_api, ApiId="gone"),
        refused(gateway.delete_vpc_link, VpcLinkId="gone"),
        refused(gateway.delete_integration, ApiId=api, IntegrationId="gone"),
        refused(gateway.delete_route, ApiId=api, RouteId="gone"),
        refused(gateway.delete_stage, ApiId=api, StageName="gone"),
    ]

    assert answers == [
        (404, "NotFoundException", f"Invalid {kind} identifier specified gone")
        for kind in ("API", "VpcLink", "Integration", "Route", "stage")
    ]
    assert refused(gateway.delete_route, ApiId="gone", RouteId="gone")[:2] == (404, "NotFoundException")
