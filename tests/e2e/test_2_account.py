"""The roles for GitHub's workflows: who may take them, and what they may not do. All other tests here use them."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.e2e.harness import Environment, Stack
from tests.e2e.roles import REPOSITORY, SUBJECTS, Roles, token


def test_a_second_plan_of_an_account_is_empty(account: Environment) -> None:
    account.assert_plan_is_empty()


def test_the_roles_have_their_names_and_paths(account: Environment) -> None:
    outputs = json.loads(account.terraform("output", "-json").succeed())

    assert {name: output["value"] for name, output in outputs.items()} == {
        f"{work}_role": f"arn:aws:iam::123456789012:role/greenlight/github-{work}"
        for work in ("plan", "apply", "release")
    }


def test_the_role_to_plan_plans_the_stack(stack: Stack) -> None:
    plan = stack.terraform("plan", "-lock=false", "-detailed-exitcode", "-input=false", role="plan")

    assert plan.wait() == 0, plan.output


def test_the_role_to_plan_plans_the_account(account: Environment, stack: Stack) -> None:
    arguments = ("plan", "-lock=false", "-detailed-exitcode", "-input=false", "-no-color")
    plan = stack.run("terraform", *arguments, role="plan", folder=account.stack_folder)

    assert plan.wait() == 0, plan.output


def test_the_role_to_plan_cannot_take_the_lock(stack: Stack) -> None:
    plan = stack.terraform("plan", "-input=false", role="plan")

    assert plan.wait() == 1
    assert "Error acquiring the state lock" in plan.output
    assert "is not authorized to perform: s3:PutObject on resource:" in " ".join(plan.output.split())


@pytest.mark.parametrize(
    ("role", "subject", "ref"),
    [
        ("apply", SUBJECTS["plan"], "refs/heads/main"),
        ("apply", SUBJECTS["release"], "refs/heads/main"),
        ("apply", SUBJECTS["apply"], "refs/heads/other"),
        ("release", SUBJECTS["apply"], "refs/heads/main"),
        ("plan", SUBJECTS["plan"].replace("octo-org", "other-org"), "refs/heads/main"),
        ("plan", f"{REPOSITORY}:ref:refs/heads/other", "refs/heads/other"),
    ],
    ids=[
        *("a pull request cannot apply", "a release's job cannot apply", "another branch's job cannot apply"),
        *("an apply's job cannot release", "another repository cannot plan", "another branch cannot plan"),
    ],
)
def test_no_other_job_takes_a_role(stack: Stack, role: str, subject: str, ref: str) -> None:
    with pytest.raises(ClientError) as refused:
        Roles(stack.sandbox).take(role, token(subject, ref))

    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    )


def test_one_provider_for_github_is_all_that_an_account_takes(account: Environment) -> None:
    iam = account.client("iam")

    with pytest.raises(iam.exceptions.EntityAlreadyExistsException):
        iam.create_open_id_connect_provider(Url="https://token.actions.githubusercontent.com")


def test_an_environment_of_the_account_gives_its_roles_the_boundary(stack: Stack) -> None:
    roles = json.loads((stack.stack_folder / "cdk.tf.json").read_text())["resource"]["aws_iam_role"].values()

    assert {role["permissions_boundary"] for role in roles} == {
        "arn:aws:iam::123456789012:policy/greenlight/github-boundary"
    }
