"""How the text of a policy is matched: wildcards, policy variables, ARNs.

What nobody knows is None: it hangs on a key that the call carries on AWS and that nobody fills here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

Truth = bool | None

_VARIABLE = re.compile(r"\$\{(?P<special>[*?$])\}|\$\{(?P<key>[^{},']+?)\s*(?:,\s*'(?P<default>[^']*)')?\s*\}")
ARN_PARTS = 6


def any_of(truths: Iterable[Truth]) -> Truth:
    found = set(truths)
    return True if True in found else None if None in found else False


def all_of(truths: Iterable[Truth]) -> Truth:
    found = set(truths)
    return False if False in found else None if None in found else True


def negation(truth: Truth) -> Truth:
    return None if truth is None else not truth


class UnfilledError(Exception):
    """Nobody fills this key."""


class _UnresolvedError(Exception):
    """A policy variable has no value, or more than one: "there is no equal or like value"."""


class Context:
    """The condition keys of one request."""

    def __init__(self, values: Mapping[str, tuple[str, ...]], unfilled: frozenset[str]):
        self._values = values
        self._exactly = unfilled
        self._families = tuple(key for key in unfilled if key.endswith("/"))
        self.missed: set[str] = set()
        """The keys that were asked for, and that nobody fills."""

    def __getitem__(self, key: str) -> tuple[str, ...]:
        """Its values, none where the call does not carry it. Raises UnfilledError."""
        key = key.lower()
        found = self._values.get(key, ())
        if not found and (key in self._exactly or key.startswith(self._families)):
            self.missed.add(key)
            raise UnfilledError(key)
        return found


class Text:
    """A text of a policy: `variables` says whether its language knows them (Version 2012-10-17).

    Its methods raise UnfilledError.
    """

    def __init__(self, text: str, context: Context, *, variables: bool):
        self._text = text
        self._context = context
        self._variables = variables

    def equals(self, value: str, *, ignore_case: bool = False) -> bool:
        return self._matches(self._text, value, wildcards=False, ignore_case=ignore_case)

    def like(self, value: str) -> bool:
        return self._matches(self._text, value, wildcards=True)

    def like_arn(self, value: str) -> bool:
        """Each of the six parts by itself. Raises ValueError where either is no ARN."""
        hidden = _VARIABLE.sub(lambda variable: variable[0].replace(":", "\0"), self._text)
        wanted, actual = [part.replace("\0", ":") for part in _arn_parts(hidden)], _arn_parts(value)
        return all(self._matches(*pair, wildcards=True) for pair in zip(wanted, actual, strict=True))

    def like_resource(self, value: str) -> bool:
        """A wildcard matches a colon at the end of a part only, or after the fifth; variables stand after it too."""
        *head, last = self._text.split(":", ARN_PARTS - 1)
        try:
            end = self._regex(last, wildcards=True) if len(head) == ARN_PARTS - 1 else _part(last)
        except _UnresolvedError:
            return False
        return re.fullmatch(":".join([*map(_part, head), end]), value, re.DOTALL) is not None

    def _matches(self, text: str, value: str, *, wildcards: bool, ignore_case: bool = False) -> bool:
        flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
        try:
            return re.fullmatch(self._regex(text, wildcards=wildcards), value, flags) is not None
        except _UnresolvedError:
            return False

    def _regex(self, text: str, *, wildcards: bool) -> str:
        if not self._variables:
            return _regex(text, wildcards=wildcards)
        parts, end = [], 0
        for found in _VARIABLE.finditer(text):
            parts += [_regex(text[end : found.start()], wildcards=wildcards), re.escape(self._value(found))]
            end = found.end()
        return "".join([*parts, _regex(text[end:], wildcards=wildcards)])

    def _value(self, variable: re.Match[str]) -> str:
        if variable["special"]:
            return variable["special"]
        values = self._context[variable["key"].strip()]
        if not values and variable["default"] is not None:
            return variable["default"]
        if len(values) != 1:
            raise _UnresolvedError(variable["key"])
        return values[0]


def _arn_parts(arn: str) -> list[str]:
    parts = arn.split(":", ARN_PARTS - 1)
    if len(parts) != ARN_PARTS:
        raise ValueError(f"{arn} is no ARN")
    return parts


def _regex(text: str, *, wildcards: bool) -> str:
    if not wildcards:
        return re.escape(text)
    return "".join({"*": ".*", "?": "."}.get(character) or re.escape(character) for character in text)


def _part(text: str) -> str:
    """Of an ARN: "if the * wildcard is the last character of a segment, it can expand beyond the colon"."""
    inner, last = (text[:-1], ".*") if text.endswith("*") else (text, "")
    return "".join({"*": "[^:]*", "?": "[^:]"}.get(one) or re.escape(one) for one in inner) + last


@cache
def of_action(pattern: str) -> re.Pattern[str]:
    """For fullmatch. Actions have no case, and no variables."""
    return re.compile(_regex(pattern, wildcards=True), re.IGNORECASE)
