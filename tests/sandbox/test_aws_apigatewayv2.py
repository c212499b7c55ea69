"""API Gateway tells what is new as AWS does: with its defaults, and no sooner than it is there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Client = Callable[[str], Any]


def test_a_vpc_link_is_pending_when_it_is_made_and_available_when_it_is_looked_at(client: Client, name: str) -> None:
    gateway = client("apigatewayv2")

    made = gateway.create_vpc_link(Name=name, SubnetIds=["subnet-1"])

    assert made["VpcLinkStatus"] == "PENDING"
    assert gateway.get_vpc_link(VpcLinkId=made["VpcLinkId"])["VpcLinkStatus"] == "AVAILABLE"


def test_an_integration_is_on_the_internet_unless_it_says_otherwise(client: Client, name: str) -> None:
    gateway = client("apigatewayv2")
    api = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    settings = {
        "ApiId": api,
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "IntegrationUri": "https://example.com",
        "PayloadFormatVersion": "1.0",
    }

    made = gateway.create_integration(**settings)

    assert made["ConnectionType"] == "INTERNET"
    assert gateway.get_integration(ApiId=api, IntegrationId=made["IntegrationId"])["ConnectionType"] == "INTERNET"
