import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import environments
from environments.names import derived
from environments.scaling import Scaling
from main import EnvironmentStack
from tests.service_authorization import violations
from tests.synthesis import Config, address, reference, resource, resources, synth_stack

# isort: split
from cdktf import Testing

ROOT = Path(__file__).parent.parent
CONTRACTS = ROOT / "contracts"


@pytest.fixture(scope="module")
def sandbox() -> Config:
    return synth_stack(EnvironmentStack(Testing.app(), "sandbox", environments.load("sandbox")))


def test_state_is_in_s3_with_a_lock_file_and_under_the_buckets_own_encryption(sandbox: Config) -> None:
    assert sandbox["terraform"]["backend"] == {
        "s3": {
            "bucket": "greenlight-state-123456789012-us-east-1",
            "key": "sandbox/terraform.tfstate",
            "region": "us-east-1",
            "use_lockfile": True,
            "allowed_account_ids": ["123456789012"],
        }
    }


def test_a_deploy_reaches_only_the_account_of_its_settings(sandbox: Config) -> None:
    assert sandbox["provider"]["aws"] == [
        {
            "region": "us-east-1",
            "allowed_account_ids": ["123456789012"],
            "default_tags": [{"tags": {"greenlight:environment": "sandbox", "managed-by": "terraform"}}],
        }
    ]


def test_what_is_deployed_is_what_was_tested_with_one_provider_version(sandbox: Config) -> None:
    assert sandbox["terraform"]["required_providers"] == {"aws": {"source": "hashicorp/aws", "version": "~> 5.100.0"}}


def test_the_outputs_are_what_a_person_needs(sandbox: Config) -> None:
    assert sandbox["output"] == {
        "api_url": {"value": reference(sandbox, "aws_apigatewayv2_api", "api_endpoint")},
        "cluster_name": {"value": "sandbox"},
        "manifests": {"value": {"api": reference(sandbox, "aws_ssm_parameter", "name")}},
        "task_security_groups": {
            "value": {"api": reference(sandbox, "aws_security_group", "id", name="sandbox-api-tasks")}
        },
    }


def test_the_release_manifest_is_version_1_of_its_contract(sandbox: Config) -> None:
    parameter = resource(sandbox, "aws_ssm_parameter")
    groups = {
        color: {
            "name": f"sandbox-api-{color}",
            "arn": reference(sandbox, "aws_lb_target_group", "arn", name=f"sandbox-api-{color}"),
        }
        for color in ("blue", "green")
    }

    assert parameter["name"] == "/greenlight/sandbox/api"
    assert parameter["type"] == "String"
    assert json.loads(parameter["insecure_value"]) == {
        "version": 1,
        "environment": "sandbox",
        "service": "api",
        "region": "us-east-1",
        "account": "123456789012",
        "cluster": "sandbox",
        "ecs_service": "sandbox-api",
        "task_definition": reference(sandbox, "aws_ecs_task_definition", "arn"),
        "container": {"name": "api", "port": 3000, "architecture": environments.load("sandbox").architecture},
        "repository": "123456789012.dkr.ecr.us-east-1.amazonaws.com/api",
        "codedeploy": {
            "application": "sandbox-api",
            "group": "sandbox-api",
            "config": "CodeDeployDefault.ECSAllAtOnce",
            "approval_wait_minutes": 0,
            "bake_minutes": 1,
        },
        "load_balancer": {
            "dns_name": f"${{{address(sandbox, 'aws_lb')}.dns_name}}",
            "prod_listener": reference(sandbox, "aws_lb_listener", "arn", port=80),
            "prod_port": 80,
            "test_listener": reference(sandbox, "aws_lb_listener", "arn", port=8080),
            "test_port": 8080,
            **groups,
        },
        "network": {
            "cidr": "10.0.0.0/16",
            "vpc_id": None,
            "zones": ["us-east-1a", "us-east-1b"],
            "leaving": [],
            "subnets": [
                reference(sandbox, "aws_subnet", "id", cidr_block="10.0.6.0/24"),
                reference(sandbox, "aws_subnet", "id", cidr_block="10.0.7.0/24"),
            ],
            "security_groups": [reference(sandbox, "aws_security_group", "id", name="sandbox-api-tasks")],
            "assign_public_ip": "DISABLED",
        },
        "hooks": {"BeforeAllowTraffic": f"${{{address(sandbox, 'aws_lambda_function')}.arn}}"},
        "scalable_target": None,
        "alarms": [],
        "log_groups": {"service": "/ecs/sandbox/api", "hooks": {"BeforeAllowTraffic": "/aws/lambda/sandbox-api-hook"}},
        "urls": {
            "api": reference(sandbox, "aws_apigatewayv2_api", "api_endpoint"),
            "routes": ["GET /one", "GET /two", "GET /three"],
        },
        "vpc_link": reference(sandbox, "aws_apigatewayv2_vpc_link", "id"),
    }


