"""Every fact that the published design fixes, as `environments/article.yaml` synthesizes it."""

import json
from typing import Any

import pytest

import environments
from main import EnvironmentStack
from tests.synthesis import Config, address, policy, reference, resource, resources, synth_stack

# isort: split
from cdktf import Testing


@pytest.fixture(scope="module")
def article() -> Config:
    return synth_stack(EnvironmentStack(Testing.app(), "article", environments.load("article")))


@pytest.fixture(scope="module")
def container(article: Config) -> dict[str, Any]:
    (only,) = json.loads(resource(article, "aws_ecs_task_definition")["container_definitions"])
    return dict(only)


def names(article: Config, type: str) -> dict[str, str]:
    """Reference to the id -> Name tag."""
    return {
        reference(article, type, "id", tags=found["tags"]): found["tags"]["Name"] for found in resources(article, type)
    }


PRIVATE = ["CustomVpc-private-a", "CustomVpc-private-b"]


def test_the_vpc_is_called_custom_vpc(article: Config) -> None:
    assert resource(article, "aws_vpc")["tags"] == {"Name": "CustomVpc"}


def test_two_zones_with_public_private_and_isolated_subnets_of_24(article: Config) -> None:
    subnets = [
        (subnet["tags"]["Name"], subnet["availability_zone"], subnet["cidr_block"])
        for subnet in resources(article, "aws_subnet")
    ]

    assert sorted(subnets) == [
        ("CustomVpc-isolated-a", "us-east-1a", "10.0.12.0/24"),
        ("CustomVpc-isolated-b", "us-east-1b", "10.0.13.0/24"),
        ("CustomVpc-private-a", "us-east-1a", "10.0.6.0/24"),
        ("CustomVpc-private-b", "us-east-1b", "10.0.7.0/24"),
        ("CustomVpc-public-a", "us-east-1a", "10.0.0.0/24"),
        ("CustomVpc-public-b", "us-east-1b", "10.0.1.0/24"),
    ]


def test_two_nat_gateways(article: Config) -> None:
    subnets = names(article, "aws_subnet")

    assert sorted(subnets[nat["subnet_id"]] for nat in resources(article, "aws_nat_gateway")) == [
        "CustomVpc-public-a",
        "CustomVpc-public-b",
    ]


def test_ecr_is_reached_through_an_interface_endpoint(article: Config) -> None:
    endpoint = resource(article, "aws_vpc_endpoint", vpc_endpoint_type="Interface")

    assert endpoint["service_name"] == "com.amazonaws.us-east-1.ecr.api"


def test_the_cluster_is_sample_cluster(article: Config) -> None:
    assert resource(article, "aws_ecs_cluster")["name"] == "sample-cluster"


def test_the_load_balancer_is_internal_in_one_private_subnet_per_zone(article: Config) -> None:
    balancer = resource(article, "aws_lb")
    subnets = names(article, "aws_subnet")

    assert (balancer["load_balancer_type"], balancer["internal"]) == ("application", True)
    assert [subnets[subnet] for subnet in balancer["subnets"]] == PRIVATE


def test_nothing_lets_the_internet_in(article: Config) -> None:
    assert resources(article, "aws_vpc_security_group_ingress_rule", cidr_ipv4="0.0.0.0/0") == []
    assert {group.get("ingress") for group in resources(article, "aws_security_group")} == {None}


@pytest.mark.parametrize("name", ["sample-cluster-blue", "sample-cluster-green"])
def test_target_groups(article: Config, name: str) -> None:
    group = resource(article, "aws_lb_target_group", name=name)

    assert (group["target_type"], group["protocol"], group["port"]) == ("ip", "HTTP", 80)
    assert {key: group["health_check"][key] for key in ("protocol", "path", "timeout", "interval", "matcher")} == {
        "protocol": "HTTP",
        "path": "/health",
        "timeout": 30,
        "interval": 60,
        "matcher": "200",
    }


def test_production_on_80_is_blue_and_test_on_8080_is_green(article: Config) -> None:
    blue = reference(article, "aws_lb_target_group", "arn", name="sample-cluster-blue")
    green = reference(article, "aws_lb_target_group", "arn", name="sample-cluster-green")

    assert {
        (listener["port"], listener["protocol"], listener["default_action"][0]["target_group_arn"])
        for listener in resources(article, "aws_lb_listener")
    } == {(80, "HTTP", blue), (8080, "HTTP", green)}


def test_the_task_definition(article: Config) -> None:
    made = resource(article, "aws_ecs_task_definition")

    assert made["family"] == "rust-blue-green"
    assert made["requires_compatibilities"] == ["FARGATE"]
    assert made["network_mode"] == "awsvpc"
    assert made["runtime_platform"] == {"cpu_architecture": "ARM64", "operating_system_family": "LINUX"}
    assert (made["cpu"], made["memory"]) == ("256", "512")


