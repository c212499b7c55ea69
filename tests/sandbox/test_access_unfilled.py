"""What hangs on a condition key that AWS would fill, and the sandbox does not, is decided against the caller."""

from __future__ import annotations

import pytest

from sandbox.access.model import Decision, Policies
from tests.sandbox.access_requests import allow, allowed, asked, deny, policy

TAGGED = {"StringEquals": {"aws:ResourceTag/stage": "prod"}}


def test_an_allow_on_a_key_that_nobody_fills_does_not_count() -> None:
    policies = Policies((policy(allow(Condition=TAGGED)),))

    assert asked(policies, unfilled=frozenset({"aws:resourcetag/"})) == Decision(
        False, "because no identity-based policy allows the s3:GetObject action", (), ("aws:resourcetag/stage",)
    )


def test_a_deny_on_a_key_that_nobody_fills_counts() -> None:
    policies = Policies((policy(allow(), deny(Condition=TAGGED)),))

    assert asked(policies, unfilled=frozenset({"aws:resourcetag/stage"})) == Decision(
        False, "with an explicit deny in an identity-based policy", ("p#1",), ("aws:resourcetag/stage",)
    )


@pytest.mark.parametrize("operator", ["Null", "StringNotEquals", "StringEqualsIfExists", "ForAllValues:StringEquals"])
def test_no_operator_makes_up_for_a_key_that_nobody_fills(operator: str) -> None:
    policies = Policies((policy(allow(Condition={operator: {"s3:Unknown": "true"}})),))

    assert allowed(policies)
    assert not allowed(policies, unfilled=frozenset({"s3:unknown"}))


def test_what_is_decided_without_the_missing_key_does_not_hang_on_it() -> None:
    other = {"StringEquals": {"aws:ResourceTag/stage": "prod", "s3:prefix": "a"}}
    policies = Policies((policy(allow(), deny(Condition=other)),))
    unfilled = frozenset({"aws:resourcetag/"})

    assert asked(policies, keys={"s3:prefix": "b"}, unfilled=unfilled) == Decision(True, "", ("p#0",))
    assert asked(policies, keys={"s3:prefix": "a"}, unfilled=unfilled).unfilled == ("aws:resourcetag/stage",)

    either = {"StringLike": {"s3:prefix": ["a*", "${aws:ResourceTag/stage}"]}}
    refusing = Policies((policy(deny(Condition=either)),))
    assert asked(refusing, keys={"s3:prefix": "a"}, unfilled=unfilled).unfilled == ()


def test_a_deny_that_is_certain_is_named_first() -> None:
    policies = Policies((policy(deny(Condition=TAGGED), deny()),))

    assert asked(policies, unfilled=frozenset({"aws:resourcetag/"})) == Decision(
        False, "with an explicit deny in an identity-based policy", ("p#1",)
    )


def test_a_resource_that_hangs_on_a_missing_key_is_closed() -> None:
    named = "arn:aws:s3:::amzn-s3-demo-bucket/${aws:PrincipalTag/team}"
    unfilled = frozenset({"aws:principaltag/"})

    assert not allowed(Policies((policy(allow(resource=named)),)), unfilled=unfilled)
    assert not allowed(Policies((policy(allow(), deny(resource=named)),)), unfilled=unfilled)
    assert allowed(Policies((policy(allow(), deny(resource=named)),)))
