"""What an IAM policy allows, as far as two of them can be compared. Pure."""

import json
from collections.abc import Mapping
from typing import Any

Grant = tuple[str, str, str]
"""An action, a resource, and the condition."""

_READS = ("ssm:GetParameters", "secretsmanager:GetSecretValue")


def of(policy: Any) -> frozenset[Grant]:
    """Empty where it does more than allow actions on resources, or is no policy: then it is not compared by them."""
    try:
        statements = _list(json.loads(policy)["Statement"])
        return frozenset(grant for one in statements for grant in _allowed(one))
    except (TypeError, ValueError, KeyError, AttributeError):
        return frozenset()


def _allowed(statement: Mapping[str, Any]) -> set[Grant]:
    """Raises KeyError for a Deny, and for what is not said by Action and Resource."""
    if statement["Effect"] != "Allow":
        raise KeyError(statement["Effect"])
    actions, resources = _list(statement["Action"]), _list(statement["Resource"])
    conditions = _each_value(statement.get("Condition"))
    return {(str(action), str(resource), one) for action in actions for resource in resources for one in conditions}


def _each_value(condition: Any) -> list[str]:
    """One of several values is enough for a condition, so where it has one key, each allows by itself."""
    match condition:
        case {"StringEquals": {**keys}} if len(condition) == len(keys) == 1:
            ((key, values),) = keys.items()
            return [json.dumps({"StringEquals": {key: value}}) for value in _list(values)]
    return [json.dumps(condition, sort_keys=True)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def is_wide(grant: Grant) -> bool:
    """All actions, or all of a service's, on everything."""
    action, resource, _ = grant
    return resource == "*" and (action == "*" or action.endswith(":*"))


def pulled(grants: frozenset[Grant]) -> frozenset[str]:
    """The repositories from which ECS may pull images, by ARN."""
    return frozenset(resource for action, resource, _ in grants if action == "ecr:BatchGetImage")


def secrets(grants: frozenset[Grant]) -> frozenset[str]:
    """What ECS may read for a starting task, by ARN."""
    return frozenset(resource for action, resource, _ in grants if action in _READS)
