"""What each permission is good for: the recorded calls are judged again with it taken away.

A permission without which no recorded call is denied is one that nobody needed. Of a statement that denies it is the
other way round: without it something would have been allowed.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from sandbox.access.conditions import listed
from sandbox.access.evaluate import decide
from sandbox.access.model import Policies, Policy
from sandbox.access.recording import Call, Recording
from sandbox.access.statements import written

ALL_OTHERS = "(all but those named)"
"""The one action of a statement with NotAction."""


@dataclass(frozen=True)
class Permission:
    """One action of one statement of a policy."""

    policy: str
    """ARN of a managed policy; of an inline one its role's ARN."""

    action: str
    statement: str
    """All of it, as JSON: two statements may be about one action."""


def needed(recording: Recording, roles: Iterable[str]) -> dict[Permission, bool]:
    """Each permission that these roles (ARNs) have had, and whether any recorded call of theirs needed it."""
    judged: dict[Permission, bool] = {}
    calls = _by_policies(recording)
    for role in roles:
        own = [call.policies for call in recording.calls if call.role == role]
        for name in dict.fromkeys([*recording.roles[role], *own]):
            for permission, without in _taken_away(role, recording.policies[name]):
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
    return permission.action == ALL_OTHERS or fnmatchcase(action, permission.action.lower())


def _taken_away(role: str, policies: Policies) -> Iterator[tuple[Permission, Policies]]:
    for index, policy in enumerate(policies.identity):
        for permission, left in _without_each(role, policy):
            identity = (*policies.identity[:index], left, *policies.identity[index + 1 :])
            yield permission, replace(policies, identity=identity)
    if policies.boundary is not None:
        for permission, left in _without_each(role, policies.boundary):
            yield permission, replace(policies, boundary=left)


def _without_each(role: str, policy: Policy) -> Iterator[tuple[Permission, Policy]]:
    owner = policy.id if policy.id.startswith("arn:") else role
    statements = written(policy.document)
    for index, statement in enumerate(statements):
        actions = listed(statement["Action"]) if "Action" in statement else [ALL_OTHERS]
        for action in actions:
            others = [one for one in actions if one != action]
            rest = [{**statement, "Action": others}] if others else []
            left = [*statements[:index], *rest, *statements[index + 1 :]]
            permission = Permission(owner, action, json.dumps(statement, sort_keys=True))
            yield permission, Policy(policy.id, {**policy.document, "Statement": left})
