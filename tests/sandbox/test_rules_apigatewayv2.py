"""API Gateway refuses routes that cannot be told apart, and keeps what a route still leads through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]


@pytest.fixture
def api(client: Client, name: str) -> str:
    return str(client("apigatewayv2").create_api(Name=name, ProtocolType="HTTP")["ApiId"])


def route(client: Client, api: str, key: str, **more: str) -> str:
    return str(client("apigatewayv2").create_route(ApiId=api, RouteKey=key, **more)["RouteId"])


@pytest.mark.parametrize("key", ["GET/a", "/a", "GET a", "get /a", "FETCH /a", "GET", "$other"])
def test_a_route_key_is_a_method_and_a_path(client: Client, api: str, key: str) -> None:
    gateway = client("apigatewayv2")
    other = route(client, api, "POST /a")

    created = refused(gateway.create_route, ApiId=api, RouteKey=key)
    changed = refused(gateway.update_route, ApiId=api, RouteId=other, RouteKey=key)

    assert created == changed
    assert created == (
        400,
        "BadRequestException",
        "The provided route key is not formatted properly for HTTP protocol. Format should be "
        '"[HTTP METHOD] /[RESOURCE PATH]" or "$default"',
    )


@pytest.mark.parametrize("key", ["$default", "ANY /{proxy+}", "GET /", "DELETE /a/{id}/b-c_d.e~f"])
def test_any_method_and_path_is_a_route_key(client: Client, api: str, key: str) -> None:
    assert route(client, api, key)


def test_a_route_key_is_had_once(client: Client, api: str) -> None:
    gateway = client("apigatewayv2")
    route(client, api, "GET /a")
    other = route(client, api, "POST /a")

    expected = (409, "ConflictException", "Route with key GET /a already exists for this API")
    assert refused(gateway.create_route, ApiId=api, RouteKey="GET /a") == expected
    assert refused(gateway.update_route, ApiId=api, RouteId=other, RouteKey="GET /a") == expected
    # A change that leaves the key as it is.
    assert gateway.update_route(ApiId=api, RouteId=other, RouteKey="POST /a")["RouteKey"] == "POST /a"


def test_routes_that_differ_in_a_variables_name_only_are_refused(client: Client, api: str) -> None:
    route(client, api, "GET /users/{id}")

    answer = refused(client("apigatewayv2").create_route, ApiId=api, RouteKey="GET /users/{user}")

    assert answer == (
        409,
        "ConflictException",
        'The provided route key "GET /users/{user}" has a conflicting variable on the same hierarchical level as '
        '"GET /users/{id}"',
    )


@pytest.mark.parametrize("key", ["POST /users/{user}", "GET /teams/{user}", "GET /users/{proxy+}", "$default"])
def test_routes_that_differ_in_more_can_be_side_by_side(client: Client, api: str, key: str) -> None:
    route(client, api, "GET /users/{id}")

    assert route(client, api, key)


def test_an_integration_stays_while_a_route_leads_to_it(client: Client, api: str) -> None:
    gateway = client("apigatewayv2")
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri="https://example.com",
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    leading = route(client, api, "GET /a", Target=f"integrations/{integration}")

    answer = refused(gateway.delete_integration, ApiId=api, IntegrationId=integration)

    assert answer == (
        409,
        "ConflictException",
        f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{leading}]",
    )
    gateway.delete_route(ApiId=api, RouteId=leading)
    gateway.delete_integration(ApiId=api, IntegrationId=integration)
    assert gateway.get_integrations(ApiId=api)["Items"] == []


def test_a_vpc_link_stays_while_a_route_leads_through_it(client: Client, api: str, name: str) -> None:
    gateway = client("apigatewayv2")
    link = gateway.create_vpc_link(Name=name, SubnetIds=["subnet-1"])["VpcLinkId"]
    integration = gateway.create_integration(
        ApiId=api,
        IntegrationType="HTTP_PROXY",
        ConnectionType="VPC_LINK",
        ConnectionId=link,
        IntegrationMethod="ANY",
        IntegrationUri="arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/a/1/2",
        PayloadFormatVersion="1.0",
    )["IntegrationId"]
    leading = route(client, api, "ANY /a", Target=f"integrations/{integration}")

    answer = refused(gateway.delete_vpc_link, VpcLinkId=link)

    assert answer == (
        400,
        "BadRequestException",
        f"Cannot delete vpc link. Vpc link '{link}', is referenced in [ANY:{leading}] in format of [Method:Resource].",
    )
    gateway.delete_route(ApiId=api, RouteId=leading)
    gateway.delete_vpc_link(VpcLinkId=link)
    assert refused(gateway.get_vpc_link, VpcLinkId=link)[1] == "NotFoundException"


def test_a_vpc_link_leads_to_a_listener_and_not_to_its_load_balancer(client: Client, api: str, name: str) -> None:
    gateway = client("apigatewayv2")
    link = gateway.create_vpc_link(Name=name, SubnetIds=["subnet-1"])["VpcLinkId"]
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:{}/app/a/1"
    settings = {
        "ApiId": api,
        "IntegrationType": "HTTP_PROXY",
        "ConnectionType": "VPC_LINK",
        "ConnectionId": link,
        "IntegrationMethod": "ANY",
        "PayloadFormatVersion": "1.0",
    }

    answer = refused(gateway.create_integration, **settings, IntegrationUri=arn.format("loadbalancer"))

    assert answer == (
        400,
        "BadRequestException",
        "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN.",
    )
    assert gateway.create_integration(**settings, IntegrationUri=f"{arn.format('listener')}/2")["IntegrationId"]


def test_a_stage_is_had_once(client: Client, api: str) -> None:
    gateway = client("apigatewayv2")
    gateway.create_stage(ApiId=api, StageName="$default", Description="first")

    answer = refused(gateway.create_stage, ApiId=api, StageName="$default")

    assert answer == (409, "ConflictException", "Stage $default already exists")
    assert gateway.get_stage(ApiId=api, StageName="$default")["Description"] == "first"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("delete_api", {"ApiId": "nowhere"}),
        ("delete_vpc_link", {"VpcLinkId": "nowhere"}),
        ("delete_route", {"RouteId": "nowhere"}),
        ("delete_integration", {"IntegrationId": "nowhere"}),
        ("delete_stage", {"StageName": "nowhere"}),
        ("delete_route", {"ApiId": "nowhere", "RouteId": "nowhere"}),
    ],
)
def test_what_is_gone_is_not_deleted_again(client: Client, api: str, operation: str, params: dict[str, str]) -> None:
    gateway = client("apigatewayv2")
    of_the_api = {} if operation == "delete_vpc_link" else {"ApiId": api}

    assert refused(getattr(gateway, operation), **{**of_the_api, **params})[:2] == (404, "NotFoundException")


def test_what_is_there_is_deleted_once(client: Client, api: str) -> None:
    gateway = client("apigatewayv2")
    gateway.create_stage(ApiId=api, StageName="$default")

    gateway.delete_stage(ApiId=api, StageName="$default")
    gateway.delete_route(ApiId=api, RouteId=route(client, api, "GET /a"))
    gateway.delete_api(ApiId=api)

    assert refused(gateway.get_api, ApiId=api)[1] == "NotFoundException"


@pytest.mark.parametrize("gone", ["apis/nowhere", "apis/nowhere/stages/$default", "vpclinks/nowhere"])
def test_what_is_gone_is_not_tagged(client: Client, gone: str) -> None:
    arn = f"arn:aws:apigateway:us-east-1::/{gone}"

    answer = refused(client("apigatewayv2").tag_resource, ResourceArn=arn, Tags={"color": "blue"})

    assert answer == (404, "NotFoundException", f"Invalid resource identifier specified: {arn}")


def test_what_is_there_is_tagged(client: Client, api: str) -> None:
    gateway, arn = client("apigatewayv2"), f"arn:aws:apigateway:us-east-1::/apis/{api}"

    gateway.tag_resource(ResourceArn=arn, Tags={"color": "blue"})

    assert gateway.get_tags(ResourceArn=arn)["Tags"] == {"color": "blue"}
