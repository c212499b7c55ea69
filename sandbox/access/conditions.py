"""The Condition element of a policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

import base64
import operator
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_address, ip_network
from typing import Any

from sandbox.access.patterns import Context, Text, Truth, UnfilledError, all_of, any_of, negation

Test = Callable[[Text, str, str], bool]
"""Whether a value of the policy (as a text with variables, and as it stands there) matches one of the request's."""


def _numeric(compare: Callable[[Any, Any], bool]) -> Test:
    return lambda _, wanted, actual: compare(_number(actual), _number(wanted))


def _dated(compare: Callable[[Any, Any], bool]) -> Test:
    return lambda _, wanted, actual: compare(_date(actual), _date(wanted))


_TESTS: dict[str, Test] = {
    "stringequals": lambda text, _, actual: text.equals(actual),
    "stringequalsignorecase": lambda text, _, actual: text.equals(actual, ignore_case=True),
    "stringlike": lambda text, _, actual: text.like(actual),
    "numericequals": _numeric(operator.eq),
    "numericlessthan": _numeric(operator.lt),
    "numericlessthanequals": _numeric(operator.le),
    "numericgreaterthan": _numeric(operator.gt),
    "numericgreaterthanequals": _numeric(operator.ge),
    "dateequals": _dated(operator.eq),
    "datelessthan": _dated(operator.lt),
    "datelessthanequals": _dated(operator.le),
    "dategreaterthan": _dated(operator.gt),
    "dategreaterthanequals": _dated(operator.ge),
    "bool": lambda _, wanted, actual: _truth(wanted) == _truth(actual),
    "binaryequals": lambda _, wanted, actual: _bytes(wanted) == _bytes(actual),
    "ipaddress": lambda _, wanted, actual: ip_address(actual) in ip_network(wanted),
    "arnequals": lambda text, _, actual: text.like_arn(actual),
    "arnlike": lambda text, _, actual: text.like_arn(actual),
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "numericnotequals": "numericequals",
    "datenotequals": "dateequals",
    "notipaddress": "ipaddress",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


def hold(condition: Mapping[str, Mapping[str, Any]], context: Context, *, variables: bool) -> Truth:
    """Whether all conditions of a statement hold; None where that hangs on what nobody knows."""
    return all_of(
        _holds(name, key, listed(wanted), context, variables)
        for name, keys in condition.items()
        for key, wanted in keys.items()
    )


def listed(value: Any) -> list[str]:
    """JSON knows one value without a list, numbers and booleans."""
    values = value if isinstance(value, list) else [value]
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in values]


def _holds(name: str, key: str, wanted: list[str], context: Context, variables: bool) -> Truth:
    try:
        actual = context[key]
    except UnfilledError:
        return None
    qualifier, _, name = name.lower().rpartition(":")
    if name == "null" and not qualifier:
        return any((not actual) == (value.lower() == "true") for value in wanted)
    name, if_exists = name.removesuffix("ifexists"), name.endswith("ifexists")
    negated = name in _NEGATED
    test = _TESTS.get(_NEGATED.get(name, name))
    if test is None or qualifier not in ("", "forallvalues", "foranyvalue"):
        return None
    if not actual and if_exists:
        return True

    def matches(value: str) -> Truth:
        found = any_of(_matches(test, Text(one, context, variables=variables), one, value) for one in wanted)
        return negation(found) if negated else found

    if qualifier:
        truths = [matches(value) for value in actual]
        return all_of(truths) if qualifier == "forallvalues" else any_of(truths)
    if not actual:
        return negated
    # "Multivalued context keys require a condition set operator": AWS does not say what comes of none.
    return matches(actual[0]) if len(actual) == 1 else None


def _matches(test: Test, text: Text, wanted: str, actual: str) -> Truth:
    try:
        return test(text, wanted, actual)
    except (UnfilledError, ArithmeticError, LookupError, ValueError):
        return None


def _truth(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(f"{text} is no number")
    return number


def _date(text: str) -> datetime:
    """ISO 8601 as the W3C has it (a year, a month, a day, or a time), or seconds since 1970."""
    if re.fullmatch(r"\d{5,}(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    if re.fullmatch(r"\d{4}(-\d{2})?", text):
        text = f"{text}-01-01"[:10]
    date = datetime.fromisoformat(text)
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
