"""JSON inside strings, brought into a form in which only what means something differs. Pure."""

import json
from collections.abc import Mapping
from typing import Any

# What tells the elements of a list apart, whatever their order; the first that all elements have, each another.
_KEYS: tuple[tuple[str, ...], ...] = (
    ("name",),
    ("Sid",),
    ("containerPort",),
    ("containerPort", "protocol"),
    ("containerPath",),
    ("containerName",),
    ("sourceContainer",),
    ("arn",),
    ("key",),
    ("path",),
    ("id",),
)
# What AWS fills in where a task definition leaves it out.
_DEFAULTS = {"protocol": "tcp", "hostPort": 0, "cpu": 0, "essential": True}
_SETS = {"Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "Federated"}


def parsed(text: str) -> Any:
    """The object or array that a text is, simplified; None where it is another text.

    Elements of its lists are told by what may be secret as well: do not show the paths of a text that is.
    """
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return simplified(found) if isinstance(found, dict | list) else None


def simplified(node: Any, name: str = "") -> Any:
    """Without what AWS fills in as empty, and with lists whose elements have names as objects by these names."""
    if name == "Statement" and isinstance(node, Mapping):
        return simplified([node])
    if name == "Condition" and isinstance(node, Mapping):
        return {
            test: {key: _set(values) for key, values in keys.items()} if isinstance(keys, Mapping) else keys
            for test, keys in node.items()
        }
    if isinstance(node, dict):
        if node.keys() == {"name", "value"} or node.keys() == {"key", "value"}:
            return node
        content = {key: simplified(value, key) for key, value in node.items() if not _is_default(key, value, node)}
        return {key: value for key, value in content.items() if not is_empty(value)}
    if name in _SETS:
        return _set(node)
    if isinstance(node, list):
        return by_name([simplified(item) for item in node])
    return node


def _set(node: Any) -> Any:
    """One text is a list of one, and the order means nothing."""
    items = node if isinstance(node, list) else [node]
    return sorted(items) if all(isinstance(item, str) for item in items) else node


def _is_default(key: str, value: Any, node: dict[str, Any]) -> bool:
    if "containerPort" not in node and "image" not in node:
        return False
    return (key in _DEFAULTS and value == _DEFAULTS[key]) or (key == "hostPort" and value == node.get("containerPort"))


def is_empty(value: Any) -> bool:
    """An empty text is a value: a variable may be set to it."""
    return value is None or value == [] or value == {}


def by_name(items: list[Any]) -> Any:
    """The list as an object, where its elements have names; a variable is its value then."""
    keys = names(items)
    if keys is None:
        return items
    return {key: _rest(item) for key, item in keys.items()}


def names(items: list[Any]) -> dict[str, dict[str, Any]] | None:
    """What tells the elements apart -> the element, or None where nothing does."""
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    for key in _KEYS:
        found = {
            "/".join(str(item[part]) for part in key): item
            for item in items
            if all(isinstance(item.get(part), str | int) for part in key) and (key != ("key",) or "value" in item)
        }
        if len(found) == len(items):
            return found
    return None


def _rest(item: dict[str, Any]) -> Any:
    name = item.keys() - {"value"}
    if "value" in item and len(name) == 1 and name <= {"name", "key"}:
        return item["value"]
    return {key: value for key, value in item.items() if key not in ("name", "Sid")}
