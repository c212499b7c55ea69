import json

from modules.api import Api, ApiProps, Routes, RoutesProps
from synthesis import Config, reference, resource, resources, synth

PROPS = ApiProps(name="dev", subnet_ids=["subnet-1", "subnet-2"], security_group_id="sg-1", rate=100, burst=50)
ROUTES = RoutesProps(
    api_id="api-1",
    vpc_link_id="link-1",
    prod_listener_arn="arn:prod",
    routes=["GET /one", "ANY /orders/{proxy+}", "$default"],
    timeout_seconds=10,
)


def api() -> Config:
    return synth(lambda stack: Api(stack, "api", PROPS))


def test_the_way_in_is_an_http_api_with_a_link_into_the_private_subnets() -> None:
    config = api()

    assert resources(config, "aws_apigatewayv2_api") == [{"name": "dev", "protocol_type": "HTTP"}]
    assert resources(config, "aws_apigatewayv2_vpc_link") == [
        {"name": "dev-vpc-link", "subnet_ids": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}
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


def test_routes_lead_through_the_link_to_the_prod_listener() -> None:
    config = synth(lambda stack: Routes(stack, "routes", ROUTES))
    target = f"integrations/{reference(config, 'aws_apigatewayv2_integration', 'id')}"

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
        }
    ]
    assert [(route["route_key"], route["target"]) for route in resources(config, "aws_apigatewayv2_route")] == [
        ("ANY /orders/{proxy+}", target),
        ("GET /one", target),
        ("$default", target),
    ]
