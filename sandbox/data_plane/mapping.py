"""Parameter mapping of an integration: ``overwrite:path``, ``append:header.X`` and the like. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, urlencode

from sandbox.data_plane.http import Inbound, NotModelledError


@dataclass(frozen=True)
class Values:
    """What an expression can refer to."""

    path: str
    """The request's path without the stage."""

    path_variables: Mapping[str, str]
    context: Mapping[str, str]
    stage_variables: Mapping[str, str]
    request: Inbound


_NAME = r"(request|context|stageVariables)\.([\w.-]+)"
_REFERENCE = re.compile(rf"\${_NAME}|\$\{{{_NAME}\}}")


def apply(parameters: Mapping[str, str], values: Values) -> Inbound:
    """The request as the integration sends it."""
    request = values.request
    for key, expression in parameters.items():
        operation, _, place = key.partition(":")
        kind, _, name = place.partition(".")
        if operation not in ("append", "overwrite", "remove") or kind not in ("header", "querystring", "path"):
            raise NotModelledError(f"request parameter {key}")
        value = "" if operation == "remove" else _evaluate(expression, values)
        if place == "path" and operation == "overwrite":
            request = replace(request, path=quote(value, safe="/%:@!$&'()*+,;=~-._"))
        elif kind == "header":
            headers = request.headers.copy()
            if operation != "append":
                headers.popall(name, None)
            if operation != "remove":
                headers.add(name, value)
            request = replace(request, headers=headers)
        elif kind == "querystring":
            pairs = parse_qsl(request.query, keep_blank_values=True)
            if operation != "append":
                pairs = [pair for pair in pairs if pair[0] != name]
            if operation != "remove":
                pairs.append((name, value))
            request = replace(request, query=urlencode(pairs))
        else:
            raise NotModelledError(f"request parameter {key}")
    return request


def _evaluate(expression: str, values: Values) -> str:
    return _REFERENCE.sub(lambda match: _resolve(match[1] or match[3], match[2] or match[4], values), expression)


def _resolve(source: str, name: str, values: Values) -> str:
    if source == "context":
        return values.context.get(name, "")
    if source == "stageVariables":
        return values.stage_variables.get(name, "")
    kind, _, part = name.partition(".")
    if kind == "path":
        return values.path_variables.get(part, "") if part else values.path
    if kind == "header":
        return ",".join(values.request.headers.getall(part, []))
    if kind == "querystring":
        return ",".join(value for key, value in parse_qsl(values.request.query, keep_blank_values=True) if key == part)
    raise NotModelledError(f"$request.{name}")
