"""What a function may do with its role, and Lambda with it for the function."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.lambda_function import Function
from tests.sandbox.roles import WRITE_LOGS, allow
from tests.sandbox.running_stack import Clients, until
from tests.sandbox.test_lambda import refusal
from tests.sandbox.trust import trust

CANNOT = (403, "AccessDeniedException", "The role defined for the function cannot be assumed by Lambda.")


def test_a_function_whose_role_trusts_lambda_no_more_does_not_run(client: Clients, function: Function) -> None:
    function.create(allowed=[WRITE_LOGS])
    elsewhere = trust(Principal={"Service": "ecs-tasks.amazonaws.com"})
    client("iam").update_assume_role_policy(RoleName=function.name, PolicyDocument=elsewhere)

    refused = refusal(client("lambda").invoke, FunctionName=function.name)
    client("iam").update_assume_role_policy(
        RoleName=function.name, PolicyDocument=trust(Principal={"Service": "lambda.amazonaws.com"})
    )

    assert refused == CANNOT
    assert function.answer()["count"] == 1


def test_a_function_whose_role_is_gone_does_not_run(client: Clients, function: Function) -> None:
    function.create(allowed=[])
    client("iam").delete_role(RoleName=function.name)

    assert refusal(client("lambda").invoke, FunctionName=function.name) == CANNOT


def test_a_function_whose_role_may_not_write_logs_runs_without_them(sandbox: Sandbox, function: Function) -> None:
    function.create(allowed=[allow("logs:CreateLogStream")])

    assert function.answer()["count"] == 1
    log = sandbox.state_dir / "log" / "runtime.log"
    until(lambda: f"for {function.group} " in log.read_text())
    assert len(function.streams()) == 1
    assert function.lines() == []


@pytest.mark.parametrize(("denied_to", "status"), [("NAME", 403), ("another", 200)])
def test_the_calls_of_a_functions_code_say_which_function_it_is(
    sandbox: Sandbox, function: Function, denied_to: str, status: int
) -> None:
    arn = f"arn:aws:lambda:us-east-1:123456789012:function:{denied_to.replace('NAME', function.name)}"
    look = allow("ec2:DescribeVpcs")
    condition = {"ArnEquals": {"lambda:SourceFunctionArn": arn}}
    function.create(Timeout=10, allowed=[look, look | {"Effect": "Deny", "Condition": condition}])
    environment = function.answer()["environment"]

    answer = function.answer(do="get", **_describe_vpcs(sandbox, environment))["event"]

    assert answer[0] == status, json.dumps(answer)


def _describe_vpcs(sandbox: Sandbox, environment: dict[str, str]) -> dict[str, Any]:
    scope = f"{environment['AWS_ACCESS_KEY_ID']}/20260101/us-east-1/ec2/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=a, Signature=a",
        "X-Amz-Security-Token": environment["AWS_SESSION_TOKEN"],
    }
    return {"url": f"{sandbox.facts['endpoint_url']}/?Action=DescribeVpcs&Version=2016-11-15", "headers": headers}