def test_the_container(container: dict[str, Any]) -> None:
    assert container["name"] == "rust-api"
    assert container["essential"] is True
    assert (container["cpu"], container["memoryReservation"]) == (256, 512)
    assert container["portMappings"] == [
        {"name": "web", "containerPort": 3000, "hostPort": 3000, "protocol": "tcp", "appProtocol": "http"}
    ]
    assert container["logConfiguration"]["logDriver"] == "awslogs"
    assert container["logConfiguration"]["options"]["awslogs-stream-prefix"] == "rust-api"


def test_the_first_version_is_print_green(container: dict[str, Any]) -> None:
    assert container["image"] == "123456789012.dkr.ecr.us-east-1.amazonaws.com/rust-blue-green:print-green"


def test_the_execution_role_may_pull_and_log(article: Config) -> None:
    statements = policy(article, "sample-cluster-rust-blue-green-execution")

    assert [action for statement in statements for action in statement["Action"]] == [
        "ecr:GetAuthorizationToken",
        "ecr:BatchCheckLayerAvailability",
        "ecr:GetDownloadUrlForLayer",
        "ecr:BatchGetImage",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
    ]


def test_the_service_is_codedeploys_and_starts_on_blue(article: Config) -> None:
    service = resource(article, "aws_ecs_service")

    assert service["desired_count"] == 1
    assert service["launch_type"] == "FARGATE"
    assert service["deployment_controller"] == {"type": "CODE_DEPLOY"}
    assert service["load_balancer"] == [
        {
            "target_group_arn": reference(article, "aws_lb_target_group", "arn", name="sample-cluster-blue"),
            "container_name": "rust-api",
            "container_port": 3000,
        }
    ]


def test_codedeploy_moves_all_at_once_between_the_pair(article: Config) -> None:
    group = resource(article, "aws_codedeploy_deployment_group")

    assert resource(article, "aws_codedeploy_app")["compute_platform"] == "ECS"
    assert group["deployment_config_name"] == "CodeDeployDefault.ECSAllAtOnce"
    assert group["load_balancer_info"]["target_group_pair_info"] == {
        "prod_traffic_route": {"listener_arns": [reference(article, "aws_lb_listener", "arn", port=80)]},
        "test_traffic_route": {"listener_arns": [reference(article, "aws_lb_listener", "arn", port=8080)]},
        "target_group": [{"name": "sample-cluster-blue"}, {"name": "sample-cluster-green"}],
    }


def test_the_api_has_one_route_through_its_link_to_the_production_listener(article: Config) -> None:
    link = resource(article, "aws_apigatewayv2_vpc_link")
    integration = resource(article, "aws_apigatewayv2_integration")

    assert resource(article, "aws_apigatewayv2_api")["protocol_type"] == "HTTP"
    assert link["name"] == "sample-cluster-vpc-link"
    assert integration["integration_uri"] == reference(article, "aws_lb_listener", "arn", port=80)
    assert integration["connection_id"] == f"${{{address(article, 'aws_apigatewayv2_vpc_link')}.id}}"
    assert [route["route_key"] for route in resources(article, "aws_apigatewayv2_route")] == ["GET /one"]


def test_the_hook_is_a_small_arm_function_in_the_private_subnets(article: Config) -> None:
    hook = resource(article, "aws_lambda_function")
    subnets = names(article, "aws_subnet")
    balancer = f"${{{address(article, 'aws_lb')}.dns_name}}"

    assert hook["runtime"] == "provided.al2023"
    assert hook["architectures"] == ["arm64"]
    assert hook["memory_size"] == 256
    assert [subnets[subnet] for subnet in hook["vpc_config"]["subnet_ids"]] == PRIVATE
    # The published one asked port 80, and so tested the version that was live already.
    assert hook["environment"]["variables"]["ALB_URL"] == f"http://{balancer}:8080"


def test_the_hook_may_answer_codedeploy(article: Config) -> None:
    actions = [
        action
        for statement in policy(article, "sample-cluster-rust-blue-green-hook")
        for action in statement["Action"]
        if action.startswith("codedeploy:Put")
    ]

    assert actions == ["codedeploy:PutLifecycleEventHookExecutionStatus"]


def test_the_hook_runs_before_traffic_is_allowed(article: Config) -> None:
    manifest = json.loads(resource(article, "aws_ssm_parameter")["insecure_value"])

    assert manifest["hooks"] == {"BeforeAllowTraffic": f"${{{address(article, 'aws_lambda_function')}.arn}}"}
