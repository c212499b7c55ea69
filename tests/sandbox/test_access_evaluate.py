"""Whether a request is allowed, as the IAM user guide and KMS's developer guide decide their own examples.

Pages are those of https://docs.aws.amazon.com/IAM/latest/UserGuide/, unless an address is given.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.access.model import Decision, Policies, Policy, Principal
from tests.sandbox.access_requests import (
    ACCOUNT,
    ANONYMOUS,
    EVENTS,
    GITHUB,
    OBJECT,
    ROLE,
    ROLE_ARN,
    ROOT,
    ROOT_ARN,
    SESSION_ARN,
    USER,
    USER_ARN,
    allow,
    allowed,
    asked,
    deny,
    policy,
)

NOTHING = policy(allow("ec2:*"))
"""Grants nothing of what is asked for here."""


def by(name: str | dict[str, Any], *, alone: bool = False, **more: Any) -> Policies:
    """Policies of which only the resource's grants something: to this principal."""
    return Policies(resource=policy(allow(Principal=name), name="bucket policy"), resource_alone=alone, **more)


# Identity-based policies


def test_all_is_denied_that_nothing_allows() -> None:
    """reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html"""
    assert asked(Policies()) == Decision(False, "because no identity-based policy allows the s3:GetObject action")


def test_an_allow_names_its_statement() -> None:
    policies = Policies((NOTHING, policy(allow("ec2:*"), allow("s3:*"), name="arn:aws:iam::aws:policy/S3")))

    assert asked(policies) == Decision(True, "", ("arn:aws:iam::aws:policy/S3#1",))


def test_an_explicit_deny_overrides_any_allow() -> None:
    """reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html: AllowGetList and DenyReports"""
    policies = Policies((policy(allow(["iam:Get*", "iam:List*"]), deny("iam:*Report")),))

    assert allowed(policies, "iam:GetUser", USER_ARN)
    assert asked(policies, "iam:CreatePolicy", "*").reason == (
        "because no identity-based policy allows the iam:CreatePolicy action"
    )
    assert asked(policies, "iam:GetOrganizationsAccessReport", "*") == Decision(
        False, "with an explicit deny in an identity-based policy", ("p#1",)
    )


def test_carlos_may_use_his_bucket_and_no_logs() -> None:
    """reference_policies_evaluation-logic_policy-eval-basics.html"""
    own = ["arn:aws:s3:::carlossalazar/*", "arn:aws:s3:::carlossalazar"]
    statements = (
        allow(["s3:GetBucketLocation", "s3:ListAllMyBuckets"], "arn:aws:s3:::*"),
        allow("s3:*", own),
        deny("s3:*", "arn:aws:s3:::*log*"),
    )
    policies = Policies((policy(*statements),), resource=policy(allow("s3:*", own, Principal={"AWS": USER_ARN})))

    assert allowed(policies, "s3:PutObject", "arn:aws:s3:::carlossalazar/file")
    assert not allowed(policies, "s3:PutObject", "arn:aws:s3:::carlossalazar-logs/file")


@pytest.mark.parametrize(
    ("action", "resource", "is_allowed"),
    [
        ("s3:PutObject", OBJECT, True),
        ("s3:DeleteBucket", "arn:aws:s3:::amzn-s3-demo-bucket", False),
        ("s3:ListAllMyBuckets", "*", False),
        ("iam:GetUser", USER_ARN, False),
    ],
)
def test_not_action_is_every_other_action_on_the_resource(action: str, resource: str, is_allowed: bool) -> None:
    """reference_policies_elements_notaction.html: all of S3 but DeleteBucket, and ListAllMyBuckets needs "*"."""
    statement = {"Effect": "Allow", "NotAction": "s3:DeleteBucket", "Resource": "arn:aws:s3:::*"}

    assert allowed(Policies((policy(statement),)), action, resource) is is_allowed


