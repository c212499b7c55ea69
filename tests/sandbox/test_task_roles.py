"""The two roles of tasks that run: what ECS does with the one, and what containers have of the other."""

from __future__ import annotations

import urllib.error
import urllib.request

import boto3
import pytest
from botocore.credentials import ContainerProvider

from sandbox.launch import Sandbox
from tests.sandbox import running_stack
from tests.sandbox.roles import WRITE_LOGS, allow, make_role
from tests.sandbox.running_stack import Clients, Stack
from tests.sandbox.test_scheduler import ask

stack = running_stack.stack

ECS = "ecs-tasks.amazonaws.com"


def test_a_container_has_its_task_role_through_the_credentials_endpoint(
    stack: Stack, client: Clients, sandbox: Sandbox, name: str
) -> None:
    role = make_role(client, f"{name}-task", ECS, allow("ec2:DescribeVpcs"))
    stack.service(stack.push(), task_role=role)
    (task,) = stack.running()

    environment = ask(task)["environment"]
    found = ContainerProvider(environ=environment).load()

    session = boto3.session.Session(found.access_key, found.secret_key, found.token, region_name="us-east-1")
    endpoint = sandbox.facts["endpoint_url"]
    task_id = task["taskArn"].rsplit("/", 1)[1]
    arn = session.client("sts", endpoint_url=endpoint).get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::123456789012:assumed-role/{name}-task/{task_id}"
    assert "AWS_ACCESS_KEY_ID" not in environment
    # Nobody else gets them.
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    assert caught.value.code == 404


def test_a_role_that_ecs_cannot_take_starts_no_task(stack: Stack, client: Clients, name: str) -> None:
    role = make_role(client, f"{name}-other", "lambda.amazonaws.com", WRITE_LOGS)

    stack.service(stack.push(), role=role)

    reason = (
        f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that the role "
        "being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass "
        "this role."
    )
    assert stack.stopped()["stoppedReason"] == reason
    assert any(event.endswith(f"failed to launch a task with (error {reason}).") for event in stack.events())


def test_an_execution_role_without_ecr_pulls_nothing(stack: Stack, client: Clients, name: str) -> None:
    role = make_role(client, f"{name}-logs", ECS, WRITE_LOGS)

    stack.service(stack.push(), role=role)

    stopped = stack.stopped()
    task_id = stopped["taskArn"].rsplit("/", 1)[1]
    assert stopped["stoppedReason"].partition(" status code: ")[0] == (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: "
        "unable to retrieve ecr registry auth: service call has been retried 1 time(s): AccessDeniedException: User: "
        f"arn:aws:sts::123456789012:assumed-role/{name}-logs/{task_id} is not authorized to perform: "
        "ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the "
        "ecr:GetAuthorizationToken action"
    )
