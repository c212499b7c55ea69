"""What a deployment looks like, step by step, and what AWS says when it refuses."""

from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api"
GREEN, BLUE = f"sha256:{'a' * 64}", f"sha256:{'b' * 64}"
FAMILY = "arn:aws:ecs:us-east-1:123456789012:task-definition/api"
EVENTS = (
    *("BeforeInstall", "Install", "AfterInstall", "AllowTestTraffic", "AfterAllowTestTraffic"),
    *("BeforeAllowTraffic", "AllowTraffic", "AfterAllowTraffic"),
)
BEGAN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def failure(code: str, operation: str = "Call", status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "said AWS"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, operation)


def forward(priority: str, **to: Any) -> dict[str, Any]:
    """A rule that forwards."""
    return {"Priority": priority, "IsDefault": priority == "default", "Actions": [{"Type": "forward", **to}]}


def step(
    status: str = "InProgress",
    *,
    at: str = "",
    failed: str = "",
    weight: float = 0.0,
    running: int = 2,
    diagnostics: dict[str, str] | None = None,
    **info: Any,
) -> dict[str, Any]:
    """A look at a deployment: events before `at` or `failed` have succeeded, those after it are pending or skipped."""
    turn = EVENTS.index(at or failed) if at or failed else len(EVENTS)
    events: list[dict[str, Any]] = []
    for place, name in enumerate(EVENTS):
        state = "Succeeded" if place < turn else "Skipped" if failed else "Pending"
        if place == turn:
            state = "Failed" if failed else "InProgress"
        events.append({"lifecycleEventName": name, "status": state})
        if place == turn and diagnostics:
            events[-1]["diagnostics"] = diagnostics
    sides = (("Blue", "dev-api-blue", 100.0 - weight, 2), ("Green", "dev-api-green", weight, running))
    sets = [
        {
            "taskSetLabel": label,
            "targetGroup": {"name": group},
            "trafficWeight": part,
            "desiredCount": 2,
            "runningCount": n,
        }
        for label, group, part, n in sides
    ]
    automatic = {"enabled": True, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"]}
    return {
        "info": {"status": status, "autoRollbackConfiguration": automatic} | info,
        "target": {"lifecycleEvents": events, "taskSetsInfo": sets},
    }


GOOD = [
    {"info": {"status": "Created"}, "target": None},
    step(at="Install", running=0),
    step(at="BeforeAllowTraffic"),
    step(at="AllowTraffic"),
    step(weight=100.0, instanceTerminationWaitTimeStarted=True),
    step("Succeeded", weight=100.0),
]