def test_not_resource_denies_every_other_resource() -> None:
    """reference_policies_elements_notresource.html: the group HRPayroll"""
    spared = ["arn:aws:s3:::HRBucket/Payroll", "arn:aws:s3:::HRBucket/Payroll/*"]
    statement = {"Effect": "Deny", "Action": "s3:*", "NotResource": spared}
    policies = Policies((policy(allow(), statement),))

    assert allowed(policies, "s3:GetObject", "arn:aws:s3:::HRBucket/Payroll/may")
    assert not allowed(policies, "s3:GetObject", "arn:aws:s3:::HRBucket/Other")
    assert allowed(policies, "ec2:DescribeVpcs", "*")


def test_a_statement_without_a_list_is_a_statement() -> None:
    """reference_policies_elements_statement.html"""
    document = {"Version": "2012-10-17", "Statement": allow("s3:*")}

    assert allowed(Policies((Policy("p", document),)))


# Boundaries and session policies


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("iam:CreateUser", "because no permissions boundary allows the iam:CreateUser action"),
        ("s3:ListAllMyBuckets", "because no identity-based policy allows the s3:ListAllMyBuckets action"),
    ],
)
def test_a_boundary_limits_and_gives_nothing(action: str, reason: str) -> None:
    """access_policies_boundaries.html: Shirley Rodriguez"""
    policies = Policies((policy(allow("iam:CreateUser")),), boundary=policy(allow(["s3:*", "cloudwatch:*", "ec2:*"])))

    assert asked(policies, action, "*") == Decision(False, reason)


def test_identity_boundary_and_session_must_all_allow() -> None:
    """access_policies_boundaries.html, "Session policies": what is allowed by all three types"""
    grants = {name: policy(allow("s3:*"), name=name) for name in ("identity", "boundary", "session")}
    policies = Policies((grants["identity"],), grants["boundary"], (NOTHING, grants["session"]))

    assert asked(policies, principal=ROLE) == Decision(True, "", ("identity#0", "boundary#0", "session#0"))


def test_a_session_policy_limits_the_role() -> None:
    """access_policies.html#policies_session; an empty set of them allows nothing."""
    reason = "because no session policy allows the s3:GetObject action"

    for session in ((), (NOTHING,)):
        assert asked(Policies((policy(allow()),), session=session), principal=ROLE) == Decision(False, reason)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        ("identity", "with an explicit deny in an identity-based policy"),
        ("boundary", "with an explicit deny in a permissions boundary"),
        ("session", "with an explicit deny in a session policy"),
        ("resource", "with an explicit deny in a resource-based policy"),
    ],
)
def test_a_deny_anywhere_wins_and_is_named_as_aws_does(place: str, reason: str) -> None:
    """troubleshoot_access-denied.html"""
    everything = policy(allow(Principal="*"))
    denies = policy(allow(Principal="*"), deny("s3:GetObject", Principal="*"), name="no")
    at: dict[str, Any] = {"boundary": everything, "resource": everything, "identity": everything, "session": everything}
    at[place] = denies
    policies = Policies((at["identity"],), at["boundary"], (at["session"],), at["resource"])

    assert asked(policies, principal=ROLE) == Decision(False, reason, ("no#1",))


# Resource-based policies in one account


@pytest.mark.parametrize(
    ("principal", "name", "is_allowed"),
    [
        (ROLE, ROLE_ARN, False),
        (ROLE, SESSION_ARN, True),
        (ROLE, "*", True),
        (USER, USER_ARN, True),
        (USER, "*", True),
        (USER, ROOT_ARN, False),
        (ROLE, ACCOUNT, False),
    ],
)
def test_only_a_grant_to_the_user_or_session_passes_implicit_denies(
    principal: Principal, name: str, is_allowed: bool
) -> None:
    """reference_policies_evaluation-logic_policy-eval-denyallow.html: implicit denies everywhere else. For "*",
    reference_policies_elements_principal.html: "no other permissions are required" within the account, and neither
    boundaries nor session policies limit it; the account's name only leaves it to the account.
    """
    policies = by({"AWS": name}, identity=(NOTHING,), boundary=NOTHING, session=(NOTHING,))

    assert allowed(policies, principal=principal) is is_allowed


