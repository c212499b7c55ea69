"""EventBridge: `sandbox.eventbridge` learns of each schedule as soon as it is there, changes or goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.models import EventBus, EventsBackend, Rule

Follower = Callable[[str, str, str | None], None]
"""Told region, name and schedule expression of a rule; without one the rule does not fire any more."""

_follower: Follower | None = None


def connect(follower: Follower | None) -> None:
    """Who fires schedules from now on; None when nobody does any more."""
    global _follower
    _follower = follower


def _follow(backend: EventsBackend, name: str) -> None:
    """moto has a new object for a rule at each PutRule, and none when it is deleted."""
    rule = backend.event_buses["default"].rules.get(name)
    if _follower is not None:
        _follower(backend.region_name, name, _expression(rule))


def _expression(rule: Rule | None) -> str | None:
    if rule is None or not rule.state.startswith("ENABLED"):
        return None
    return rule.scheduled_expression or None


def put_rule(self: EventsBackend, name: str, *args: Any, **params: Any) -> Rule:
    rule = _put_rule(self, name, *args, **params)
    _follow(self, name)
    return rule


def delete_rule(self: EventsBackend, name: str, *args: Any, **params: Any) -> None:
    _delete_rule(self, name, *args, **params)
    _follow(self, name)


def disable_rule(self: EventsBackend, name: str, *args: Any, **params: Any) -> bool:
    found: bool = _disable_rule(self, name, *args, **params)
    _follow(self, name)
    return found


def enable_rule(self: EventsBackend, name: str, *args: Any, **params: Any) -> bool:
    found: bool = _enable_rule(self, name, *args, **params)
    _follow(self, name)
    return found


def add_policy(self: EventBus, policy: Any) -> None:
    """moto fails at JSON that is no object; the words are its own for what is no JSON."""
    if not isinstance(policy, dict):
        raise JsonRESTError("ValidationException", "This policy contains invalid Json")
    _add_policy(self, policy)


_add_policy = EventBus.add_policy
_put_rule = EventsBackend.put_rule
_delete_rule = EventsBackend.delete_rule
_disable_rule = EventsBackend.disable_rule
_enable_rule = EventsBackend.enable_rule


def install() -> None:
    EventBus.add_policy = add_policy
    EventsBackend.put_rule = put_rule
    EventsBackend.delete_rule = delete_rule
    EventsBackend.disable_rule = disable_rule
    EventsBackend.enable_rule = enable_rule
