"""What calls to API Gateway ask for: the verb, on the path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.access.model import Need
from tests.sandbox.access_calls import ACCOUNT, asked, pairs

HERE = "arn:aws:apigateway:us-east-1::"
LOGS = {"DestinationArn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:x", "Format": "$context.status"}
DELIVERY = [
    ("logs:CreateLogDelivery", "*"),
    ("logs:PutResourcePolicy", "*"),
    ("logs:UpdateLogDelivery", "*"),
    ("logs:DeleteLogDelivery", "*"),
    ("logs:DescribeResourcePolicies", "*"),
    ("logs:GetLogDelivery", "*"),
    ("logs:ListLogDeliveries", "*"),
    ("logs:DescribeLogGroups", "*"),
]


@pytest.fixture(autouse=True)
def client() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("apigatewayv2", region_name="us-east-1")


@pytest.fixture
def api(client: Any) -> str:
    return str(client.create_api(Name="dev", ProtocolType="HTTP", Tags={"team": "web"})["ApiId"])


def test_an_api_is_made_with_its_tags() -> None:
    keys = {"apigateway:Request/ApiName": ("dev",), "apigateway:Request/DisableExecuteApiEndpoint": ("true",)}
    params = {"Name": "dev", "ProtocolType": "HTTP", "DisableExecuteApiEndpoint": True}
    assert asked("apigatewayv2", "CreateApi", **params, Tags={"team": "web"}) == [
        Need("apigateway:POST", f"{HERE}/apis", keys=keys, request_tags={"team": "web"}),
        Need("apigateway:TagResource", f"{HERE}/apis", request_tags={"team": "web"}),
    ]


def test_an_api_is_asked_for_with_its_own_tags(api: str) -> None:
    assert asked("apigatewayv2", "GetApi", ApiId=api) == [
        Need("apigateway:GET", f"{HERE}/apis/{api}", request_tags={}, resource_tags={"team": "web"})
    ]


@pytest.mark.parametrize(
    ("operation", "params", "action", "path"),
    [
        ("GetVpcLinks", {}, "GET", "/vpclinks"),
        ("DeleteVpcLink", {"VpcLinkId": "l"}, "DELETE", "/vpclinks/l"),
        ("CreateRoute", {"ApiId": "a", "RouteKey": "GET /one"}, "POST", "/apis/a/routes"),
        ("UpdateRoute", {"ApiId": "a", "RouteId": "r"}, "PATCH", "/apis/a/routes/r"),
        ("DeleteIntegration", {"ApiId": "a", "IntegrationId": "i"}, "DELETE", "/apis/a/integrations/i"),
        ("GetStage", {"ApiId": "a", "StageName": "$default"}, "GET", "/apis/a/stages/$default"),
        ("ImportApi", {"Body": "{}"}, "PUT", "/apis"),
    ],
)
def test_the_verb_is_asked_for_on_the_path(operation: str, params: dict[str, Any], action: str, path: str) -> None:
    assert pairs("apigatewayv2", operation, **params) == [(f"apigateway:{action}", f"{HERE}{path}")]


def test_who_turns_the_access_log_on_may_deliver_logs() -> None:
    params = {"ApiId": "a", "StageName": "s", "AccessLogSettings": LOGS}
    assert pairs("apigatewayv2", "CreateStage", **params, Tags={"team": "web"}) == [
        ("apigateway:POST", f"{HERE}/apis/a/stages"),
        ("apigateway:TagResource", f"{HERE}/apis/a/stages"),
        *DELIVERY,
    ]
    assert pairs("apigatewayv2", "UpdateStage", **params) == [
        ("apigateway:PATCH", f"{HERE}/apis/a/stages/s"),
        *DELIVERY,
    ]
    stage = {"ApiId": "a", "StageName": "s"}
    assert pairs("apigatewayv2", "UpdateStage", **stage) == [("apigateway:PATCH", f"{HERE}/apis/a/stages/s")]


def test_a_stage_goes_with_the_delivery_of_its_log(client: Any, api: str) -> None:
    stage = {"ApiId": api, "StageName": "s"}
    path = f"{HERE}/apis/{api}/stages/s"
    client.create_stage(**stage)
    assert pairs("apigatewayv2", "DeleteStage", **stage) == [("apigateway:DELETE", path)]
    client.create_stage(ApiId=api, StageName="logged", AccessLogSettings=LOGS)
    assert pairs("apigatewayv2", "DeleteStage", ApiId=api, StageName="logged") == [
        ("apigateway:DELETE", f"{HERE}/apis/{api}/stages/logged"),
        ("logs:DeleteLogDelivery", "*"),
    ]


def test_a_vpc_link_makes_the_services_role() -> None:
    need = asked("apigatewayv2", "CreateVpcLink", Name="l", SubnetIds=["subnet-1"])[-1]
    assert need == Need(
        "iam:CreateServiceLinkedRole",
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway",
        keys={"iam:AWSServiceName": ("ops.apigateway.amazonaws.com",)},
        resource_tags={},
    )


def test_tags_are_changed_on_a_path_that_has_the_whole_arn(api: str) -> None:
    arn = f"{HERE}/apis/{api}"
    path = f"{HERE}/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Fapis%2F{api}"
    assert asked("apigatewayv2", "UntagResource", ResourceArn=arn, TagKeys=["team"]) == [
        Need("apigateway:DELETE", path, request_tags={"team": ""}),
        Need("apigateway:UntagResource", arn, request_tags={"team": ""}, resource_tags={"team": "web"}),
    ]


def test_an_integration_is_given_its_role() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/api"
    params = {"ApiId": "a", "IntegrationType": "AWS_PROXY"}
    path = ("apigateway:POST", f"{HERE}/apis/a/integrations")
    assert pairs("apigatewayv2", "CreateIntegration", **params, CredentialsArn=role) == [path, ("iam:PassRole", role)]
    assert pairs("apigatewayv2", "CreateIntegration", **params, CredentialsArn="arn:aws:iam::*:user/*") == [path]