def shape(value: Any) -> Any:
    """The keys of a document, with what kind of value each has."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


def test_the_release_manifest_has_the_keys_of_the_contract_that_the_cli_reads(sandbox: Config) -> None:
    written = json.loads(resource(sandbox, "aws_ssm_parameter")["insecure_value"])

    assert shape(written) == shape(json.loads((CONTRACTS / "release-manifest.json").read_text()))


def test_names_that_others_look_for_are_those_of_the_contract(sandbox: Config) -> None:
    names = json.loads((CONTRACTS / "names.json").read_text())
    where = {"environment": "sandbox", "service": "api", "account": "123456789012", "region": "us-east-1"}

    assert resource(sandbox, "aws_ssm_parameter")["name"] == names["parameters"]["manifest"].format(**where)
    assert sandbox["terraform"]["backend"]["s3"]["bucket"] == names["state_bucket"].format(**where)
    assert sandbox["provider"]["aws"][0]["default_tags"][0]["tags"][names["tags"]["environment"]] == "sandbox"


NAMED = {
    "load balancer": ("aws_lb", "name"),
    "IAM role": ("aws_iam_role", "name"),
    "target group": ("aws_lb_target_group", "name"),
    "EventBridge rule": ("aws_cloudwatch_event_rule", "name"),
    "Lambda function": ("aws_lambda_function", "function_name"),
    "task definition family": ("aws_ecs_task_definition", "family"),
}


def test_every_name_that_aws_limits_is_one_that_the_settings_check(sandbox: Config) -> None:
    made = [(what, one[argument]) for what, (kind, argument) in NAMED.items() for one in resources(sandbox, kind)]

    assert sorted(made) == sorted((one.what, one.name) for one in derived(environments.load("sandbox")))


WAYS_OUT = ("aws_route.", "aws_route_table_association.", "aws_vpc_endpoint.")


def ways_out(config: Config) -> set[str]:
    """Every route, association and endpoint: tasks and the hook start and stop in private subnets."""
    return {f"{kind}{name}" for kind in WAYS_OUT for name in config["resource"].get(kind.rstrip("."), {})}


@pytest.mark.parametrize("kind", ["aws_ecs_service", "aws_lambda_function"])
def test_what_runs_in_a_private_subnet_has_its_way_out_from_its_start_to_its_end(sandbox: Config, kind: str) -> None:
    isolated = {name for name in ways_out(sandbox) if "isolated" in name}

    assert ways_out(sandbox) - isolated <= set(resource(sandbox, kind)["depends_on"])


def rules(config: Config, kind: str) -> set[str]:
    """What the security group rules are for that the one resource of a kind waits for."""
    found = set()
    for other in resource(config, kind)["depends_on"]:
        of, _, name = other.partition(".")
        if of.startswith("aws_vpc_security_group_"):
            found.add(config["resource"][of][name]["description"])
    return found


def test_paths_are_open_before_what_uses_them_is_there_and_until_it_is_gone(sandbox: Config) -> None:
    assert rules(sandbox, "aws_ecs_service") == {
        "sandbox-api: requests and health checks",
        "sandbox-api: images, logs and AWS calls",
    }
    assert rules(sandbox, "aws_lambda_function") == {
        "sandbox-api: checks of the hook",
        "sandbox-api: answer of the hook to CodeDeploy",
    }
    assert rules(sandbox, "aws_apigatewayv2_integration") == {"sandbox-api: production requests"}


def test_every_role_names_resources_that_its_actions_know(sandbox: Config) -> None:
    """Others are accepted by IAM, and denied when it matters."""
    policies = [json.loads(policy["policy"]) for policy in sandbox["resource"]["aws_iam_role_policy"].values()]

    assert [violation for policy in policies for violation in violations(policy)] == []


def test_a_service_outlives_the_requests_that_still_find_it(sandbox: Config) -> None:
    """Its integration goes first."""
    integration = resource(sandbox, "aws_apigatewayv2_integration")

    assert address(sandbox, "aws_ecs_service") in integration["depends_on"]


def test_a_service_is_known_to_releases_only_while_it_can_be_released(sandbox: Config) -> None:
    """The deployment group is made after the service, and goes before it."""
    manifest = resource(sandbox, "aws_ssm_parameter")

    assert manifest["depends_on"] == [address(sandbox, "aws_codedeploy_deployment_group")]


def test_two_services_share_the_load_balancer_and_the_api_and_nothing_else() -> None:
    one = environments.load("sandbox")
    other = one.services["api"].model_copy(update={"routes": ["GET /two"], "prod_port": 81, "test_port": 8081})
    both = one.model_copy(update={"services": {**one.services, "orders": other}})
    config = synth_stack(EnvironmentStack(Testing.app(), "both", both))

    counts = {kind: len(found) for kind, found in config["resource"].items()}
    assert {kind: counts[kind] for kind in ("aws_lb", "aws_apigatewayv2_api", "aws_apigatewayv2_vpc_link")} == {
        "aws_lb": 1,
        "aws_apigatewayv2_api": 1,
        "aws_apigatewayv2_vpc_link": 1,
    }
    assert {
        kind: counts[kind]
        for kind in (
            "aws_lb_listener",
            "aws_lb_target_group",
            "aws_ecs_service",
            "aws_codedeploy_app",
            "aws_ssm_parameter",
        )
    } == {
        "aws_lb_listener": 4,
        "aws_lb_target_group": 4,
        "aws_ecs_service": 2,
        "aws_codedeploy_app": 2,
        "aws_ssm_parameter": 2,
    }


def test_releases_know_what_scales_a_service() -> None:
    one = environments.load("sandbox")
    scaled = one.services["api"].model_copy(update={"scaling": Scaling(min=1, max=4, requests_per_target=600)})
    stack = EnvironmentStack(Testing.app(), "scaled", one.model_copy(update={"services": {"api": scaled}}))
    config = synth_stack(stack)

    manifest = json.loads(resource(config, "aws_ssm_parameter")["insecure_value"])
    assert manifest["scalable_target"] == reference(config, "aws_appautoscaling_target", "resource_id")
    assert resource(config, "aws_appautoscaling_policy")["name"] == "sandbox-api-requests"


def run_main(folder: Path) -> subprocess.CompletedProcess[str]:
    """main.py as cdktf runs it, for the YAML files of `folder` and without any credentials."""
    code = f"import sys, pathlib, main; sys.exit(main.main(pathlib.Path({str(folder)!r})))"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=bare | {"PYTHONPATH": str(ROOT), "CDKTF_OUTDIR": str(folder / "out")},
        capture_output=True,
        text=True,
    )


def test_each_file_becomes_one_stack_named_as_the_file(tmp_path: Path) -> None:
    text = (ROOT / "environments" / "sandbox.yaml").read_text()
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text(text)

    assert run_main(tmp_path).returncode == 0
    assert sorted(stack.name for stack in (tmp_path / "out" / "stacks").iterdir()) == ["one", "two"]


def test_what_ssm_and_lambda_could_not_hold_ends_synth_with_both_sizes(tmp_path: Path) -> None:
    routes = ", ".join(f"GET /api/v1/customers/orders/section-{number:03}" for number in range(100))
    text = (ROOT / "environments" / "sandbox.yaml").read_text()
    (tmp_path / "many.yaml").write_text(text.replace("GET /one, GET /two, GET /three", routes))
    result = run_main(tmp_path)

    assert result.returncode == 1
    assert result.stderr.splitlines() == [
        f"{tmp_path}/many.yaml: services.api.checks: 101 checks make up to 5449 bytes of environment variables for the "
        "hook, and Lambda takes 4096: name fewer paths or shorter headers in checks (without it, every literal GET "
        "route is one)",
        f"{tmp_path}/many.yaml: services.api.routes: 100 routes make a release manifest of up to 6001 characters, and "
        "SSM holds 4096: put routes together with path variables, such as ANY /orders/{proxy+}",
    ]


def test_wrong_settings_end_synth_with_all_mistakes_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text('account: "1"\nregion: us-east-1\nservices: {}\n')
    (tmp_path / "braces.yaml").write_text("account: {{ account_id }}\n")
    (tmp_path / "good.yaml").write_text((ROOT / "environments" / "sandbox.yaml").read_text())
    (tmp_path / "other.yml").write_text("")
    result = run_main(tmp_path)

    assert result.returncode == 1
    assert [line.removeprefix(f"{tmp_path}/") for line in result.stderr.splitlines()] == [
        "other.yml: would not be read: rename it to other.yaml",
        "bad.yaml: account: must be 12 digits, got '1'",
        "bad.yaml: services: must not be empty, got {}",
        "braces.yaml: line 1, column 11: a key is text, got a list or a mapping; a template's {{ }} goes in quotes",
    ]


def test_every_value_is_literal_to_terraform() -> None:
    one = environments.load("sandbox")
    service = one.services["api"].model_copy(update={"environment": {"A": "${path.cwd}", "B": "%{if}", "C": "$${x}"}})
    network = one.network.model_copy(update={"name": "${name}"})
    settings = one.model_copy(update={"services": {"api": service}, "network": network})
    config = synth_stack(EnvironmentStack(Testing.app(), "literal", settings))
    (container,) = json.loads(resource(config, "aws_ecs_task_definition")["container_definitions"])

    assert container["environment"] == [
        {"name": "A", "value": "$${path.cwd}"},
        {"name": "B", "value": "%%{if}"},
        {"name": "C", "value": "$$${x}"},
    ]
    assert resource(config, "aws_vpc")["tags"] == {"Name": "$${name}"}
