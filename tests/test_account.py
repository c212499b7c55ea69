"""An account's stack, next to the environments that are in the account."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import environments
from environments import Account
from main import AccountStack, EnvironmentStack
from tests.synthesis import Config, reference, resources, synth_stack

# isort: split
from cdktf import Testing

ROOT = Path(__file__).parent.parent
ACCOUNT = """\
kind: account
account: "123456789012"
region: us-east-1
repository: octo-org/octo-repo
apply_environments: [apply]
release_environments: [prod]
tags: {team: platform}
"""
BOUNDARY = "arn:aws:iam::123456789012:policy/greenlight/github-boundary"


@pytest.fixture
def account(tmp_path: Path) -> Account:
    (tmp_path / "github.yaml").write_text(ACCOUNT)
    found = environments.load_file("github", tmp_path)
    assert isinstance(found, Account)
    return found


@pytest.fixture
def stack(account: Account) -> Config:
    managed = {"sandbox": environments.load("sandbox")}
    return synth_stack(AccountStack(Testing.app(), "github", account, managed))


def test_its_state_and_provider_are_like_an_environments(stack: Config) -> None:
    assert stack["terraform"]["backend"]["s3"] == {
        "bucket": "greenlight-state-123456789012-us-east-1",
        "key": "github/terraform.tfstate",
        "region": "us-east-1",
        "use_lockfile": True,
        "allowed_account_ids": ["123456789012"],
    }
    assert stack["provider"]["aws"] == [
        {
            "region": "us-east-1",
            "allowed_account_ids": ["123456789012"],
            "default_tags": [{"tags": {"managed-by": "terraform", "team": "platform"}}],
        }
    ]


def test_its_outputs_are_the_roles_that_workflows_take(stack: Config) -> None:
    assert stack["output"] == {
        f"{work}_role": {"value": reference(stack, "aws_iam_role", "arn", name=f"github-{work}")}
        for work in ("plan", "apply", "release")
    }


def test_the_roles_of_an_environment_in_the_account_have_its_boundary(account: Account) -> None:
    settings = environments.load("sandbox")
    bounded = synth_stack(EnvironmentStack(Testing.app(), "sandbox", settings, account))
    free = synth_stack(EnvironmentStack(Testing.app(), "sandbox", settings))

    assert [role["permissions_boundary"] for role in resources(bounded, "aws_iam_role")] == [BOUNDARY] * 5
    assert [role for role in resources(free, "aws_iam_role") if "permissions_boundary" in role] == []


def test_the_boundary_allows_what_the_roles_of_an_environment_need_and_no_more(stack: Config) -> None:
    settings = environments.load("sandbox")
    environment = synth_stack(EnvironmentStack(Testing.app(), "sandbox", settings))
    boundary = next(one for one in resources(stack, "aws_iam_policy") if one["name"] == "github-boundary")

    needed = {
        action
        for policy in resources(environment, "aws_iam_role_policy")
        for statement in json.loads(policy["policy"])["Statement"]
        if statement["Effect"] == "Allow"
        for action in statement["Action"]
    }

    assert {one for item in json.loads(boundary["policy"])["Statement"] for one in item["Action"]} == needed


def test_a_folder_with_an_account_is_synthesized_as_a_whole(tmp_path: Path) -> None:
    settings, output = tmp_path / "environments", tmp_path / "out"
    settings.mkdir()
    (settings / "github.yaml").write_text(ACCOUNT)
    (settings / "sandbox.yaml").write_text((ROOT / "environments" / "sandbox.yaml").read_text())
    code = f"import sys, pathlib, main; sys.exit(main.main(pathlib.Path({str(settings)!r})))"

    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, env=os.environ | {"CDKTF_OUTDIR": str(output)})

    stacks = {one.name: json.loads((one / "cdk.tf.json").read_text()) for one in (output / "stacks").iterdir()}
    assert stacks.keys() == {"github", "sandbox"}
    assert {role["permissions_boundary"] for role in resources(stacks["sandbox"], "aws_iam_role")} == {BOUNDARY}
