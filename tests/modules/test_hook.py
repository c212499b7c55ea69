import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modules.hook import ENVIRONMENT_LIMIT, Hook, HookProps
from modules.hook_package import HookPackage
from modules.inputs import HookSettings
from tests.modules.example import PLACEMENT, SERVICE
from tests.synthesis import Config, address, policy, reference, resource, resources, synth, trust

MISSING = HookPackage(path=Path("nowhere/bootstrap.zip"), architecture="arm64")
SETTINGS = HookSettings(checks=[{"path": "/one"}])
PROPS = HookProps(service=SERVICE, package=MISSING, test_url="http://alb:8080", settings=SETTINGS, placement=PLACEMENT)


def hook(props: HookProps = PROPS) -> Config:
    return synth(lambda stack: Hook(stack, "hook", props))


def test_the_function_asks_the_test_listener_from_inside_the_vpc() -> None:
    config = hook()
    function = resource(config, "aws_lambda_function")

    assert {name: function[name] for name in function if name not in ("depends_on", "filename", "lifecycle")} == {
        "function_name": "dev-api-hook",
        "description": "Proves releases of dev-api good before they get production traffic",
        "role": reference(config, "aws_iam_role", "arn", name="dev-api-hook"),
        "runtime": "provided.al2023",
        "handler": "bootstrap",
        "architectures": ["arm64"],
        "memory_size": 256,
        "timeout": 120,
        "environment": {
            "variables": {
                "ALB_URL": "http://alb:8080",
                "CHECKS": '[{"path":"/one"}]',
                "IDENTITY": "auto",
                "IDENTITY_HEADER": "x-task-definition",
                "REQUEST_TIMEOUT_MS": "2000",
                "WARMUP_SECONDS": "30",
            }
        },
        "vpc_config": {"subnet_ids": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]},
        "replace_security_groups_on_destroy": True,
    }


def test_an_event_may_wait_half_of_codedeploys_hour_and_is_not_tried_twice() -> None:
    config = hook()

    assert resources(config, "aws_lambda_function_event_invoke_config") == [
        {
            "function_name": reference(config, "aws_lambda_function", "function_name"),
            "maximum_retry_attempts": 0,
            "maximum_event_age_in_seconds": 1800,
        }
    ]


def test_the_log_group_is_there_before_the_function_with_its_retention() -> None:
    config = hook(replace(PROPS, settings=replace(SETTINGS, log_retention_days=30)))
    role = reference(config, "aws_iam_role", "name", name="dev-api-hook")

    assert resource(config, "aws_cloudwatch_log_group") == {"name": "/aws/lambda/dev-api-hook", "retention_in_days": 30}
    assert resource(config, "aws_lambda_function")["depends_on"] == [
        address(config, "aws_cloudwatch_log_group"),
        address(config, "aws_iam_role_policy", role=role),
    ]


GROUP = "arn:aws:codedeploy:eu-west-1:111111111111:deploymentgroup:dev-api/dev-api"
APPLICATION = "arn:aws:codedeploy:eu-west-1:111111111111:application:dev-api"
ANSWER = {"Effect": "Allow", "Action": ["codedeploy:PutLifecycleEventHookExecutionStatus"], "Resource": GROUP}
EXPECTED = [
    {"Effect": "Allow", "Action": ["codedeploy:GetDeployment"], "Resource": GROUP},
    {"Effect": "Allow", "Action": ["codedeploy:GetApplicationRevision"], "Resource": APPLICATION},
]
LISTENER = [
    {"Effect": "Allow", "Action": ["codedeploy:GetDeploymentGroup"], "Resource": GROUP},
    {
        "Effect": "Allow",
        "Action": ["codedeploy:GetDeploymentTarget", "elasticloadbalancing:DescribeRules"],
        "Resource": "*",
    },
]
INTERFACES = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
]


