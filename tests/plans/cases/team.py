"""Plans of the environment of a production team (tests/e2e/shop.py) and of its registry: what a real service needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

GONE = object()
"""In place of a value: the key goes."""


@dataclass(frozen=True, kw_only=True)
class OfTeam:
    """One plan: what it changes in the settings, by their keys, dotted."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    of_registry: bool = False
    """In the registry's settings."""
    subnets: Sequence[int] = ()
    """Of the team's private subnets, those that the settings name, where it is not the first two."""
    leaving: Sequence[int] = ()

    def settings(self, text: str, private: Sequence[str]) -> str:
        """`text` with them, where the team's private subnets are these."""
        content = yaml.safe_load(text)
        if self.subnets:
            content["network"]["subnets"] = [private[index] for index in self.subnets]
            content["network"]["leaving"] = [private[index] for index in self.leaving]
        for key, value in self.changes.items():
            *parents, last = key.split(".")
            place = content
            for part in parents:
                place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
            at = int(last) if isinstance(place, list) else last
            if value is GONE:
                del place[at]
            else:
                place[at] = value
        return yaml.safe_dump(content, sort_keys=False)


_REGISTRY = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
_API, _ORDERS = "services.api", "services.orders"

TEAM = (
    OfTeam(
        name="needs-less",
        changes={f"{_ORDERS}.secrets.TOKEN": GONE, f"{_ORDERS}.task_policy.1": GONE, f"{_ORDERS}.egress.0": GONE},
    ),
    OfTeam(
        name="needs-more",
        changes={
            f"{_ORDERS}.secrets.KEY": "arn:aws:ssm:us-east-1:123456789012:parameter/team/orders/key",
            f"{_API}.task_policy": [{"actions": ["sqs:SendMessage"], "resources": ["arn:aws:sqs:us-east-1:1:jobs"]}],
            f"{_API}.egress": [{"cidr": "10.9.0.0/16", "port": 5432}],
            "notify.emails": ["on-call@example.com", "second@example.com"],
        },
    ),
    OfTeam(
        name="tasks-made-otherwise",
        changes={
            f"{_API}.writable_paths": ["/tmp"],
            f"{_API}.ephemeral_storage_gib": 40,
            f"{_API}.log_mode": "non-blocking",
            f"{_API}.sidecars.collector.image": f"{_REGISTRY}/collector:two",
            f"{_API}.sidecars.collector.memory": 256,
            f"{_API}.sidecars.collector.command": ["--verbosity=detailed"],
        },
    ),
    OfTeam(
        name="images-of-other-repositories",
        changes={
            f"{_API}.sidecars.collector.image": f"{_REGISTRY}/telemetry/collector:one",
            f"{_ORDERS}.image": f"{_REGISTRY}/shop/orders-service:print-orders",
        },
    ),
    OfTeam(
        name="alarms-less",
        changes={
            f"{_API}.alarms.error_percent": 5,
            f"{_API}.alarms.latency_p99_seconds": GONE,
            f"{_API}.alarms.more": [],
        },
    ),
    OfTeam(name="alarms-sooner", changes={f"{_API}.alarms.error_percent": 0.5}),
    OfTeam(
        name="releases-otherwise",
        changes={
            f"{_API}.deployment.canary.percent": 20,
            f"{_API}.deployment.approval_wait_minutes": 60,
            f"{_API}.alarms.error_percent": 0.5,
            f"{_API}.scaling.cpu_percent": 50,
            f"{_API}.scaling.max": 6,
            f"{_ORDERS}.checks.1.headers.Authorization": "Bearer other",
        },
    ),
    OfTeam(
        name="less-careful",
        changes={
            "notify": {"topic": "arn:aws:sns:us-east-1:123456789012:on-call", "api_error_percent": 5},
            "deletion_protection": False,
            f"{_API}.scaling.min": 3,
            f"{_API}.scaling.requests_per_target": 100,
            f"{_API}.desired_count": 3,
            f"{_API}.deployment.canary": GONE,
            f"{_ORDERS}.deployment.hooks.AfterAllowTestTraffic": GONE,
        },
    ),
    OfTeam(
        name="registry-less", changes={"pull_accounts": [], "untagged_days": 3, "force_delete": True}, of_registry=True
    ),
    OfTeam(
        name="registry-more",
        changes={
            "pull_accounts": ["222222222222", "333333333333"],
            "untagged_days": 90,
            "repositories": ["shop/orders", "shop/cart"],
        },
        of_registry=True,
    ),
    OfTeam(name="subnet-leaving", subnets=(0, 1, 2), leaving=(0,)),
)
