"""What a target gets of an event: all of it, a part, a text made of parts, or a constant. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_MISSING = object()
_PATH = re.compile(r"\$((?:\.[\w-]+|\[\d+\]|\['[^']+'\])*)")
_STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]")
_VARIABLE = re.compile(r"<([\w.-]+)>")


class InputError(Exception):
    """The input cannot be made of this event. The message says why."""


def of(target: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """The text for a target (as PutTargets takes it). Raises InputError."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        return json.dumps(_required(event, target["InputPath"]))
    if target.get("InputTransformer"):
        return _transformed(target["InputTransformer"], event, rule_arn)
    return json.dumps(event)


def _transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], rule_arn: str) -> str:
    """ "If you specify a variable to match a JSON path that doesn't exist in the event, that variable isn't created and
    won't appear in the output." Values are not escaped in texts."""
    values: dict[str, Any] = {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.json": event,
        "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
        "aws.events.event.ingestion-time": event["time"],
    }
    values |= {name: _found(event, path) for name, path in (transformer.get("InputPathsMap") or {}).items()}
    template = str(transformer["InputTemplate"])
    pieces, end = [], 0
    for match in _VARIABLE.finditer(template):
        if match[1] in values:
            pieces += [template[end : match.start()], _written(values[match[1]], template[: match.start()])]
            end = match.end()
    text = "".join([*pieces, template[end:]])
    if template.lstrip().startswith("{"):
        try:
            json.loads(text)
        except ValueError:
            raise InputError(f"its input template makes no JSON of this event: {text}") from None
    return text


def _written(value: Any, before: str) -> str:
    """Inside a text as it is, elsewhere as JSON."""
    if value is _MISSING:
        return ""
    inside = len(re.findall(r'(?<!\\)"', before)) % 2 == 1
    if not inside:
        return json.dumps(value)
    return value if isinstance(value, str) else json.dumps(value).replace('"', "")


def _required(event: Mapping[str, Any], path: str) -> Any:
    value = _found(event, path)
    if value is _MISSING:
        raise InputError(f"the event has nothing at {path}")
    return value


def _found(event: Mapping[str, Any], path: str) -> Any:
    """What is at a path such as ``$.detail.state`` or ``$.resources[0]``."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise InputError(f"the sandbox does not model the JSON path {path}")
    value: Any = event
    for name, index, quoted in _STEP.findall(match[1]):
        try:
            value = value[int(index)] if index else value[name or quoted]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return value
