"""EventBridge: `sandbox.eventbridge` learns of each schedule as soon as it is there, changes or goes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.models import EventBus, EventsBackend, Rule

from sandbox.aws.patch import replaces

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


@replaces(EventsBackend)
def put_rule(self: EventsBackend, name: str, *args: Any, **params: Any) -> Rule:
    rule = put_rule.moto(self, name, *args, **params)
    _follow(self, name)
    return rule


@replaces(EventsBackend)
def delete_rule(self: EventsBackend, name: str, *args: Any, **params: Any) -> None:
    delete_rule.moto(self, name, *args, **params)
    _follow(self, name)


@replaces(EventsBackend)
def disable_rule(self: EventsBackend, name: str, *args: Any, **params: Any) -> bool:
    found = disable_rule.moto(self, name, *args, **params)
    _follow(self, name)
    return found


@replaces(EventsBackend)
def enable_rule(self: EventsBackend, name: str, *args: Any, **params: Any) -> bool:
    found = enable_rule.moto(self, name, *args, **params)
    _follow(self, name)
    return found


@replaces(EventBus)
def add_policy(self: EventBus, policy: Any) -> None:
    """moto fails at JSON that is no object; the words are its own for what is no JSON."""
    if not isinstance(policy, dict):
        raise JsonRESTError("ValidationException", "This policy contains invalid Json")
    add_policy.moto(self, policy)
