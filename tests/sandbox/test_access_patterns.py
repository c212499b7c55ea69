"""What the texts of a policy match: wildcards and policy variables.

Pages are those of https://docs.aws.amazon.com/IAM/latest/UserGuide/
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.access.model import Policies
from tests.sandbox.access_requests import allow, allowed, deny, policy


def matches(pattern: str, resource: str, version: str | None = "2012-10-17", **keys: Any) -> bool:
    given = {key.replace("__", ":"): value for key, value in keys.items()}
    return allowed(Policies((policy(allow(resource=pattern), version=version),)), resource=resource, keys=given)


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("iam:ListAccessKeys", "IAM:listaccesskeys", True),
        ("iam:*AccessKey*", "iam:CreateAccessKey", True),
        ("iam:*AccessKey*", "iam:CreateUser", False),
        ("s3:Get?bject", "s3:GetObject", True),
        ("s3:Get", "s3:GetObject", False),
        ("s3:Get.bject", "s3:GetObject", False),
        ("*", "s3:GetObject", True),
    ],
)
def test_actions_match_without_regard_to_case(pattern: str, action: str, expected: bool) -> None:
    """reference_policies_elements_action.html"""
    assert allowed(Policies((policy(allow(pattern)),)), action) is expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("1/test/object.jpg", True),
        ("1/2/3/test/4/object.jpg", True),
        ("1///test///object.jpg", True),
        ("/test/object.jpg", True),
        ("1/test/", True),
        ("1-test/object.jpg", False),
        ("test/object.jpg", False),
        ("1/2/test.jpg", False),
    ],
)
def test_a_wildcard_matches_slashes(key: str, expected: bool) -> None:
    """reference_policies_elements_resource.html: amzn-s3-demo-bucket/*/test/*"""
    assert matches("arn:aws:s3:::amzn-s3-demo-bucket/*/test/*", f"arn:aws:s3:::amzn-s3-demo-bucket/{key}") is expected


GROUP = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/x:*"


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("arn:aws:iam::123456789012:user/Bob", "arn:aws:iam::123456789012:user/bob", False),
        ("arn:aws:iam::123456789012:user/accounting/*", "arn:aws:iam::123456789012:user/accounting/Bob", True),
        ("arn:aws:logs:*", GROUP, True),
        ("arn:aws:logs:*:log-group:*", GROUP, True),
        ("arn:aws:logs:*1:123456789012:log-group:*", GROUP, True),
        ("arn:aws:logs:*12:log-group:*", GROUP, False),
        ("arn:aws:logs:eu?west?1?123456789012:*", GROUP, False),
        ("arn:aws:logs:*:*:log-group:/aws/*", GROUP, True),
        ("arn:aws:logs:*:*:log-group:/aws/lambda/x", GROUP, False),
        ("*", GROUP, True),
        ("*", "*", True),
        ("arn:aws:logs:*", "*", False),
    ],
)
def test_a_wildcard_passes_a_colon_at_the_end_of_a_part_only(pattern: str, resource: str, expected: bool) -> None:
    """reference_policies_elements_resource.html; and "*" is what actions without resources need."""
    assert matches(pattern, resource) is expected


TABLE = "arn:aws:dynamodb:us-east-2:123456789012:table/"


@pytest.mark.parametrize(
    ("pattern", "keys", "resource", "expected"),
    [
        ("${aws:username}", {"aws:username": "Adele"}, "Adele", True),
        ("${AWS:UserName}", {"aws:username": "Adele"}, "Adele", True),
        ("${aws:username}", {"aws:username": "Adele"}, "David", False),
        ("${aws:username}-*", {"aws:username": "Adele"}, "Adele-queue", True),
        ("${aws:username}", {"aws:username": "*"}, "David", False),
        ("${aws:PrincipalTag/department}", {"aws:PrincipalTag/department": "hr"}, "hr", True),
        ("${aws:username}", {}, "${aws:username}", False),
        ("${aws:username}*", {}, "David", False),
        ("${aws:PrincipalTag/team, 'company-wide'}", {}, "company-wide", True),
        ("${aws:PrincipalTag/team, 'company-wide'}", {"aws:PrincipalTag/team": "yellow"}, "yellow", True),
        ("${aws:PrincipalTag/team, 'company-wide'}", {"aws:PrincipalTag/team": "yellow"}, "company-wide", False),
        ("${aws:TagKeys}", {"aws:TagKeys": ["a", "b"]}, "a", False),
        ("a${*}b", {}, "a*b", True),
        ("a${*}b", {}, "axb", False),
        ("a${?}b", {}, "axb", False),
        ("${$}{aws:username}", {"aws:username": "Adele"}, "${aws:username}", True),
    ],
)
def test_a_variable_stands_for_its_one_value(pattern: str, keys: dict[str, Any], resource: str, expected: bool) -> None:
    """reference_policies_variables.html"""
    policies = Policies((policy(allow(resource=TABLE + pattern)),))

    assert allowed(policies, resource=TABLE + resource, keys=keys) is expected


def test_a_variable_before_the_fifth_colon_is_text() -> None:
    """reference_policies_variables.html: "only in the resource portion of the ARN" """
    pattern = "arn:aws:iam::${aws:PrincipalAccount}:role/x"

    assert not matches(pattern, "arn:aws:iam::123456789012:role/x", aws__principalaccount="123456789012")


@pytest.mark.parametrize("version", ["2008-10-17", None])
def test_older_policies_know_no_variables(version: str | None) -> None:
    """reference_policies_elements_version.html"""
    pattern = TABLE + "${aws:username}"

    assert not matches(pattern, TABLE + "Adele", version, aws__username="Adele")
    assert matches(pattern, TABLE + "${aws:username}", version, aws__username="Adele")


def test_a_not_resource_spares_nothing_by_a_variable_without_a_value() -> None:
    """reference_policies_variables.html, "Policy variables with no value" """
    denied = {"Effect": "Deny", "Action": "*", "NotResource": TABLE + "${aws:username}"}
    policies = Policies((policy(allow(), denied),))

    assert allowed(policies, resource=TABLE + "Adele", keys={"aws:username": "Adele"})
    assert not allowed(policies, resource=TABLE + "Adele")


@pytest.mark.parametrize(
    ("team", "of_object", "is_denied"), [("a", "a", False), ("a", "b", True), (None, "a", True), ("a", None, True)]
)
def test_a_negated_condition_holds_against_a_variable_without_a_value(
    team: str | None, of_object: str | None, is_denied: bool
) -> None:
    """reference_policies_variables.html, "Policy variables with no value": s3:ExistingObjectTag/Team"""
    condition = {"StringNotEquals": {"s3:ExistingObjectTag/Team": "${aws:PrincipalTag/Team}"}}
    given = {"aws:PrincipalTag/Team": team, "s3:ExistingObjectTag/Team": of_object}
    policies = Policies((policy(allow(), deny(Condition=condition)),))

    assert allowed(policies, keys={key: value for key, value in given.items() if value}) is not is_denied


@pytest.mark.parametrize(("operator", "value"), [("StringEquals", "David/x"), ("StringLike", "David/y")])
def test_conditions_know_variables_as_well(operator: str, value: str) -> None:
    """reference_policies_variables.html: the prefix of one's own"""
    wanted = {"StringEquals": "${aws:username}/x", "StringLike": "${aws:username}/*"}[operator]
    policies = Policies((policy(allow(Condition={operator: {"s3:prefix": wanted}})),))

    assert allowed(policies, keys={"s3:prefix": value, "aws:username": "David"})
    assert not allowed(policies, keys={"s3:prefix": value, "aws:username": "Adele"})
    assert not allowed(policies, keys={"s3:prefix": value})


def test_an_arn_condition_knows_variables() -> None:
    """reference_policies_variables.html"""
    wanted = "arn:aws:iam::${aws:PrincipalAccount}:role/*"
    policies = Policies((policy(allow(Condition={"ArnLike": {"aws:PrincipalArn": wanted}})),))
    keys = {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/x"}

    assert allowed(policies, keys={**keys, "aws:PrincipalAccount": "123456789012"})
    assert not allowed(policies, keys={**keys, "aws:PrincipalAccount": "*"})
