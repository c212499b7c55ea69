"""EventBridge's rules in moto. Call this with the lock held."""

from __future__ import annotations

from typing import Any

from moto.events.models import events_backends

from sandbox.state import ACCOUNT


def targets(region: str, rule: str) -> list[dict[str, Any]]:
    """Of a rule of the default bus, as PutTargets takes them; none, where the rule is gone."""
    found = events_backends[ACCOUNT][region].event_buses["default"].rules.get(rule)
    return [dict(target) for target in (found.targets if found else ())]


def send(region: str, document: dict[str, Any]) -> None:
    """Give an event to each rule of the default bus."""
    for rule in list(events_backends[ACCOUNT][region].event_buses["default"].rules.values()):
        rule.send_to_targets(document)