def test_a_grant_to_a_role_needs_no_identity_policy_but_its_boundary_and_session_policies() -> None:
    """reference_policies_evaluation-logic_policy-eval-denyallow.html, "IAM role" """
    everything = policy(allow())

    assert allowed(by({"AWS": ROLE_ARN}), principal=ROLE)
    assert asked(by({"AWS": ROLE_ARN}, boundary=NOTHING, session=(everything,)), principal=ROLE).reason == (
        "because no permissions boundary allows the s3:GetObject action"
    )
    assert asked(by({"AWS": ROLE_ARN}, boundary=everything, session=(NOTHING,)), principal=ROLE).reason == (
        "because no session policy allows the s3:GetObject action"
    )
    assert allowed(by({"AWS": ROLE_ARN}, boundary=everything, session=(everything,)), principal=ROLE)


@pytest.mark.parametrize(
    ("element", "grantees"),
    [
        ("*", [USER, ROLE, EVENTS, ANONYMOUS]),
        ({"AWS": "*"}, [USER, ROLE, ANONYMOUS]),
        ({"AWS": [ROLE_ARN, USER_ARN]}, [USER, ROLE]),
        ({"AWS": SESSION_ARN.replace("examplerolesessionname", "other")}, []),
        ({"AWS": SESSION_ARN.replace("examplerolesessionname", "*")}, []),
        ({"AWS": "AROAEXAMPLEOFAGONEROLE"}, []),
        ({"AWS": "events.amazonaws.com"}, []),
        ({"Service": USER_ARN}, []),
        ({"Service": ["ecs.amazonaws.com", "events.amazonaws.com"]}, [EVENTS]),
        ({"Service": "*"}, []),
        ({"Federated": GITHUB.arn}, [GITHUB]),
        ({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}, []),
    ],
)
def test_a_principal_is_named_whole_and_as_what_it_is(element: Any, grantees: list[Principal]) -> None:
    """reference_policies_elements_principal.html"""
    everyone = [USER, ROLE, EVENTS, GITHUB, ANONYMOUS]

    assert [one for one in everyone if allowed(by(element), principal=one)] == grantees


def test_a_service_has_the_resources_policy_only() -> None:
    """reference_policies_evaluation-logic_policy-eval-denyallow.html; and the reason names what is missing."""
    assert asked(by({"Service": "ecs.amazonaws.com"}), principal=EVENTS) == Decision(
        False, "because no resource-based policy allows the s3:GetObject action"
    )


@pytest.mark.parametrize(
    ("spared", "limited", "denied"),
    [
        ([ROLE_ARN, ROOT_ARN, SESSION_ARN], False, False),
        ([ROLE_ARN, ACCOUNT, SESSION_ARN], False, False),
        ([ROLE_ARN, ROOT_ARN], False, True),
        ([SESSION_ARN, ROOT_ARN], False, True),
        ([SESSION_ARN, ROLE_ARN], False, True),
        ([ROLE_ARN, ROOT_ARN, SESSION_ARN], True, True),
    ],
)
def test_not_principal_spares_a_session_named_with_its_role_and_account(
    spared: list[str], limited: bool, denied: bool
) -> None:
    """reference_policies_elements_notprincipal.html; "will always deny any IAM principal that has a permissions
    boundary policy attached": access_policies_boundaries.html
    """
    refusing = deny(NotPrincipal={"AWS": spared})
    boundary = policy(allow()) if limited else None
    policies = Policies((policy(allow()),), boundary, resource=policy(refusing))

    assert allowed(policies, principal=ROLE) is not denied


def test_not_principal_spares_a_service_by_its_name() -> None:
    """reference_policies_elements_notprincipal.html"""
    refusing = {"Effect": "Deny", "NotPrincipal": {"Service": EVENTS.arn}, "Action": "*"}
    policies = Policies(resource=policy(allow(Principal="*"), refusing))

    assert [one for one in (EVENTS, USER, ANONYMOUS) if allowed(policies, principal=one)] == [EVENTS]


