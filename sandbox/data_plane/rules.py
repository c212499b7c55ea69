"""Listener rules: which one a request falls under. Pure functions of the rule and the request."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from sandbox.data_plane.http import Inbound, NotModelledError
from sandbox.data_plane.moto_state import Rule


def first_match(rules: list[Rule], request: Inbound) -> Rule:
    """The first rule all of whose conditions hold. The last one is the default rule, which has none."""
    return next(rule for rule in rules if all(_holds(condition, request) for condition in rule.conditions))


def _holds(condition: dict[str, Any], request: Inbound) -> bool:
    field = condition["Field"]
    config: dict[str, Any] = next((value for key, value in condition.items() if key.endswith("Config") and value), {})
    values: list[Any] = config.get("Values") or condition.get("Values") or []
    if field == "path-pattern":
        return any(_like(value, request.path) for value in values)
    if field == "host-header":
        host = request.headers.get("Host", "").rsplit(":", 1)[0]
        return any(_like(value, host, ignore_case=True) for value in values)
    if field == "http-header":
        given = request.headers.getall(config["HttpHeaderName"], [])
        return any(_like(value, item, ignore_case=True) for value in values for item in given)
    if field == "http-request-method":
        return request.method in values
    if field == "query-string":
        pairs = parse_qsl(request.query, keep_blank_values=True)
        return any(
            _like(wanted["Value"], value, ignore_case=True)
            and ("Key" not in wanted or _like(wanted["Key"], key, ignore_case=True))
            for wanted in values
            for key, value in pairs
        )
    raise NotModelledError(f"listener rule condition {field}")


def _like(pattern: str, text: str, *, ignore_case: bool = False) -> bool:
    return _compiled(pattern, ignore_case).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    """``*`` is any number of characters, ``?`` exactly one."""
    parts = {"*": ".*", "?": "."}
    expression = "".join(parts.get(char) or re.escape(char) for char in pattern)
    return re.compile(expression, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
