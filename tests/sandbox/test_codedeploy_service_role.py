"""Whether CodeDeploy may take the service role of a deployment's group, and what it may do with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from moto.iam.models import iam_backends

from sandbox.access import ledger
from sandbox.access.model import Need
from sandbox.clients import Clients
from sandbox.codedeploy_engine.ports import RoleError
from sandbox.codedeploy_engine.role import ServiceRole
from sandbox.state import Settings
from tests.sandbox.codedeploy_world import make
from tests.sandbox.trust import trust

CODEDEPLOY = {"Service": "codedeploy.amazonaws.com"}
GROUP = "arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup"
ROLE = "arn:aws:iam::123456789012:role/release"
LOOK = Need("ecs:DescribeServices", "arn:aws:ecs:us-east-1:123456789012:service/c/s", request_tags={}, resource_tags={})
GONE = ("IAM_ROLE_MISSING", f"The service role {ROLE} cannot be accessed.")
DENIED = (
    "IAM_ROLE_PERMISSIONS",
    f"The IAM role {ROLE} does not give you permission to perform operations in the following AWS service: AmazonECS. "
    "Contact your AWS administrator if you need help. If you are an AWS administrator, you can grant permissions to "
    "your users or groups by creating IAM policies.",
)

Try = Callable[..., Any]


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Try]:
    """Looks at a service with a role that has this trust policy and these actions: what came of it."""
    ledger.open_in(tmp_path)
    backend = iam_backends["123456789012"]["aws"]
    clients = Clients(Settings("http://127.0.0.1:1", "http://127.0.0.1:1"), threads=1)

    def run(actions: Sequence[str] = ("ecs:DescribeServices",), *, exists: bool = True, **statement: Any) -> Any:
        if exists:
            backend.create_role("release", trust(**{"Principal": CODEDEPLOY, **statement}), "/", None, "", [], "3600")
            allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
            backend.put_role_policy("release", "own", document)
        deployment = make()
        deployment.group_info["serviceRoleArn"] = ROLE
        try:
            return asyncio.run(ServiceRole(clients, deployment).locked(lambda: [LOOK], lambda: "seen"))
        except RoleError as problem:
            return problem.code, str(problem)
        finally:
            if exists:
                backend.delete_role_policy("release", "own")
                backend.delete_role("release")

    yield run
    clients.close()


@pytest.mark.parametrize(
    "condition",
    [
        {"ArnEquals": {"aws:SourceArn": f"{GROUP}:app/group"}},
        {"StringLike": {"aws:SourceArn": f"{GROUP}:app/*"}, "StringEquals": {"aws:SourceAccount": "123456789012"}},
    ],
)
def test_codedeploy_takes_a_role_that_trusts_its_group(attempt: Try, condition: dict[str, Any]) -> None:
    assert attempt(Condition=condition) == "seen"


@pytest.mark.parametrize(
    "statement",
    [
        {"Condition": {"ArnEquals": {"aws:SourceArn": f"{GROUP}:app/another"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}},
        {"Principal": {"Service": "ecs-tasks.amazonaws.com"}},
    ],
)
def test_a_role_that_does_not_trust_the_group_is_missing(attempt: Try, statement: dict[str, Any]) -> None:
    assert attempt(**statement) == GONE


def test_a_role_that_is_gone_is_missing(attempt: Try) -> None:
    assert attempt(exists=False) == GONE


def test_what_the_role_may_not_do_is_told_as_codedeploy_does(attempt: Try) -> None:
    assert attempt(["elasticloadbalancing:*"]) == DENIED


def test_ecs_is_asked_for_each_permission_that_a_task_set_needs() -> None:
    from sandbox.codedeploy_engine.task_sets import EcsTaskSets

    definition = SimpleNamespace(arn="arn:d", task_role_arn="arn:aws:iam::1:role/task", execution_role_arn=None)
    backend = SimpleNamespace(describe_task_definition=lambda _: definition)
    task_sets = EcsTaskSets(cast(Any, None), cast(Any, None), "123456789012", "us-east-1")
    task_sets._backend = lambda: backend  # type: ignore[method-assign]

    needs = task_sets._create_needs(make(), make().appspec)

    assert [(need.action, need.resource) for need in needs] == [
        ("ecs:CreateTaskSet", "arn:aws:ecs:us-east-1:123456789012:task-set/cluster/service/*"),
        ("ecs:CreateTaskSet", "*"),
        ("iam:PassRole", "arn:aws:iam::1:role/task"),
    ]
    assert needs[1].keys == {
        "ecs:cluster": ("arn:aws:ecs:us-east-1:123456789012:cluster/cluster",),
        "ecs:service": ("arn:aws:ecs:us-east-1:123456789012:service/cluster/service",),
        "ecs:task-definition": ("arn:d",),
    }
    assert needs[2].keys == {"iam:PassedToService": ("ecs-tasks.amazonaws.com",)}
