"""The releasing role may do what the CLI does, and nothing else."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from greenlight import policy
from greenlight.aws import CLIENTS, OPERATIONS, Session
from greenlight.commands import policy as verb
from greenlight.policy import ACTIONS, IMPLIED, REPAIRS
from tests.service_authorization import violations

ROOT = Path(__file__).parents[2]
EXAMPLE = policy.Service(
    partition="aws",
    region="us-east-1",
    account="123456789012",
    environment="dev",
    service="api",
    application="dev-api",
    group="dev-api",
    cluster="dev",
    ecs_service="dev-api",
    family="dev-api",
    repositories=("arn:aws:ecr:us-east-1:123456789012:repository/api",),
    hooks=("arn:aws:lambda:us-east-1:123456789012:function:dev-api-hook",),
    own_hooks=("arn:aws:lambda:us-east-1:123456789012:function:announce:live",),
    service_log_group="/ecs/dev/api",
    hook_log_groups=("/aws/lambda/dev-api-hook",),
    vpc_links=("abcd123",),
    roles=("arn:aws:iam::123456789012:role/dev-api-execution", "arn:aws:iam::123456789012:role/dev-api-task"),
)


def called() -> set[str]:
    """Every action that the CLI's source asks for."""
    source = "\n".join(path.read_text() for path in (ROOT / "greenlight").rglob("*.py") if path.name != "policy.py")
    return set(re.findall(r'\.call(?:_once)?\(\s*"([a-z0-9-]+:[A-Za-z]+)"', source))


def allowed() -> set[str]:
    return {action for statement in policy.policy(EXAMPLE)["Statement"] for action in statement["Action"]}


def test_every_call_that_the_cli_makes_is_allowed_and_no_other() -> None:
    assert called() == set(ACTIONS) | set(REPAIRS)
    assert allowed() == set(ACTIONS) | set(IMPLIED)


def test_a_release_cannot_change_where_listeners_lead() -> None:
    assert allowed() & set(REPAIRS) == set()


def test_a_call_that_the_policy_does_not_allow_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")

    with pytest.raises(ValueError, match=r"ecs:DeleteService is not in greenlight/policy.py"):
        Session(region="us-east-1").call("ecs:DeleteService")


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_is_a_call_that_boto3_has(action: str) -> None:
    service, operation = action.split(":")
    calls = get_session().get_service_model(CLIENTS.get(service, service)).operation_names

    assert OPERATIONS.get(action, operation) in calls


def test_what_changes_anything_is_confined_to_the_one_service() -> None:
    reads = ("Describe", "Get", "List", "BatchGet", "Filter")
    everywhere = {
        action
        for statement in policy.policy(EXAMPLE)["Statement"]
        for action in statement["Action"]
        if statement["Resource"] == ["*"] and not action.split(":")[1].startswith(reads)
    }

    # The reference has no resource type for CodeDeploy's two. A revision that is registered changes nothing that runs.
    assert everywhere == {"codedeploy:ContinueDeployment", "codedeploy:StopDeployment", "ecs:RegisterTaskDefinition"}


def test_aws_knows_each_action_with_its_resource_and_its_condition_keys() -> None:
    assert violations(policy.policy(EXAMPLE)) == []


def test_what_the_reference_has_no_resource_for_is_allowed_on_all() -> None:
    resources = {action: one["Resource"] for one in policy.policy(EXAMPLE)["Statement"] for action in one["Action"]}

    for action in ("ContinueDeployment", "GetDeploymentTarget", "StopDeployment"):
        assert resources[f"codedeploy:{action}"] == ["*"]


def test_only_the_hooks_own_function_can_be_woken_and_a_teams_own_only_looked_at() -> None:
    function = "arn:aws:lambda:us-east-1:123456789012:function"
    look, wake = (one for one in policy.policy(EXAMPLE)["Statement"] if one["Action"][0].startswith("lambda:"))

    assert look == {
        "Effect": "Allow",
        "Action": ["lambda:GetFunctionConfiguration"],
        "Resource": [f"{function}:dev-api-hook", f"{function}:announce:live"],
    }
    assert wake == {
        "Effect": "Allow",
        "Action": ["lambda:GetFunctionEventInvokeConfig", "lambda:InvokeFunction"],
        "Resource": [f"{function}:dev-api-hook"],
    }


def test_roles_can_be_passed_to_tasks_only() -> None:
    (statement,) = (one for one in policy.policy(EXAMPLE)["Statement"] if "iam:PassRole" in one["Action"])

    assert statement == {
        "Effect": "Allow",
        "Action": ["iam:PassRole"],
        "Resource": [f"arn:aws:iam::123456789012:role/dev-api-{role}" for role in ("execution", "task")],
        "Condition": {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
    }


def test_no_name_is_left_unfilled() -> None:
    assert re.findall(r"\{\w+\}", json.dumps(policy.policy(EXAMPLE))) == []


def test_what_the_service_does_not_have_is_not_in_its_policy() -> None:
    bare = replace(EXAMPLE, repositories=(), hooks=(), own_hooks=(), hook_log_groups=(), vpc_links=(), roles=())

    left = {action for statement in policy.policy(bare)["Statement"] for action in statement["Action"]}

    assert allowed() - left == {
        *("apigateway:GET", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer"),
        *("iam:PassRole", "lambda:GetFunctionConfiguration"),
        *("lambda:GetFunctionEventInvokeConfig", "lambda:InvokeFunction", "logs:FilterLogEvents"),
    }


def test_the_verb_fills_in_the_names_of_the_service(context: Any, aws: Any) -> None:
    newest = aws.revisions[context.manifest.task_definition]["definition"]
    newest |= {"executionRoleArn": EXAMPLE.roles[0], "taskRoleArn": EXAMPLE.roles[1], "family": "dev-api"}
    changes = {"hooks": {"BeforeAllowTraffic": EXAMPLE.hooks[0], "AfterAllowTraffic": EXAMPLE.own_hooks[0]}}
    named = replace(context, manifest=context.manifest.model_copy(update=changes))

    result = verb.run(named)

    assert json.loads(result.text) == result.document["policy"] == policy.policy(EXAMPLE)


def test_a_repository_in_another_account_and_region_is_named_as_such(context: Any) -> None:
    elsewhere = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shared/api"
    changed = replace(context, manifest=context.manifest.model_copy(update={"repository": elsewhere}))

    statements = verb.run(changed).document["policy"]["Statement"]

    (resources,) = (one["Resource"] for one in statements if "ecr:DescribeImages" in one["Action"])
    assert resources == [
        "arn:aws:ecr:eu-west-1:111122223333:repository/shared/api",
        "arn:aws:ecr:us-east-1:123456789012:repository/api",  # of Terraform's newest revision
    ]
