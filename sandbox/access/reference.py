"""AWS's Service Authorization Reference, which policy_sentry carries: actions, their resources and condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from policy_sentry.querying.actions import get_action_data


@cache
def _rows(action: str) -> tuple[dict[str, Any], ...]:
    service, name = action.split(":")
    found = get_action_data(service, name)
    return tuple(found[service]) if found else ()


def is_action(action: str) -> bool:
    """Whether there is such an action; ``ecs:CreateService``."""
    return bool(_rows(action))


def resource_forms(action: str) -> frozenset[str]:
    """How the resources are written that a policy can name for it, other than ``*``."""
    return frozenset(row["resource_arn_format"] for row in _rows(action)) - {"*"}


def has_resources(action: str) -> bool:
    """Whether there are such resources."""
    return bool(resource_forms(action))


@cache
def condition_keys(action: str, resource: str) -> frozenset[str]:
    """The keys of the action on this resource, in lower case; ``aws:requesttag/${TagKey}`` is ``aws:requesttag/``."""
    rows = [row for row in _rows(action) if row["resource_arn_format"] == "*" or _is(resource, row)]
    return frozenset(_FAMILY.sub("", key).lower() for row in rows for key in row["condition_keys"])


_FAMILY = re.compile(r"(\$\{.*|<.*|(?<=/)tag-key)$")
"""How the reference writes the rest of a key that is any text: ``${TagKey}``, ``<key>`` or ``tag-key``."""


def _is(resource: str, row: dict[str, Any]) -> bool:
    parts = re.split(r"\$\{[^}]*\}", row["resource_arn_format"])
    return re.fullmatch(".*".join(re.escape(part) for part in parts), resource) is not None
