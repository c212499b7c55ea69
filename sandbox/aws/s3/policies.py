"""S3's bucket policies with conditions.

moto takes a condition on faith: a Deny counts whatever its Condition says, so that the usual "no access without TLS"
(``aws:SecureTransport`` is false) shuts everybody out of the state bucket. Here the conditions below are evaluated as
AWS does. The sandbox listens on loopback, where nobody listens in, and counts that as secure transport.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from math import nan
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from sandbox.aws.patch import replaces
from sandbox.state import ACCOUNT

_CONTEXT = {
    "aws:securetransport": "true",
    "s3:tlsversion": "1.3",
    "aws:sourceip": "127.0.0.1",
    "aws:principalaccount": ACCOUNT,
    "aws:principalarn": f"arn:aws:iam::{ACCOUNT}:root",
}


def _number(value: str) -> float:
    """Not a number (which nothing is equal to) where it is none: such a condition does not hold."""
    try:
        return float(value)
    except ValueError:
        return nan


_OPERATORS: dict[str, Any] = {
    "Bool": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringEqualsIgnoreCase": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StringLike": fnmatchcase,
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
    "NumericEquals": lambda actual, wanted: _number(actual) == _number(wanted),
    "NumericLessThan": lambda actual, wanted: _number(actual) < _number(wanted),
    "NumericLessThanEquals": lambda actual, wanted: _number(actual) <= _number(wanted),
    "NumericGreaterThan": lambda actual, wanted: _number(actual) > _number(wanted),
    "NumericGreaterThanEquals": lambda actual, wanted: _number(actual) >= _number(wanted),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def condition_holds(condition: dict[str, dict[str, Any]], context: dict[str, str]) -> bool:
    """Whether all of a statement's conditions hold. An operator that is not known here never does."""
    return all(
        _holds(operator, key, [str(value) for value in (wanted if isinstance(wanted, list) else [wanted])], context)
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, key: str, wanted: list[str], context: dict[str, str]) -> bool:
    actual = context.get(key.lower())
    name = operator.removesuffix("IfExists")
    if name == "Null":
        return (actual is None) == (wanted[0].lower() == "true")
    if name in _NEGATED:
        return actual is None or not any(_OPERATORS[_NEGATED[name]](actual, value) for value in wanted)
    if name not in _OPERATORS:
        return False
    if actual is None:
        return name != operator
    return any(_OPERATORS[name](actual, value) for value in wanted)


@replaces(FakeBucket)
def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy.decode())
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    policy["Statement"] = [
        {key: value for key, value in statement.items() if key != "Condition"}
        for statement in statements
        if condition_holds(statement.get("Condition") or {}, _CONTEXT)
    ]
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)
