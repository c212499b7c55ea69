"""EventBridge's rules in moto. Call this with the lock held."""

from __future__ import annotations

from dataclasses import dataclass

from moto.events.models import events_backends

from sandbox.state import ACCOUNT


@dataclass(frozen=True)
class Target:
    """Where a rule's events go."""

    id: str
    arn: str
    input: str | None
    """What it gets instead of the event."""

    transformed: bool
    """Whether it gets a part of the event (InputPath), or a text made of it (InputTransformer)."""


def targets(region: str, rule: str) -> list[Target]:
    """None, where the rule is gone."""
    found = events_backends[ACCOUNT][region].event_buses["default"].rules.get(rule)
    return [
        Target(
            id=target["Id"],
            arn=target["Arn"],
            input=target.get("Input"),
            transformed=bool(target.get("InputPath") or target.get("InputTransformer")),
        )
        for target in (found.targets if found else ())
    ]
