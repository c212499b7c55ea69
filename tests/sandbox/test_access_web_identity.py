"""A role is given to whom a provider of the account vouches for, as the role's trust policy wants it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.identities import (
    ACCOUNT,
    GITHUB,
    GITHUB_ARN,
    As,
    allow,
    arn_of_role,
    policy,
    session,
    token,
    trusting,
)
from tests.sandbox.running_stack import Clients
from tests.sandbox.test_aws_errors import refused

ACTION = "sts:AssumeRoleWithWebIdentity"
SUBJECT = "repo:o/r:ref:refs/heads/main"
DENIED = (403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")


@pytest.fixture(scope="module")
def provider(client: Clients) -> Iterator[str]:
    client("iam").create_open_id_connect_provider(Url=f"https://{GITHUB}", ClientIDList=["sts.amazonaws.com"])
    yield GITHUB_ARN
    client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=GITHUB_ARN)


class Role:
    """A new role for GitHub's jobs."""

    def __init__(self, sandbox: Sandbox, client: Clients, name: str):
        self.sandbox, self.client, self.name = sandbox, client, name

    def make(self, condition: dict[str, Any] | None = None, **more: Any) -> None:
        equal = {"StringEquals": {f"{GITHUB}:sub": SUBJECT, **(condition or {})}}
        document = trusting({"Federated": GITHUB_ARN}, ACTION, Condition=equal)
        self.client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=document, **more)

    def take(self, web_token: str, **params: Any) -> Any:
        """As nobody: the request is not signed."""
        settings = {"RoleArn": arn_of_role(self.name), "RoleSessionName": "job", "WebIdentityToken": web_token}
        return As(self.sandbox)("sts").assume_role_with_web_identity(**{**settings, **params})

    def refused(self, web_token: str, **params: Any) -> tuple[int, str, str]:
        return refused(lambda: self.take(web_token, **params))


@pytest.fixture
def role(sandbox: Sandbox, client: Clients, name: str, provider: str) -> Role:
    assert provider == GITHUB_ARN
    return Role(sandbox, client, name)


def test_the_answer_tells_whom_the_token_is_about(role: Role) -> None:
    role.make()
    answer = role.take(token())

    told = {key: answer[key] for key in ("SubjectFromWebIdentityToken", "Audience", "Provider")}
    assert told == {
        "SubjectFromWebIdentityToken": SUBJECT,
        "Audience": "sts.amazonaws.com",
        "Provider": f"https://{GITHUB}",
    }
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/job"


def test_what_is_given_out_works_within_the_roles_permissions(role: Role) -> None:
    role.make()
    role.client("iam").put_role_policy(
        RoleName=role.name, PolicyName="own", PolicyDocument=policy(allow("ecs:ListClusters"))
    )
    job = session(role.sandbox, role.take(token()))

    assert job("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refused(job("ecs").list_task_definitions)[1] == "AccessDeniedException"


def test_the_subject_is_the_one_that_is_trusted(role: Role) -> None:
    role.make()

    assert role.refused(token(sub="repo:o/r:pull_request")) == DENIED


@pytest.mark.parametrize(
    ("key", "value", "other"),
    [
        ("aud", "sts.amazonaws.com", None),
        ("ref", "refs/heads/main", "refs/heads/fork"),
        ("environment", "production", None),
        ("repository_id", "7", "8"),
        ("job_workflow_ref", "o/r/.github/workflows/a.yml@refs/heads/main", "o/r/b"),
    ],
)
def test_a_trust_policy_may_ask_for_githubs_claims(role: Role, key: str, value: str, other: str | None) -> None:
    role.make({f"{GITHUB}:{key}": value})

    assert role.take(token(**{key: value}))["AssumedRoleUser"]["Arn"].endswith("/job")
    if key != "aud":
        assert role.refused(token(**{key: other})) == DENIED


def test_a_claim_that_aws_does_not_know_is_no_condition_key(role: Role) -> None:
    role.make({f"{GITHUB}:runner_environment": "github-hosted"})

    assert role.refused(token(runner_environment="github-hosted")) == DENIED


def test_a_role_for_others_is_not_given(role: Role) -> None:
    document = trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    role.client("iam").create_role(RoleName=role.name, AssumeRolePolicyDocument=document)

    assert role.refused(token()) == DENIED


def test_a_role_that_is_not_there_is_not_given(role: Role) -> None:
    assert role.refused(token()) == DENIED


def test_an_issuer_that_is_no_provider_of_the_account_is_not_believed(role: Role) -> None:
    role.make()

    assert role.refused(token(iss="https://example.com")) == (
        400,
        "InvalidIdentityToken",
        "No OpenIDConnect provider found in your account for https://example.com",
    )


def test_a_token_for_another_audience_is_not_taken(role: Role) -> None:
    role.make()

    assert role.refused(token(aud="https://github.com/o")) == (400, "InvalidIdentityToken", "Incorrect token audience")


def test_an_expired_token_is_not_taken(role: Role) -> None:
    role.make()
    until = int(time.time()) - 60
    status, code, message = role.refused(token(exp=until))

    assert (status, code) == (400, "ExpiredTokenException")
    assert message.startswith("Token expired: current date/time ")
    assert message.endswith(f" must be before the expiration date/time {until}")


@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "exp"])
def test_a_token_without_a_claim_is_not_taken(role: Role, claim: str) -> None:
    role.make()

    expected = (400, "InvalidIdentityToken", f"Missing a required claim: {claim}")
    assert role.refused(token(**{claim: None})) == expected


@pytest.mark.parametrize("text", ["no token", "a.b.c", "e30.W10.x"])
def test_what_is_no_token_is_not_taken(role: Role, text: str) -> None:
    role.make()

    assert role.refused(text)[:2] == (400, "InvalidIdentityToken")


def test_tags_in_a_token_are_not_modelled(role: Role) -> None:
    role.make()
    name = "https://aws.amazon.com/tags"

    assert role.refused(token(**{name: {"principal_tags": {"a": ["b"]}}})) == (
        400,
        "UnsupportedOperation",
        f"The sandbox does not model the claim {name} of a web identity token.",
    )


def test_a_session_may_last_as_long_as_the_role_allows(role: Role) -> None:
    role.make(MaxSessionDuration=7200)

    assert role.take(token(), DurationSeconds=7200)["AssumedRoleUser"]["Arn"].endswith("/job")
    assert role.refused(token(), DurationSeconds=7201) == (
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )
