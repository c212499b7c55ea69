"""When a condition of a policy holds, by the tables and examples of the IAM user guide.

Pages are those of https://docs.aws.amazon.com/IAM/latest/UserGuide/
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.access.model import Policies
from tests.sandbox.access_requests import allow, allowed, deny, policy

ARN = "arn:aws:someservice:us-east-2:111122223333:finance/document.txt"


def holds(condition: dict[str, Any], keys: dict[str, Any], version: str | None = "2012-10-17") -> bool:
    """Whether it does for sure: an Allow counts, and so does a Deny."""
    lets_in = allowed(Policies((policy(allow(Condition=condition), version=version),)), keys=keys)
    keeps_out = not allowed(Policies((policy(allow(), deny(Condition=condition), version=version),)), keys=keys)
    assert lets_in is keeps_out, "nobody knows"
    return lets_in


def unknown(condition: dict[str, Any], keys: dict[str, Any]) -> bool:
    """Whether an Allow does not count, and a Deny does."""
    lets_in = allowed(Policies((policy(allow(Condition=condition)),)), keys=keys)
    keeps_out = not allowed(Policies((policy(allow(), deny(Condition=condition)),)), keys=keys)
    return keeps_out and not lets_in


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("StringEquals", "iamuser-admin", "iamuser-admin", True),
        ("StringEquals", "iamuser-admin", "IAMuser-admin", False),
        ("StringEquals", "iamuser-*", "iamuser-admin", False),
        ("StringEquals", True, "true", True),
        ("StringEqualsIgnoreCase", "iamuser-admin", "IAMuser-admin", True),
        ("StringLike", ["", "home/", "home/*/"], "home/David/", True),
        ("StringLike", "home/?avid", "home/David", True),
        ("StringLike", "home/[D]avid", "home/David", False),
        ("StringLike", "Home/*", "home/David", False),
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", 10, "11", False),
        ("NumericLessThan", "10", "9", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "1.2", "1.3", True),
        ("NumericGreaterThan", "9", "10", True),
        ("NumericGreaterThanEquals", "10", "9", False),
        ("DateEquals", "2020-01-01", "2020-01-01T00:00:00Z", True),
        ("DateEquals", "2020-01-01T01:00+01:00", "1577836800", True),
        ("DateLessThan", "2020-07", "2020-06-30T23:59:59Z", True),
        ("DateLessThanEquals", "2020", "2020-01-01T00:00:00Z", True),
        ("DateGreaterThan", "2020-01-01T00:00:01Z", "2020-01-01T00:00:01Z", False),
        ("DateGreaterThanEquals", "2020-01-01T00:00:01Z", "2020-01-01T00:00:01Z", True),
        ("Bool", "false", "true", False),
        ("Bool", True, "true", True),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.255", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.1", False),
        ("IpAddress", "203.0.113.7", "203.0.113.7", True),
        ("IpAddress", ["203.0.113.0/24", "2001:DB8:1234:5678::/64"], "2001:db8:1234:5678::1", True),
        ("ArnLike", "arn:aws:someservice:*:111122223333:finance/*", ARN, True),
        ("ArnEquals", "arn:aws:someservice:*:111122223333:finance/*", ARN, True),
        ("ArnEquals", "arn:aws:someservice:*:111122223333:Finance/*", ARN, False),
    ],
)
def test_an_operator_compares_as_documented(operator: str, wanted: Any, actual: str, expected: bool) -> None:
    """reference_policies_elements_condition_operators.html"""
    assert holds({operator: {"x:Key": wanted}}, {"x:key": actual}) is expected


def test_an_arn_is_matched_part_by_part_and_a_string_is_not() -> None:
    """reference_policies_elements_condition_operators.html#Conditions_ARN"""
    pattern = {"x:key": "arn:aws:someservice:*:111122223333:finance/*"}
    value = {"x:key": "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"}

    assert holds({"StringLike": pattern}, value)
    assert not holds({"ArnLike": pattern}, value)


NEGATED = {
    "StringNotEquals": ("a", "b"),
    "StringNotEqualsIgnoreCase": ("a", "b"),
    "StringNotLike": ("a*", "b"),
    "NumericNotEquals": ("1", "2"),
    "DateNotEquals": ("2020", "2021-01-01"),
    "NotIpAddress": ("203.0.113.0/24", "192.0.2.1"),
    "ArnNotEquals": (ARN, ARN + "x"),
    "ArnNotLike": (ARN, ARN + "x"),
}


@pytest.mark.parametrize("operator", NEGATED)
def test_a_negated_operator_wants_none_of_its_values_and_holds_without_the_key(operator: str) -> None:
    """reference_policies_multi-value-conditions.html: NOR; reference_policies_elements_condition_operators.html"""
    wanted, other = NEGATED[operator]
    same = wanted.rstrip("*").partition("/24")[0] if operator != "DateNotEquals" else "2020-01-01T00:00:00Z"

    assert holds({operator: {"x:key": [wanted]}}, {"x:key": other})
    assert not holds({operator: {"x:key": [wanted, wanted]}}, {"x:key": same})
    assert not holds({operator: {"x:key": [other, wanted]}}, {"x:key": other})
    assert holds({operator: {"x:key": wanted}}, {})
    assert holds({operator + "IfExists": {"x:key": wanted}}, {})


@pytest.mark.parametrize(
    "operator",
    ["StringEquals", "StringLike", "NumericEquals", "DateLessThan", "Bool", "BinaryEquals", "IpAddress", "ArnLike"],
)
def test_without_the_key_only_if_exists_holds(operator: str) -> None:
    """reference_policies_elements_condition_operators.html#Conditions_IfExists"""
    assert not holds({operator: {"x:key": "1"}}, {})
    assert holds({operator + "IfExists": {"x:key": "1"}}, {})


def test_if_exists_still_wants_the_value_of_a_key_that_is_there() -> None:
    """reference_policies_elements_condition_operators.html#Conditions_IfExists: ec2:InstanceType"""
    small = {"StringLikeIfExists": {"ec2:InstanceType": ["t1.*", "t2.*", "m3.*"]}}

    assert holds(small, {"ec2:InstanceType": "t2.micro"})
    assert not holds(small, {"ec2:InstanceType": "c5.large"})
    assert holds(small, {})


@pytest.mark.parametrize(
    ("wanted", "keys", "expected"),
    [
        ("true", {}, True),
        ("true", {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}, False),
        (False, {"aws:TokenIssueTime": "2020-01-01T00:00:01Z"}, True),
        ("false", {"aws:TokenIssueTime": []}, False),
    ],
)
def test_null_asks_whether_the_key_is_absent(wanted: Any, keys: dict[str, Any], expected: bool) -> None:
    """reference_policies_elements_condition_operators.html#Conditions_Null"""
    assert holds({"Null": {"aws:TokenIssueTime": wanted}}, keys) is expected


ANA_OR_MARY = ["arn:aws:iam::222222222222:user/Ana", "arn:aws:iam::222222222222:user/Mary"]
DEPARTMENTS = {
    "aws:PrincipalTag/department": ["finance", "hr", "legal"],
    "aws:PrincipalTag/role": ["audit", "security"],
}


@pytest.mark.parametrize(
    ("operator", "department", "role", "user", "expected"),
    [
        ("ArnLike", "legal", "audit", "Mary", True),
        ("ArnLike", "hr", "audit", "Nikki", False),
        ("ArnLike", "hr", "payroll", "Mary", False),
        ("ArnLike", "hr", None, "Mary", False),
        ("ArnLike", None, None, "Mary", False),
        ("ArnNotLike", "legal", "audit", "Nikki", True),
        ("ArnNotLike", "hr", "audit", "Mary", False),
        ("ArnNotLike", "hr", "payroll", "Nikki", False),
        ("ArnNotLike", "hr", None, "Nikki", False),
        ("ArnNotLike", None, None, "Nikki", False),
    ],
)
def test_operators_and_keys_must_all_hold_by_any_of_their_values(
    operator: str, department: str | None, role: str | None, user: str, expected: bool
) -> None:
    """reference_policies_multi-value-conditions.html: both tables"""
    given = {"aws:PrincipalTag/department": department, "aws:PrincipalTag/role": role}
    keys = {key: value for key, value in given.items() if value} | {
        "aws:PrincipalArn": f"arn:aws:iam::222222222222:user/{user}"
    }

    assert holds({"StringEquals": DEPARTMENTS, operator: {"aws:PrincipalArn": ANA_OR_MARY}}, keys) is expected


