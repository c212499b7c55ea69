"""The example of a plan test holds for the example of a production environment, and is red where that changes."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

import environments
from main import EnvironmentStack
from sandbox import terraform
from tests.e2e.harness import ROOT
from tests.synthesis import Config, synth_stack

# isort: split
from cdktf import Testing

TEST_FILE = ROOT / "docs" / "examples" / "prod.tftest.hcl"
TEST = TEST_FILE.read_text()


@pytest.fixture(scope="module")
def production() -> Config:
    return synth_stack(EnvironmentStack(Testing.app(), "prod", environments.load("prod")))


@pytest.fixture(scope="module")
def initialized(tmp_path_factory: pytest.TempPathFactory, production: Config) -> Path:
    """The stack's folder with the provider and the test; the hook's zip is a name only, which is all a mock needs."""
    folder = tmp_path_factory.mktemp("prod")
    (function,) = production["resource"]["aws_lambda_function"].values()
    package = folder / function["filename"]
    package.parent.mkdir(parents=True)
    package.touch()
    write(folder, production)
    (folder / "prod.tftest.hcl").write_text(TEST)
    run(folder, "init", "-backend=false", "-input=false", "-no-color").check_returncode()
    return folder


def write(folder: Path, config: Config) -> None:
    (folder / "cdk.tf.json").write_text(json.dumps(config))


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Terraform, without any credentials."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    if config := terraform.find(folder).cli_config:
        environment["TF_CLI_CONFIG_FILE"] = str(config)
    return subprocess.run(["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True)


def test_the_example_passes_without_credentials(initialized: Path, production: Config) -> None:
    write(initialized, production)
    tested = run(initialized, "test", "-no-color")

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "Success! 1 passed, 0 failed." in tested.stdout


def weakened(production: Config) -> Config:
    """Each thing that the example asserts, the other way."""
    config: Config = json.loads(json.dumps(production))
    kinds: dict[str, dict[str, Any]] = config["resource"]

    def named(kind: str, part: str) -> Any:
        (found,) = [resource for name, resource in kinds[kind].items() if part in name]
        return found

    prod, test = (named("aws_lb_listener", f"{kind}-listener") for kind in ("prod", "test"))
    prod["default_action"], test["default_action"] = test["default_action"], prod["default_action"]
    named("aws_lb", "load-balancer").update(internal=False, enable_deletion_protection=False)
    named("aws_ecs_service", "service")["deployment_controller"] = {"type": "ECS"}
    named("aws_ecs_service", "service")["desired_count"] = 1
    named("aws_ecs_service", "service")["network_configuration"]["assign_public_ip"] = True
    named("aws_subnet", "private-b")["availability_zone"] = "us-east-1a"
    group = named("aws_codedeploy_deployment_group", "group")
    group["deployment_config_name"] = "CodeDeployDefault.ECSAllAtOnce"
    group["alarm_configuration"]["alarms"] = ["prod-api-blue-errors"]
    group["auto_rollback_configuration"]["enabled"] = False
    success = group["blue_green_deployment_config"]["terminate_blue_instances_on_deployment_success"]
    success["termination_wait_time_in_minutes"] = 5
    link = named("aws_apigatewayv2_vpc_link", "vpc-link")
    link["security_group_ids"] = named("aws_lb", "load-balancer")["security_groups"]
    named("aws_vpc_security_group_egress_rule", "prod-out")["to_port"] = 8080
    named("aws_cloudwatch_log_group", "service_logs")["retention_in_days"] = 30
    return config


def test_whatever_is_weakened_is_named(initialized: Path, production: Config) -> None:
    messages = re.findall(r'error_message = "(.+)"$', TEST, re.MULTILINE)
    write(initialized, weakened(production))
    tested = run(initialized, "test", "-no-color")

    assert tested.returncode == 1
    unwrapped = " ".join(tested.stderr.split())
    said = [message for message in messages if message in unwrapped]
    assert len(messages) == TEST.count("  assert {")
    assert said == messages, tested.stdout + tested.stderr
