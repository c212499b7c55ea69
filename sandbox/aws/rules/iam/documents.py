"""A policy document, read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_TOP = {"Version", "Id", "Statement"}
_VERSIONS = ("2008-10-17", "2012-10-17")
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_MEMBERS = {"Sid", "Effect", "Condition", *(name for pair in _PAIRS for name in pair)}
_OPERATORS = {
    *("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    *("StringLike", "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan"),
    *("NumericLessThanEquals", "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals"),
    *("DateLessThan", "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals"),
    *("IpAddress", "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null"),
}


def parsed(text: str) -> Any:
    """What the text holds; None where it is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def statements(document: Any) -> list[dict[str, Any]]:
    """The statements of a document, whose form may be anything."""
    given = document.get("Statement") if isinstance(document, dict) else None
    given = [given] if isinstance(given, dict) else given
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def values(given: Any) -> list[Any]:
    """One value or a list of them, as a list."""
    if given is None:
        return []
    return given if isinstance(given, list) else [given]


def is_sound(document: Any) -> bool:
    """Whether the document has the grammar's form (IAM User Guide, "Grammar of the IAM JSON policy language")."""
    if not isinstance(document, dict) or not set(document) <= _TOP:
        return False
    if document.get("Version", _VERSIONS[0]) not in _VERSIONS:
        return False
    given = document.get("Statement")
    listed = given if isinstance(given, list) else [given]
    return bool(listed) and all(isinstance(each, dict) and _is_sound_statement(each) for each in listed)


def _is_sound_statement(statement: dict[str, Any]) -> bool:
    if not set(statement) <= _MEMBERS or any(one in statement and other in statement for one, other in _PAIRS):
        return False
    if str(statement.get("Effect")).lower() not in ("allow", "deny"):
        return False
    condition = statement.get("Condition", {})
    return isinstance(condition, dict) and all(_operator(name) in _OPERATORS for name in condition)


def _operator(name: str) -> str:
    return name.removeprefix("ForAnyValue:").removeprefix("ForAllValues:").removesuffix("IfExists")


def principals(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Kind and name of everyone that the statement is about; the kind of a bare ``*`` is STAR."""
    given = statement.get("Principal")
    if isinstance(given, str):
        yield "STAR", given
    elif isinstance(given, dict):
        for kind, names in given.items():
            for name in values(names):
                yield kind, str(name)