@pytest.mark.parametrize(
    ("tags", "all_and_some", "any_"),
    [
        (["environment"], True, True),
        (["cost-center"], True, True),
        (["environment", "cost-center"], True, True),
        (["environment", "dept"], False, True),
        (["dept"], False, False),
        ([], False, False),
    ],
)
def test_set_operators_ask_for_all_or_any_value(tags: list[str], all_and_some: bool, any_: bool) -> None:
    """reference_policies_condition-single-vs-multi-valued-context-keys.html: both tables"""
    wanted = {"aws:TagKeys": ["environment", "cost-center"]}
    every = {"ForAllValues:StringEquals": wanted, "Null": {"aws:TagKeys": "false"}}

    assert holds(every, {"aws:TagKeys": tags}) is all_and_some
    assert holds({"ForAnyValue:StringEquals": wanted}, {"aws:TagKeys": tags}) is any_


@pytest.mark.parametrize(
    ("operator", "tags", "expected"),
    [
        ("ForAllValues:StringEquals", [], True),
        ("ForAnyValue:StringEquals", [], False),
        ("ForAllValues:StringNotEquals", ["b", "c"], True),
        ("ForAllValues:StringNotEquals", ["a", "b"], False),
        ("ForAnyValue:StringNotEquals", ["a", "b"], True),
        ("ForAnyValue:StringNotEquals", ["a"], False),
        ("ForAnyValue:StringNotEquals", [], False),
        ("ForAnyValue:StringEqualsIfExists", [], True),
        ("ForAllValues:StringLike", ["a", "ab"], False),
    ],
)
def test_a_set_operator_without_the_key_is_true_for_all_and_false_for_any(
    operator: str, tags: list[str], expected: bool
) -> None:
    """reference_policies_condition-single-vs-multi-valued-context-keys.html"""
    assert holds({operator: {"aws:TagKeys": "a"}}, {"aws:TagKeys": tags}) is expected


def test_names_of_keys_and_operators_have_no_case() -> None:
    """reference_policies_elements_condition.html: "condition key names are not case-sensitive" """
    assert holds({"StringEquals": {"AWS:requestedREGION": "eu-west-1"}}, {"aws:RequestedRegion": "eu-west-1"})


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ({"Nonsense": {"x:key": "a"}}, "a"),
        ({"ForSomeValues:StringEquals": {"x:key": "a"}}, "a"),
        ({"NullIfExists": {"x:key": "true"}}, "a"),
        ({"NumericEquals": {"x:key": "ten"}}, "10"),
        ({"NumericNotEquals": {"x:key": "NaN"}}, "10"),
        ({"DateLessThan": {"x:key": "tomorrow"}}, "2020"),
        ({"DateLessThan": {"x:key": "99999999999999999999"}}, "2020"),
        ({"Bool": {"x:key": "yes"}}, "true"),
        ({"BinaryEquals": {"x:key": "?"}}, "QmluYXJ5"),
        ({"IpAddress": {"x:key": "203.0.113.0/99"}}, "203.0.113.0"),
        ({"IpAddress": {"x:key": "203.0.113.7/24"}}, "203.0.113.7"),
        ({"ArnLike": {"x:key": "*"}}, ARN),
        ({"StringEquals": {"x:key": "a"}}, ["a", "b"]),
    ],
)
def test_what_aws_does_not_say_lets_nobody_in(condition: dict[str, Any], value: Any) -> None:
    assert unknown(condition, {"x:key": value})
