"""STS gives a role to whom its trust policy and his own policies let take it, and what it gives works."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.identities import ACCOUNT, As, allow, arn_of_role, policy, session, trusting, user
from tests.sandbox.running_stack import Clients
from tests.sandbox.test_aws_errors import refused

ROOT = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


class Role:
    """A new role, and a user who may take it if the role lets him."""

    def __init__(self, sandbox: Sandbox, client: Clients, name: str):
        self.sandbox, self.client, self.name = sandbox, client, name
        self.arn = arn_of_role(name)
        self.user = user(sandbox, client, f"{name}-user", allow(["sts:*"]))
        self.user_arn = f"arn:aws:iam::{ACCOUNT}:user/{name}-user"

    def make(self, trust: str, **settings: Any) -> None:
        self.client("iam").create_role(RoleName=self.name, AssumeRolePolicyDocument=trust, **settings)

    def may(self, *statements: Any) -> None:
        self.client("iam").put_role_policy(RoleName=self.name, PolicyName="own", PolicyDocument=policy(*statements))

    def take(self, by: As | None = None, **params: Any) -> Any:
        settings = {"RoleArn": self.arn, "RoleSessionName": "one", **params}
        return (by or self.user)("sts").assume_role(**settings)

    def taken(self, by: As | None = None, **params: Any) -> As:
        return session(self.sandbox, self.take(by, **params))

    def refused(self, by: As | None = None, **params: Any) -> tuple[int, str, str]:
        return refused(lambda: self.take(by, **params))

    def denial(self, action: str = "AssumeRole", who: str = "") -> tuple[int, str, str]:
        sentence = f"User: {who or self.user_arn} is not authorized to perform: sts:{action} on resource: {self.arn}"
        return 403, "AccessDenied", sentence


@pytest.fixture
def role(sandbox: Sandbox, client: Clients, name: str) -> Role:
    return Role(sandbox, client, name)


def test_sts_says_who_the_administrator_is(client: Clients) -> None:
    answer = client("sts").get_caller_identity()

    told = {key: answer[key] for key in ("Account", "Arn", "UserId")}
    assert told == {"Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:root", "UserId": ACCOUNT}


def test_sts_says_who_a_user_is(role: Role) -> None:
    found = role.client("iam").get_user(UserName=f"{role.name}-user")["User"]
    answer = role.user("sts").get_caller_identity()

    assert (answer["Arn"], answer["UserId"]) == (role.user_arn, found["UserId"])


def test_a_taken_role_is_who_calls_next(role: Role) -> None:
    role.make(trusting(ROOT))
    answer = role.take()
    identity = session(role.sandbox, answer)("sts").get_caller_identity()

    assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/one"
    assert answer["AssumedRoleUser"] == {"Arn": identity["Arn"], "AssumedRoleId": identity["UserId"]}


def test_a_session_may_do_what_its_role_may_and_no_more(role: Role) -> None:
    role.make(trusting(ROOT))
    role.may(allow("ecs:ListClusters"))
    taken = role.taken()

    assert taken("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/one"
    assert refused(taken("ecs").list_task_definitions) == (
        400,
        "AccessDeniedException",
        f"User: {who} is not authorized to perform: ecs:ListTaskDefinitions on resource: * because no identity-based "
        "policy allows the ecs:ListTaskDefinitions action",
    )


@pytest.mark.parametrize("given", ["Policy", "PolicyArns"])
def test_a_session_policy_limits_the_role(role: Role, given: str) -> None:
    role.make(trusting(ROOT))
    role.may(allow("ecs:List*"))
    document = policy(allow("ecs:ListClusters"))
    arn = role.client("iam").create_policy(PolicyName=role.name, PolicyDocument=document)["Policy"]["Arn"]
    params: dict[str, Any] = {given: document if given == "Policy" else [{"arn": arn}]}
    taken = role.taken(**params)

    assert taken("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refused(taken("ecs").list_task_definitions)[2].endswith(
        "because no session policy allows the ecs:ListTaskDefinitions action"
    )


def test_a_role_that_trusts_its_account_is_taken_by_who_may_take_it_only(role: Role) -> None:
    role.make(trusting(ROOT))
    nobody = user(role.sandbox, role.client, f"{role.name}-nobody")

    assert role.refused(nobody) == role.denial(who=f"arn:aws:iam::{ACCOUNT}:user/{role.name}-nobody")


def test_a_role_that_names_a_user_is_taken_without_more(role: Role) -> None:
    nobody = user(role.sandbox, role.client, f"{role.name}-nobody")
    role.make(trusting({"AWS": f"arn:aws:iam::{ACCOUNT}:user/{role.name}-nobody"}))

    assert role.take(nobody)["AssumedRoleUser"]["Arn"].endswith(f"{role.name}/one")


def test_a_role_that_trusts_somebody_else_is_not_taken_by_who_may_take_all(role: Role) -> None:
    role.make(trusting({"Service": "lambda.amazonaws.com"}))

    assert role.refused() == role.denial()


def test_a_role_that_is_not_there_is_denied_like_one_that_is(role: Role) -> None:
    assert role.refused() == role.denial()


def test_a_role_may_ask_for_an_external_id(role: Role) -> None:
    role.make(trusting(ROOT, Condition={"StringEquals": {"sts:ExternalId": "secret"}}))

    assert (role.refused(), role.refused(ExternalId="other")) == (role.denial(), role.denial())
    assert role.take(ExternalId="secret")["AssumedRoleUser"]["Arn"].endswith(f"{role.name}/one")


def test_a_role_may_ask_for_a_session_name(role: Role) -> None:
    role.make(trusting(ROOT, Condition={"StringLike": {"sts:RoleSessionName": "release-*"}}))

    assert role.refused() == role.denial()
    assert role.take(RoleSessionName="release-7")["AssumedRoleUser"]["Arn"].endswith(f"{role.name}/release-7")


def test_a_role_that_asks_for_mfa_is_taken_by_nobody(role: Role) -> None:
    role.make(trusting(ROOT, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}))

    assert role.refused() == role.denial()


def test_the_account_itself_takes_no_roles(role: Role) -> None:
    role.make(trusting(ROOT))
    params = {"RoleArn": role.arn, "RoleSessionName": "one"}

    told = refused(role.client("sts").assume_role, **params)
    assert told == (403, "AccessDenied", "Roles may not be assumed by root accounts.")


def test_a_session_has_tags_if_the_role_lets_itself_be_tagged(role: Role) -> None:
    role.make(trusting(ROOT))
    tags = [{"Key": "Team", "Value": "blue"}]

    assert role.refused(Tags=tags) == role.denial("TagSession")
    role.client("iam").update_assume_role_policy(
        RoleName=role.name, PolicyDocument=trusting(ROOT, ["sts:AssumeRole", "sts:TagSession"])
    )
    role.may(allow("ecs:ListClusters", Condition={"StringEquals": {"aws:PrincipalTag/team": "blue"}}))
    assert role.taken(Tags=tags)("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refused(role.taken()("ecs").list_clusters)[1] == "AccessDeniedException"


def test_a_role_may_ask_for_the_tags_of_its_sessions(role: Role) -> None:
    condition = {
        "StringEquals": {"aws:RequestTag/Team": "blue"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["Team"]},
    }
    role.make(trusting(ROOT, ["sts:AssumeRole", "sts:TagSession"], Condition=condition))

    assert role.refused(Tags=[{"Key": "Team", "Value": "red"}]) == role.denial()
    assert role.take(Tags=[{"Key": "Team", "Value": "blue"}])["AssumedRoleUser"]["Arn"].endswith("/one")


def test_a_sessions_tags_are_its_roles_too(role: Role) -> None:
    role.make(trusting(ROOT), Tags=[{"Key": "Team", "Value": "blue"}])
    role.may(allow("ecs:ListClusters", Condition={"StringEquals": {"aws:PrincipalTag/Team": "blue"}}))

    assert role.taken()("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_transitive_tags_are_handed_on_to_the_next_role(role: Role, sandbox: Sandbox, client: Clients) -> None:
    both = ["sts:AssumeRole", "sts:TagSession"]
    role.make(trusting(ROOT, both))
    role.may(allow("sts:*"))
    tags = [{"Key": "Team", "Value": "blue"}, {"Key": "Other", "Value": "x"}]
    first = role.taken(Tags=tags, TransitiveTagKeys=["Team"])
    second = Role(sandbox, client, f"{role.name}-second")
    second.make(trusting(ROOT))
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/one"

    assert second.refused(first) == second.denial("TagSession", who)
    client("iam").update_assume_role_policy(RoleName=second.name, PolicyDocument=trusting(ROOT, both))
    second.may(
        allow("ecs:ListClusters", Condition={"StringEquals": {"aws:PrincipalTag/Team": "blue"}}),
        allow("ecs:ListTaskDefinitions", Condition={"StringEquals": {"aws:PrincipalTag/Other": "x"}}),
    )
    taken = second.taken(first)
    assert taken("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refused(taken("ecs").list_task_definitions)[1] == "AccessDeniedException"


def test_a_source_identity_stays_through_every_role(role: Role, sandbox: Sandbox, client: Clients) -> None:
    both = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    role.make(trusting(ROOT, both))
    role.may(allow("sts:*"))
    first = role.take(SourceIdentity="ann")
    second = Role(sandbox, client, f"{role.name}-second")
    second.make(trusting(ROOT, both, Condition={"StringEquals": {"sts:SourceIdentity": "ann"}}))

    # Of the second role's conditions AssumeRole carries only what the call itself sets.
    assert first["SourceIdentity"] == "ann"
    assert second.take(session(sandbox, first), SourceIdentity="ann")["SourceIdentity"] == "ann"
    assert second.refused(session(sandbox, first), SourceIdentity="bob")[:2] == (403, "AccessDenied")


def test_a_session_lasts_as_long_as_is_asked_for(role: Role) -> None:
    role.make(trusting(ROOT), MaxSessionDuration=7200)
    before = datetime.now(UTC)
    until = role.take(DurationSeconds=7200)["Credentials"]["Expiration"]

    assert 7190 <= (until - before).total_seconds() <= 7230


def test_a_session_lasts_no_longer_than_its_role_allows(role: Role) -> None:
    role.make(trusting(ROOT))

    assert role.refused(DurationSeconds=3601) == (
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_a_session_of_a_session_lasts_an_hour(role: Role) -> None:
    role.make(trusting(ROOT), MaxSessionDuration=7200)
    role.may(allow("sts:AssumeRole"))
    first = role.taken()

    assert role.refused(first, DurationSeconds=3601) == (
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )


def test_a_session_of_a_role_that_was_made_anew_may_nothing(role: Role) -> None:
    role.make(trusting(ROOT))
    role.may(allow("ecs:*"))
    taken = role.taken()
    role.client("iam").delete_role_policy(RoleName=role.name, PolicyName="own")
    role.client("iam").delete_role(RoleName=role.name)
    role.make(trusting(ROOT))
    role.may(allow("ecs:*"))

    assert refused(taken("ecs").list_clusters)[1] == "AccessDeniedException"


def test_a_malformed_session_policy_is_refused(role: Role) -> None:
    role.make(trusting(ROOT))

    assert role.refused(Policy="no JSON")[:2] == (400, "MalformedPolicyDocument")
    assert role.refused(Policy="{}")[:2] == (400, "MalformedPolicyDocument")


def test_a_users_own_session_may_what_he_may_but_for_iam(role: Role) -> None:
    own = user(role.sandbox, role.client, f"{role.name}-own", allow(["ecs:ListClusters", "iam:ListRoles"]))
    answer = own("sts").get_session_token()
    taken = session(role.sandbox, answer)

    assert taken("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/{role.name}-own"
    assert taken("ecs").list_clusters()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert refused(taken("ecs").list_task_definitions)[1] == "AccessDeniedException"
    assert refused(taken("iam").list_roles)[:2] == (403, "InvalidClientTokenId")


def test_the_administrators_session_is_his_own(sandbox: Sandbox, client: Clients) -> None:
    before = datetime.now(UTC)
    answer = client("sts").get_session_token(DurationSeconds=43200)

    assert session(sandbox, answer)("sts").get_caller_identity()["Arn"] == f"arn:aws:iam::{ACCOUNT}:root"
    assert (answer["Credentials"]["Expiration"] - before).total_seconds() <= 3630


def test_a_session_gets_no_session_token(role: Role) -> None:
    role.make(trusting(ROOT))

    assert refused(role.taken()("sts").get_session_token) == (
        403,
        "AccessDenied",
        "Cannot call GetSessionToken with session credentials",
    )


def test_sts_knows_whose_a_key_is(role: Role) -> None:
    key = role.client("iam").list_access_keys(UserName=f"{role.name}-user")["AccessKeyMetadata"][0]["AccessKeyId"]

    assert role.client("sts").get_access_key_info(AccessKeyId=key)["Account"] == ACCOUNT
    assert refused(role.client("sts").get_access_key_info, AccessKeyId="AKIA" + "A" * 16)[0] == 400


def test_federated_users_and_saml_are_not_modelled(client: Clients) -> None:
    told = refused(client("sts").get_federation_token, Name="somebody")
    assert told == (400, "UnsupportedOperation", "The sandbox does not model GetFederationToken of sts.")
    saml = {"RoleArn": arn_of_role("any"), "PrincipalArn": arn_of_role("provider"), "SAMLAssertion": "abcd"}
    told = refused(client("sts").assume_role_with_saml, **saml)
    assert told == (400, "UnsupportedOperation", "The sandbox does not model AssumeRoleWithSAML of sts.")