@pytest.mark.parametrize("name", [{"AWS": "*"}, {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8"}])
def test_a_deny_counts_where_nobody_knows_whom_it_names(name: dict[str, str]) -> None:
    policies = Policies(resource=policy(allow(Principal={"Service": EVENTS.arn}), deny(Principal=name)))

    assert not allowed(policies, principal=EVENTS)


def test_not_principal_with_allow_lets_in_all_others() -> None:
    """reference_policies_elements_notprincipal.html: "including anonymous (unauthenticated) users" """
    policies = Policies(resource=policy(allow(NotPrincipal={"AWS": ROOT_ARN})))

    assert [one for one in (USER, ROLE, EVENTS, ANONYMOUS) if allowed(policies, principal=one)] == [EVENTS, ANONYMOUS]


# What only the resource's policy can give


KEY = "arn:aws:kms:us-west-2:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
OWN = policy(allow("kms:*"))


@pytest.mark.parametrize(
    ("named", "own", "is_allowed", "reason"),
    [
        (ROOT_ARN, (), False, "because no identity-based policy allows the kms:Decrypt action"),
        (USER_ARN, (), True, ""),
        (ROOT_ARN, (OWN,), True, ""),
        (ROLE_ARN, (OWN,), False, "because no resource-based policy allows the kms:Decrypt action"),
        (USER_ARN, (policy(deny("kms:*")),), False, "with an explicit deny in an identity-based policy"),
    ],
)
def test_a_key_is_used_by_whom_its_policy_names_or_leaves_to_the_account(
    named: str, own: tuple[Policy, ...], is_allowed: bool, reason: str
) -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/determining-access.html: Alice, Bob and Charlie"""
    decision = asked(by({"AWS": named}, alone=True, identity=own), "kms:Decrypt", KEY)

    assert (decision.allowed, decision.reason) == (is_allowed, reason)


def test_a_key_that_does_not_name_the_root_user_keeps_him_out() -> None:
    """https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html: "No AWS principal, including the
    account root user", has permissions that no policy gives.
    """
    everything = (policy(allow()),)

    assert allowed(by({"AWS": ROOT_ARN}, alone=True, identity=everything), "kms:Decrypt", KEY, principal=ROOT)
    assert not allowed(by({"AWS": ROLE_ARN}, alone=True, identity=everything), "kms:Decrypt", KEY, principal=ROOT)


def trusted(name: dict[str, Any], **more: Any) -> Policies:
    statement = {"Effect": "Allow", "Principal": name, "Action": "sts:AssumeRole"}
    return Policies(resource=policy(statement, name="trust policy"), resource_alone=True, **more)


@pytest.mark.parametrize(
    ("principal", "name", "identity", "is_allowed"),
    [
        (EVENTS, {"Service": "events.amazonaws.com"}, (), True),
        (EVENTS, {"Service": "ecs.amazonaws.com"}, (), False),
        (ROLE, {"AWS": ROLE_ARN}, (), True),
        (ROLE, {"AWS": ROOT_ARN}, (), False),
        (ROLE, {"AWS": ROOT_ARN}, (policy(allow("sts:AssumeRole", "arn:aws:iam::*:role/target")),), True),
        (ROLE, {"AWS": USER_ARN}, (policy(allow()),), False),
    ],
)
def test_a_role_is_taken_by_whom_its_trust_policy_names(
    principal: Principal, name: dict[str, Any], identity: tuple[Policy, ...], is_allowed: bool
) -> None:
    """reference_policies_evaluation-logic_policy-eval-denyallow.html: trust policies "must explicitly allow access" """
    target = f"arn:aws:iam::{ACCOUNT}:role/target"

    assert allowed(trusted(name, identity=identity), "sts:AssumeRole", target, principal=principal) is is_allowed


def test_a_trust_policys_denial_is_named_as_aws_does() -> None:
    """troubleshoot_access-denied.html"""
    target = f"arn:aws:iam::{ACCOUNT}:role/target"
    refusing = policy({"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}, name="trust policy")

    assert asked(trusted({"AWS": USER_ARN}), "sts:AssumeRole", target, principal=ROLE) == Decision(
        False, "because no role trust policy allows the sts:AssumeRole action"
    )
    assert asked(
        Policies(resource=refusing, resource_alone=True), "sts:AssumeRole", target, principal=ROLE
    ) == Decision(False, "with an explicit deny in the role trust policy", ("trust policy#0",))