@pytest.mark.parametrize(
    ("identity", "asking"),
    [
        ("auto", [ANSWER, *EXPECTED, *LISTENER]),
        ("listener", [ANSWER, *EXPECTED, *LISTENER]),
        ("header", [ANSWER, *EXPECTED]),
        ("off", [ANSWER]),
    ],
)
def test_the_hook_may_ask_what_its_proof_of_identity_needs_and_answer(identity: Any, asking: list[Config]) -> None:
    config = hook(replace(PROPS, settings=replace(SETTINGS, identity=identity)))
    group = reference(config, "aws_cloudwatch_log_group", "arn")

    assert policy(config, "dev-api-hook") == [
        *asking,
        {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": f"{group}:*"},
        {"Effect": "Allow", "Action": INTERFACES, "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": INTERFACES,
            "Resource": "*",
            "Condition": {
                "ArnEquals": {"lambda:SourceFunctionArn": "arn:aws:lambda:eu-west-1:111111111111:function:dev-api-hook"}
            },
        },
    ]
    assert trust(config, "dev-api-hook") == [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    ]


def test_a_schedule_wakes_the_hook_every_three_days() -> None:
    config = hook()
    function = reference(config, "aws_lambda_function", "arn")

    assert resource(config, "aws_cloudwatch_event_rule") == {
        "name": "dev-api-hook-awake",
        "description": "Keeps the release hook from losing its network interface between releases",
        "schedule_expression": "rate(3 days)",
    }
    assert resource(config, "aws_cloudwatch_event_target") == {
        "rule": reference(config, "aws_cloudwatch_event_rule", "name"),
        "arn": function,
        "input": (Path(__file__).parents[2] / "contracts" / "wake.json").read_text(),
        "depends_on": [address(config, "aws_lambda_permission")],
    }
    assert resource(config, "aws_lambda_permission") == {
        "statement_id": "awake",
        "action": "lambda:InvokeFunction",
        "function_name": reference(config, "aws_lambda_function", "function_name"),
        "principal": "events.amazonaws.com",
        "source_arn": reference(config, "aws_cloudwatch_event_rule", "arn"),
    }


def too_large(checks: list[dict[str, object]]) -> str | None:
    found: list[str | None] = []

    def build(stack: Any) -> None:
        found.append(Hook(stack, "hook", replace(PROPS, settings=HookSettings(checks=checks))).too_large)

    synth(build)
    return found[0]


def test_checks_that_lambda_could_not_keep_are_refused_with_their_size() -> None:
    # With these lengths each takes 28 bytes as Lambda measures them.
    checks: list[dict[str, object]] = [{"path": f"/section-{number:03}"} for number in range(150)]

    assert too_large(checks[:120]) is None
    assert too_large(checks) == (
        "checks: 150 checks make up to 4426 bytes of environment variables for the hook, and Lambda takes 4096: name "
        "fewer paths or shorter headers in checks (without it, every literal GET route is one)"
    )


def test_the_headers_of_checks_count_too() -> None:
    assert too_large([{"path": "/one", "headers": {"Authorization": "x" * 3800}}]) is None
    assert too_large([{"path": "/one", "headers": {"Authorization": "x" * 3900}}]) == (
        "checks: 1 checks make up to 4183 bytes of environment variables for the hook, and Lambda takes 4096: name "
        "fewer paths or shorter headers in checks (without it, every literal GET route is one)"
    )


def test_its_concurrency_is_not_reserved() -> None:
    assert "reserved_concurrent_executions" not in resource(hook(), "aws_lambda_function")


def test_a_missing_zip_fails_the_plan_with_the_command_that_builds_it() -> None:
    function = resource(hook(), "aws_lambda_function")

    assert function["filename"] == "not-built/arm64/bootstrap.zip"
    assert function["lifecycle"]["precondition"] == [
        {
            "condition": '${fileexists("${path.module}/not-built/arm64/bootstrap.zip")}',
            "error_message": "the hook's zip for arm64 is not built: run `make hook ARCH=arm64`",
        }
    ]


def test_a_built_zip_is_uploaded_and_its_content_decides_about_changes(tmp_path: Path) -> None:
    path = tmp_path / "bootstrap.zip"
    path.write_bytes(b"a zip")
    package = HookPackage(path=path, architecture="arm64")
    function = resource(hook(replace(PROPS, package=package)), "aws_lambda_function")

    assert function["filename"].endswith("/bootstrap.zip")
    assert function["source_code_hash"] == "mkRVdGXvxkS3EX6T6vE8M82Vb19PEsohvVGulOqXFpo="


def test_variables_may_be_as_large_as_lambda_and_the_sandbox_take() -> None:
    limits = json.loads((Path(__file__).parents[2] / "contracts" / "aws-limits.json").read_text())

    assert limits["function_environment_bytes"] == ENVIRONMENT_LIMIT
