"""EventBridge: `sandbox.eventbridge` learns of each schedule as soon as it is there, changes or goes, and tells the
functions and topics of rules that match an event."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.models import EventBus, EventsBackend, Rule

from sandbox.aws import context
from sandbox.aws.patch import replaces

log = logging.getLogger("sandbox.eventbridge")

Follower = Callable[[str, str, str | None], None]
"""Told region, name and schedule expression of a rule; without one the rule does not fire any more."""

Deliverer = Callable[[str, dict[str, Any], dict[str, Any]], None]
"""Given a rule's ARN, one of its targets, and the event."""

_follower: Follower | None = None
_deliverer: Deliverer | None = None


def connect(follower: Follower | None, deliverer: Deliverer | None) -> None:
    """Who fires schedules and delivers events from now on; None when nobody does any more."""
    global _follower, _deliverer
    _follower, _deliverer = follower, deliverer


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


@replaces(EventsBackend)
def put_events(self: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """moto takes this machine's time for those that say none."""
    now = context.clock.date().timestamp()
    entries: list[dict[str, Any]] = put_events.moto(self, [{"Time": now, **event} for event in events])
    return entries


_BY_MOTO = ("logs", "sqs", "events")


@replaces(Rule)
def send_to_targets(self: Rule, original_event: Any, transform_input: bool = True) -> None:
    """moto lets rules that are disabled, or only have a schedule, match everything; it knows neither functions nor
    topics."""
    if not self.state.startswith("ENABLED") or not self.event_pattern.get_pattern():
        return
    document = _document(original_event)
    if not self.event_pattern.matches_event(document):
        return
    for target in list(self.targets):
        if target["Arn"].split(":")[2] in _BY_MOTO:
            of_moto = copy.copy(self)
            of_moto.targets = [target]
            seconds = datetime.fromisoformat(document["time"]).timestamp()
            times = {"time": seconds, "ingestion-time": seconds}
            try:
                send_to_targets.moto(of_moto, {**original_event, **times}, transform_input)
            except Exception as problem:
                # A target that is gone is not the fault of who put the event.
                log.warning("%s: target %s (%s) cannot be told: %r", self.arn, target["Id"], target["Arn"], problem)
        elif _deliverer is not None:
            _deliverer(self.arn, dict(target), document)


def _document(event: Any) -> dict[str, Any]:
    """As AWS sends it: moto has a number for its time, and keys of its own."""
    at = event["time"]
    if not isinstance(at, str):
        moment = at if isinstance(at, datetime) else datetime.fromtimestamp(float(at), UTC)
        at = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return {key: value for key, value in event.items() if key != "ingestion-time"} | {"time": at}
