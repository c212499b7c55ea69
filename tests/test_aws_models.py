"""What the stacks say is what AWS's own service models, as botocore carries them, let it say."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.loaders import Loader

import environments
from environments import Environment
from main import build
from tests.synthesis import Config, synth_stack

# isort: split
from cdktf import Testing

# resource type, argument -> service, shape
Shapes = dict[tuple[str, str], tuple[str, str]]
SHAPES: Shapes = {
    ("aws_cloudwatch_event_rule", "name"): ("events", "RuleName"),
    ("aws_cloudwatch_event_rule", "description"): ("events", "RuleDescription"),
    ("aws_cloudwatch_event_rule", "schedule_expression"): ("events", "ScheduleExpression"),
    ("aws_cloudwatch_event_target", "input"): ("events", "TargetInput"),
    ("aws_cloudwatch_log_group", "name"): ("logs", "LogGroupName"),
    ("aws_codedeploy_app", "name"): ("codedeploy", "ApplicationName"),
    ("aws_codedeploy_deployment_group", "deployment_group_name"): ("codedeploy", "DeploymentGroupName"),
    ("aws_codedeploy_deployment_group", "deployment_config_name"): ("codedeploy", "DeploymentConfigName"),
    ("aws_iam_role", "name"): ("iam", "roleNameType"),
    ("aws_iam_role", "description"): ("iam", "roleDescriptionType"),
    ("aws_iam_role_policy", "name"): ("iam", "policyNameType"),
    ("aws_lambda_function", "function_name"): ("lambda", "FunctionName"),
    ("aws_lambda_function", "description"): ("lambda", "Description"),
    ("aws_lambda_function", "handler"): ("lambda", "Handler"),
    ("aws_lambda_function", "memory_size"): ("lambda", "MemorySize"),
    ("aws_lambda_function", "timeout"): ("lambda", "Timeout"),
    ("aws_lambda_function_event_invoke_config", "maximum_event_age_in_seconds"): ("lambda", "MaximumEventAgeInSeconds"),
    ("aws_lambda_function_event_invoke_config", "maximum_retry_attempts"): ("lambda", "MaximumRetryAttempts"),
    ("aws_lambda_permission", "statement_id"): ("lambda", "StatementId"),
    ("aws_lambda_permission", "action"): ("lambda", "Action"),
    ("aws_lambda_permission", "principal"): ("lambda", "Principal"),
    ("aws_lb_listener", "port"): ("elbv2", "Port"),
    ("aws_ssm_parameter", "name"): ("ssm", "PSParameterName"),
    ("aws_ssm_parameter", "description"): ("ssm", "ParameterDescription"),
}
# EC2's model has no patterns; its documentation of CreateSecurityGroup and of the rules' descriptions has this one.
EC2_DESCRIPTION = re.compile(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}")
EC2_DESCRIBED = ("aws_security_group", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")


REGISTRY_SHAPES: Shapes = {
    ("aws_ecr_repository", "name"): ("ecr", "RepositoryName"),
    ("aws_ecr_repository", "image_tag_mutability"): ("ecr", "ImageTagMutability"),
    ("aws_ecr_lifecycle_policy", "policy"): ("ecr", "LifecyclePolicyText"),
}
FILES = environments.load_all()[0]


@pytest.fixture(scope="module", params=[name for name, one in FILES.items() if isinstance(one, Environment)])
def stack(request: pytest.FixtureRequest) -> Config:
    return synth_stack(build(Testing.app(), request.param, FILES[request.param], FILES))


def values(stack: Config, kind: str, argument: str) -> Iterator[Any]:
    for resource in stack["resource"].get(kind, {}).values():
        value = resource.get(argument)
        if value is not None and "${" not in str(value):
            yield value


def refusal(service: str, name: str, value: Any) -> str | None:
    """Why AWS's model does not take the value; None where it does."""
    shape = Loader().load_service_model(service, "service-2")["shapes"][name]
    if value not in shape.get("enum", (value,)):
        return f"{value!r} is none of {shape['enum']}"
    size = value if shape["type"] in ("integer", "long") else len(value)
    if not shape.get("min", size) <= size <= shape.get("max", size):
        return f"{value!r}: {size} is not from {shape.get('min')} to {shape.get('max')}"
    if "pattern" in shape and not re.fullmatch(shape["pattern"], str(value)):
        return f"{value!r} does not match {shape['pattern']}"
    return None


def refused(stack: Config, shapes: Shapes) -> list[str]:
    return [
        f"{kind}.{argument}: {why}"
        for (kind, argument), (service, shape) in shapes.items()
        for value in values(stack, kind, argument)
        if (why := refusal(service, shape, value))
    ]


def missing(stack: Config, shapes: Shapes) -> list[tuple[str, str]]:
    """So that a renamed argument cannot take its check along."""
    return [key for key in shapes if not any(key[1] in one for one in stack["resource"].get(key[0], {}).values())]


def test_every_value_is_one_that_the_service_model_takes(stack: Config) -> None:
    assert refused(stack, SHAPES) == []


def test_every_value_that_has_a_model_is_in_the_stack(stack: Config) -> None:
    assert missing(stack, SHAPES) == []


def test_every_value_of_a_registry_is_one_that_the_service_model_takes() -> None:
    registry = synth_stack(build(Testing.app(), "registry", FILES["registry"], FILES))

    assert (refused(registry, REGISTRY_SHAPES), missing(registry, REGISTRY_SHAPES)) == ([], [])


def test_security_groups_and_rules_are_described_in_the_characters_that_ec2_takes(stack: Config) -> None:
    described = [text for kind in EC2_DESCRIBED for text in values(stack, kind, "description")]

    assert len(described) == sum(len(stack["resource"][kind]) for kind in EC2_DESCRIBED)
    assert [text for text in described if not EC2_DESCRIPTION.fullmatch(text)] == []
