"""The roles for GitHub's workflows come up, plan the stack with no more than they may, and go."""

import json
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness import ROOT, Environment, Stack

ACCOUNT = """\
kind: account
account: "123456789012"
region: us-east-1
repository: octo-org@123456/octo-repo@456789
apply_environments: [apply]
release_environments: [prod]
"""
# Where IAM calls an operation otherwise; None needs no permission.
PERMISSIONS = {"s3:HeadObject": "s3:GetObject", "s3:ListObjectsV2": "s3:ListBucket", "sts:GetCallerIdentity": None}


VERBS = {"Get": "GET", "Create": "POST", "Update": "PATCH", "Delete": "DELETE"}  # of API Gateway
# Asked for by `greenlight bootstrap`, `push`, and ECS with its tasks.
NOT_TERRAFORMS = {
    *("elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"),
    *("logs:CreateLogStream", "logs:PutLogEvents"),
    *("s3:CreateBucket", "s3:HeadBucket", "s3:PutBucketEncryption", "s3:PutBucketLifecycleConfiguration"),
    *("s3:PutBucketPolicy", "s3:PutBucketVersioning", "s3:PutPublicAccessBlock"),
}
# The deploy of the account's own stack.
AN_ADMINISTRATORS = {
    *("iam:AttachRolePolicy", "iam:CreateOpenIDConnectProvider", "iam:CreatePolicy"),
    *("iam:GetOpenIDConnectProvider", "iam:GetPolicy", "iam:GetPolicyVersion"),
}


class Calls:
    """What the sandbox was asked since this was made, or since its own start, as IAM's actions."""

    def __init__(self, stack: Stack, *, all_of_them: bool = False) -> None:
        self._log = stack.sandbox.state_dir / "log" / "aws.log"
        self._before = 0 if all_of_them else len(self._log.read_text())

    def permissions(self) -> set[str]:
        lines = self._log.read_text()[self._before :].splitlines()
        called = {":".join(line.split()[3:5]) for line in lines if " INFO " in line}
        return {named for one in called if (named := _permission(one))}


def _permission(called: str) -> str | None:
    service, _, operation = called.partition(":")
    if service == "apigateway":
        return f"apigateway:{next(verb for start, verb in VERBS.items() if operation.startswith(start))}"
    return PERMISSIONS.get(called, called)


@pytest.fixture(scope="module")
def account(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    folder = tmp_path_factory.mktemp("account")
    account = Environment(stack.sandbox, folder, "github")
    beside = folder / "environments"
    beside.mkdir()
    (beside / "sandbox.yaml").write_text((ROOT / "environments" / "sandbox.yaml").read_text())
    account.apply(ACCOUNT).succeed()
    yield account
    account.destroy()


@pytest.fixture(scope="module")
def plan_role(account: Environment) -> list[str]:
    return may(account, "plan_role")


def may(account: Environment, output: str) -> list[str]:
    """The actions that a role may do."""
    outputs = json.loads(account.terraform("output", "-json").succeed())
    role = outputs[output]["value"].rpartition("/")[2]
    iam = account.client("iam")
    inline: Any = iam.get_role_policy(RoleName=role, PolicyName="inline")["PolicyDocument"]
    documents = [inline]
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
        found = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)
        documents.append(found["PolicyVersion"]["Document"])
    return [action for document in documents for one in document["Statement"] for action in one["Action"]]


def missing(permissions: set[str], allowed: list[str]) -> set[str]:
    return {one for one in permissions if not any(fnmatch(one, pattern) for pattern in allowed)}


def test_a_second_plan_of_an_account_is_empty(account: Environment) -> None:
    account.assert_plan_is_empty()


def test_the_roles_have_their_names_and_paths(account: Environment) -> None:
    outputs = json.loads(account.terraform("output", "-json").succeed())

    assert {name: output["value"] for name, output in outputs.items()} == {
        f"{work}_role": f"arn:aws:iam::123456789012:role/greenlight/github-{work}"
        for work in ("plan", "apply", "release")
    }


def test_the_role_to_plan_may_do_whatever_a_plan_of_the_stack_asks_for(stack: Stack, plan_role: list[str]) -> None:
    calls = Calls(stack)
    stack.terraform("plan", "-lock=false", "-input=false").succeed()

    assert missing(calls.permissions(), plan_role) == set()


def test_the_role_to_apply_may_do_whatever_the_deploy_of_the_stack_asked_for(
    stack: Stack, account: Environment
) -> None:
    asked = {one for one in Calls(stack, all_of_them=True).permissions() if not one.startswith("ecr:")}

    assert missing(asked, may(account, "apply_role")) - NOT_TERRAFORMS - AN_ADMINISTRATORS == set()


def test_the_role_to_plan_may_do_whatever_a_plan_of_the_account_asks_for(
    account: Environment, plan_role: list[str]
) -> None:
    calls = Calls(account)
    account.terraform("plan", "-lock=false", "-input=false").succeed()

    assert missing(calls.permissions(), plan_role) == set()


def test_a_plan_with_a_lock_would_need_more_than_the_role_has(account: Environment, plan_role: list[str]) -> None:
    calls = Calls(account)
    account.terraform("plan", "-input=false").succeed()

    assert missing(calls.permissions(), plan_role) == {"s3:DeleteObject", "s3:PutObject"}


def test_one_provider_for_github_is_all_that_an_account_takes(account: Environment) -> None:
    iam = account.client("iam")

    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_open_id_connect_provider(Url="https://token.actions.githubusercontent.com")


def test_an_environment_of_the_account_gives_its_roles_the_boundary(account: Environment) -> None:
    file = account.output_folder / "stacks" / "sandbox" / "cdk.tf.json"
    roles = json.loads(Path(file).read_text())["resource"]["aws_iam_role"].values()

    assert {role["permissions_boundary"] for role in roles} == {
        "arn:aws:iam::123456789012:policy/greenlight/github-boundary"
    }
