"""What differs between two task definitions. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ABSENT: Any = object()
HIDDEN = "(hidden)"
# What tells the elements of a list apart: containers, variables and volumes; mount points; dependencies.
_NAMES = ("name", "containerPath", "containerName")
_ENVIRONMENT = re.compile(r"containerDefinitions\.[^.]+\.environment(\.|$)")


@dataclass(frozen=True)
class Difference:
    path: str
    before: Any  # None: was not there
    after: Any


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Between two task definitions. Containers, variables and the like are told by their names, not their places.

    An empty list and none are the same: AWS fills them in. An empty text is a value.
    """
    return _compare("", _named(dict(before)), _named(dict(after)))


def network(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Between two awsvpcConfigurations, whose lists have no order."""
    left, right = (
        {key: sorted(value) if isinstance(value, list) else value for key, value in side.items()}
        for side in (before, after)
    )
    return _compare("networkConfiguration", left, right)


def tags(before: Mapping[str, str], after: Mapping[str, str]) -> list[Difference]:
    return _compare("tags", dict(before), dict(after))


def _named(node: Any) -> Any:
    if isinstance(node, dict):
        content = {key: _named(value) for key, value in node.items()}
        return {key: value for key, value in content.items() if value not in (None, [], {})}
    if isinstance(node, list):
        for name in _NAMES:
            if node and all(isinstance(item, dict) and name in item for item in node):
                return {item[name]: _named({key: item[key] for key in item if key != name}) for item in node}
        return [_named(item) for item in node]
    return node


def _compare(path: str, before: Any, after: Any) -> list[Difference]:
    if before == after:
        return []
    before, after = _value(before), _value(after)
    # What is wholly new, or goes, is told by its parts, where it has any.
    left, right = ({} if side is _ABSENT else side for side in (before, after))
    if isinstance(left, dict) and isinstance(right, dict) and (left or right):
        found = []
        for key in sorted(left.keys() | right.keys()):
            below = f"{path}.{key}" if path else key
            found += _compare(below, left.get(key, _ABSENT), right.get(key, _ABSENT))
        return found
    return [Difference(path, *(None if side is _ABSENT else side for side in (before, after)))]


def _value(side: Any) -> Any:
    """A variable is its value: {"value": "debug"} would only be noise."""
    return side["value"] if isinstance(side, dict) and set(side) == {"value"} else side


def concealed(found: list[Difference]) -> list[Difference]:
    """The same without the values of environment variables: people keep secrets there, and logs are read by many."""

    def conceal(value: Any) -> Any:
        return None if value is None else HIDDEN

    return [
        Difference(one.path, conceal(one.before), conceal(one.after)) if _ENVIRONMENT.match(one.path) else one
        for one in found
    ]


def without_values(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A task definition without the values of its environment variables."""
    containers = [
        container | {"environment": [variable | {"value": HIDDEN} for variable in container["environment"]]}
        if container.get("environment")
        else container
        for container in definition["containerDefinitions"]
    ]
    return {**definition, "containerDefinitions": containers}


def render(found: list[Difference]) -> list[str]:
    """As `diff` does: + is new, - goes, ~ changes."""
    lines = []
    for difference in found:
        before, after = (side if side is HIDDEN else json.dumps(side) for side in (difference.before, difference.after))
        if difference.before is None:
            lines.append(f"+ {difference.path}: {after}")
        elif difference.after is None:
            lines.append(f"- {difference.path}: {before}")
        else:
            lines.append(f"~ {difference.path}: {before} -> {after}")
    return lines


def document(found: list[Difference]) -> list[dict[str, Any]]:
    return [{"path": one.path, "before": one.before, "after": one.after} for one in found]
