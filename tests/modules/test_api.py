import json
from dataclasses import replace
from typing import Any

from cdktf_cdktf_provider_aws.security_group import SecurityGroup

from modules.api import Api, ApiProps, Integration, IntegrationProps, Routes, RoutesProps, Target
from modules.inputs import Throttling
from tests.modules.example import API, SERVICE
from tests.synthesis import Config, address, reference, resource, resources, synth

PROPS = ApiProps(
    name="dev", subnet_ids=["subnet-1", "subnet-2"], security_group_id="sg-1", throttling=Throttling(rate=100, burst=50)
)
INTEGRATION = IntegrationProps(service=SERVICE, api=API, prod_listener_arn="arn:prod", routes=["GET /one", "GET /two"])


def api() -> Config:
    return synth(lambda stack: Api(stack, "api", PROPS))


def test_the_way_in_is_an_http_api_with_a_link_into_the_private_subnets() -> None:
    config = api()

    assert resources(config, "aws_apigatewayv2_api") == [{"name": "dev", "protocol_type": "HTTP"}]
    assert resources(config, "aws_apigatewayv2_vpc_link") == [
        {
            "name": "dev-vpc-link",
            "subnet_ids": ["subnet-1", "subnet-2"],
            "security_group_ids": ["sg-1"],
            "lifecycle": {"create_before_destroy": True},
        }
    ]


def test_requests_are_throttled_and_logged() -> None:
    config = api()
    stage = resource(config, "aws_apigatewayv2_stage")

    assert stage["default_route_settings"] == {"throttling_rate_limit": 100, "throttling_burst_limit": 50}
    assert stage["access_log_settings"]["destination_arn"] == reference(
        config, "aws_cloudwatch_log_group", "arn", name="/aws/vendedlogs/dev/api"
    )
    assert json.loads(stage["access_log_settings"]["format"]) == {
        "requestId": "$context.requestId",
        "requestTime": "$context.requestTime",
        "sourceIp": "$context.identity.sourceIp",
        "routeKey": "$context.routeKey",
        "path": "$context.path",
        "status": "$context.status",
        "responseLength": "$context.responseLength",
        "responseLatency": "$context.responseLatency",
        "integrationStatus": "$context.integration.status",
        "integrationLatency": "$context.integrationLatency",
        "integrationErrorMessage": "$context.integrationErrorMessage",
    }


def test_changes_are_served_without_a_deployment_of_the_api() -> None:
    stage = resource(api(), "aws_apigatewayv2_stage")

    assert (stage["name"], stage["auto_deploy"]) == ("$default", True)


def test_an_integration_leads_through_the_link_to_the_prod_listener() -> None:
    config = synth(lambda stack: Integration(stack, "integration", INTEGRATION))

    assert resources(config, "aws_apigatewayv2_integration") == [
        {
            "api_id": "api-1",
            "integration_type": "HTTP_PROXY",
            "integration_method": "ANY",
            "integration_uri": "arn:prod",
            "connection_type": "VPC_LINK",
            "connection_id": "link-1",
            "payload_format_version": "1.0",
            "timeout_milliseconds": 10000,
            "depends_on": [],
        }
    ]


def test_what_is_behind_an_integration_is_there_before_it_and_until_it_is_gone() -> None:
    def build(stack: Any) -> None:
        rule = SecurityGroup(stack, "rule", name="stands-for-a-rule")
        Integration(stack, "integration", replace(INTEGRATION, behind=[rule]))

    config = synth(build)

    assert resource(config, "aws_apigatewayv2_integration")["depends_on"] == [
        address(config, "aws_security_group", name="stands-for-a-rule")
    ]


def routes(**owners: str) -> dict[str, tuple[str, str]]:
    """(route key, target) by address, for routes of the services that have them."""
    targets = {route: Target(service=owner, integration=f"integrations/{owner}") for route, owner in owners.items()}
    config = synth(lambda stack: Routes(stack, "routes", RoutesProps(api_id="api-1", routes=targets)))
    made = config["resource"]["aws_apigatewayv2_route"]
    return {name: (route["route_key"], route["target"]) for name, route in made.items()}


def test_every_route_leads_to_the_integration_of_its_service() -> None:
    made = routes(**{"GET /one": "api", "ANY /orders/{proxy+}": "orders", "$default": "api"})

    assert sorted(made.values()) == [
        ("$default", "integrations/api"),
        ("ANY /orders/{proxy+}", "integrations/orders"),
        ("GET /one", "integrations/api"),
    ]


def test_a_route_that_moves_to_another_service_is_changed_in_place() -> None:
    before, after = routes(**{"GET /one": "api"}), routes(**{"GET /one": "orders"})

    assert before.keys() == after.keys()


def test_routes_that_differ_in_a_slash_only_are_two() -> None:
    made = routes(**{"GET /": "api", "GET /a": "api", "GET /a/": "api", "GET /a/b": "api"})

    assert sorted(key for key, _ in made.values()) == ["GET /", "GET /a", "GET /a/", "GET /a/b"]
