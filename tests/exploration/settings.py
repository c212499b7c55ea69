"""What a service and its deployment group are like, how its hooks answer, and how its candidate does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from greenlight import manifest as manifests
from greenlight.manifest import Manifest
from tests.greenlight.fake_aws import MANIFEST
from tests.sandbox.codedeploy_world import ALL_AT_ONCE, ROLLBACK

BALANCING = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup"
BLUE, GREEN = f"{BALANCING}/blue/1", f"{BALANCING}/green/1"

HOOK = "arn:aws:lambda:us-east-1:123456789012:function:dev-api-hook"
OWN = "arn:aws:lambda:us-east-1:123456789012:function:own"
BEFORE, AFTER = "BeforeAllowTraffic", "AfterAllowTraffic"

YES, NO, NEVER, CRASHES, LATE, UNHEARD = "yes", "no", "never", "crashes", "late", "unheard"
"""How a hook answers: `LATE` is a yes after the hour, `UNHEARD` one that CodeDeploy took and whose answer was lost."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    routing: Mapping[str, Any] = field(default_factory=lambda: ALL_AT_ONCE)
    bake_minutes: int = 2
    approval_minutes: int = 0
    hooks: Mapping[str, str] = field(default_factory=lambda: {BEFORE: YES})
    """By lifecycle event, how its function answers."""

    only_the_first: bool = False
    """The hooks answer so to the first deployment; to others they say yes."""

    rolls_back: bool = True
    alarms: bool = False
    candidate: str = "healthy"
    """healthy, never healthy, or crashes."""

    @property
    def asked_before_traffic(self) -> list[str]:
        return [event for event in self.hooks if event != AFTER]

    @property
    def auto_rollback(self) -> dict[str, Any]:
        return ROLLBACK if self.rolls_back else {"enabled": False}

    @property
    def ready(self) -> dict[str, Any]:
        if self.approval_minutes:
            return {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": self.approval_minutes}
        return {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0}

    @property
    def manifest(self) -> Manifest:
        """Its release manifest: it has autoscaling."""
        found = manifests.parse("/greenlight/dev/api", _TEXT)
        hooks = {event: HOOK if event == BEFORE else OWN for event in self.hooks}
        alarms = ["errors"] if self.alarms else []
        return found.model_copy(update={"hooks": hooks, "alarms": alarms})


_BALANCER = {
    "dns_name": "internal",
    "prod_listener": "prod",
    "test_listener": "test",
    "blue": {"name": "blue", "arn": BLUE},
    "green": {"name": "green", "arn": GREEN},
}
_TEXT = manifests.Manifest.model_validate(
    MANIFEST | {"load_balancer": _BALANCER, "scalable_target": "service/dev/dev-api", "urls": None}
).model_dump_json()
