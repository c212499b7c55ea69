"""Events on the default bus: what AWS's services put there. No moto.

https://docs.aws.amazon.com/eventbridge/latest/ref/event-reference.html
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sandbox.state import ACCOUNT


@dataclass(frozen=True)
class Event:
    """Something that happened to resources of the account."""

    region: str
    source: str
    """``aws.codedeploy`` and the like."""

    detail_type: str
    resources: tuple[str, ...]
    detail: dict[str, Any]

    def document(self, at: datetime) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": self.detail_type,
            "source": self.source,
            "account": ACCOUNT,
            "time": timestamp(at),
            "region": self.region,
            "resources": list(self.resources),
            "detail": self.detail,
        }


def timestamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


_taker: Callable[[Event], None] | None = None


def connect(taker: Callable[[Event], None] | None) -> None:
    """Who takes events from now on; None when nobody does any more."""
    global _taker
    _taker = taker


def emit(event: Event) -> None:
    """From any thread."""
    if _taker is not None:
        _taker(event)
