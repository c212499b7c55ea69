"""What each permission is good for: the recorded calls are judged again with it taken away.

A permission without which no recorded call is denied is one that nobody needed. Of a statement that denies it is the
other way round: without it something would have been allowed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from sandbox.access.evaluate import decide
from sandbox.access.model import Policies, Policy
from sandbox.access.recording import Call, Recording


@dataclass(frozen=True)
class Permission:
    """One action of one statement of a role's policy, of its boundary, or of who may take it."""

    role: str
    """ARN."""

    policy: str
    """``inline``, a managed policy's ARN, ``trust policy`` …"""

    action: str
    effect: str
    resources: tuple[str, ...]
    """``(*)`` in a trust policy, which has none."""

    statement: str
    """All of it, as JSON: two statements may allow one action in different ways."""


def needed(recording: Recording, roles: frozenset[str]) -> dict[Permission, bool]:
    """Each permission of these roles (ARNs), and whether anything recorded needed it."""
    judged: dict[Permission, bool] = {}
    calls: Mapping[str, list[Call]] = _by_policies(recording)
    for role in sorted(roles):
        for name in dict.fromkeys(
            [*recording.roles[role], *(one.policies for one in recording.calls if one.role == role)]
        ):
            policies = recording.policies[name]
            for permission, without in _taken_away(role, policies):
                judged[permission] = judged.get(permission, False) or any(
                    _changes(call, without) for call in calls[name] if call.role == role and _is_about(permission, call)
                )
    return judged


def _by_policies(recording: Recording) -> Mapping[str, list[Call]]:
    found: dict[str, list[Call]] = defaultdict(list)
    for call in recording.calls:
        found[call.policies].append(call)
    return found


def _changes(call: Call, without: Policies) -> bool:
    return decide(call.request, without).allowed != call.allowed


def _is_about(permission: Permission, call: Call) -> bool:
    """Whether the permission can have had a say. Actions have no case."""
    action = call.request.action.lower()
    return fnmatchcase(action, permission.action.lower()) or permission.action == "(all others)"


def _taken_away(role: str, policies: Policies) -> Iterator[tuple[Permission, Policies]]:
    for index, policy in enumerate(policies.identity):
        for permission, left in _without_each(role, policy):
            identity = (*policies.identity[:index], left, *policies.identity[index + 1 :])
            yield permission, replace(policies, identity=identity)
    if policies.boundary is not None:
        for permission, left in _without_each(role, policies.boundary):
            yield permission, replace(policies, boundary=left)


def _without_each(role: str, policy: Policy) -> Iterator[tuple[Permission, Policy]]:
    statements = _list(policy.document["Statement"])
    for index, statement in enumerate(statements):
        actions = _list(statement["Action"]) if "Action" in statement else ["(all others)"]
        for action in actions:
            others = [one for one in actions if one != action]
            left = [
                *statements[:index],
                *([{**statement, "Action": others}] if others else []),
                *statements[index + 1 :],
            ]
            permission = Permission(
                role=role,
                policy=policy.id,
                action=action,
                effect=statement["Effect"],
                resources=tuple(_list(statement.get("Resource", statement.get("NotResource", "*")))),
                statement=json.dumps(statement, sort_keys=True),
            )
            yield permission, Policy(policy.id, {**policy.document, "Statement": left})


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
