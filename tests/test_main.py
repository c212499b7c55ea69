import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import environments
from main import EnvironmentStack
from synthesis import Config, address, reference, resource, synth_stack

# isort: split
from cdktf import Testing

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def sandbox() -> Config:
    return synth_stack(EnvironmentStack(Testing.app(), "sandbox", environments.load("sandbox")))


def test_state_is_in_s3_at_the_stacks_own_key_with_a_lock_file(sandbox: Config) -> None:
    assert sandbox["terraform"]["backend"] == {
        "s3": {
            "bucket": "greenlight-state-123456789012-us-east-1",
            "key": "sandbox/terraform.tfstate",
            "region": "us-east-1",
            "encrypt": True,
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


def test_the_provider_may_be_the_last_5_x_or_any_6_x(sandbox: Config) -> None:
    assert sandbox["terraform"]["required_providers"] == {
        "aws": {"source": "hashicorp/aws", "version": ">= 5.100, < 7"}
    }


def test_the_outputs_are_what_a_person_needs(sandbox: Config) -> None:
    assert sandbox["output"] == {
        "api_url": {"value": reference(sandbox, "aws_apigatewayv2_api", "api_endpoint")},
        "cluster_name": {"value": "sandbox"},
        "manifests": {"value": {"api": reference(sandbox, "aws_ssm_parameter", "name")}},
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
        "ecs_service": reference(sandbox, "aws_ecs_service", "name"),
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
            "test_listener": reference(sandbox, "aws_lb_listener", "arn", port=8080),
            **groups,
        },
        "network": {
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
        "log_groups": {
            "service": reference(sandbox, "aws_cloudwatch_log_group", "name", name="/ecs/sandbox/api"),
            "hooks": {
                "BeforeAllowTraffic": reference(
                    sandbox, "aws_cloudwatch_log_group", "name", name="/aws/lambda/sandbox-api-hook"
                )
            },
        },
        "urls": {
            "api": reference(sandbox, "aws_apigatewayv2_api", "api_endpoint"),
            "routes": ["GET /one", "GET /two", "GET /three"],
        },
    }


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
