"""A deployment as it is now, and what that means for the traffic. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

IN_FLIGHT = ("Created", "Queued", "InProgress", "Ready", "Baking")
_NOT_STARTED = ("Pending", "Skipped")


class Until(StrEnum):
    """How far a release is followed: to a state of it, or to the end of a lifecycle event, in CodeDeploy's order."""

    ready = "ready"
    traffic = "traffic"
    done = "done"
    BeforeInstall = "BeforeInstall"
    Install = "Install"
    AfterInstall = "AfterInstall"
    AllowTestTraffic = "AllowTestTraffic"
    AfterAllowTestTraffic = "AfterAllowTestTraffic"
    BeforeAllowTraffic = "BeforeAllowTraffic"
    AllowTraffic = "AllowTraffic"
    AfterAllowTraffic = "AfterAllowTraffic"

    @property
    def before_traffic(self) -> bool:
        """Whether it is reached before production traffic has wholly moved."""
        return self not in (Until.traffic, Until.done, Until.AllowTraffic, Until.AfterAllowTraffic)


class OnTimeout(StrEnum):
    """What becomes of a release that takes too long while production is not wholly on it."""

    stop = "stop"
    detach = "detach"


@dataclass(frozen=True, kw_only=True)
class Event:
    """A lifecycle event; `reason` is CodeDeploy's diagnostics, where it says anything."""

    name: str
    status: str
    reason: str | None = None
    started: datetime | None = None
    ended: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TaskSet:
    group: str  # name of its target group
    weight: float  # per cent of production traffic
    desired: int = 0
    running: int = 0


@dataclass(frozen=True, kw_only=True)
class Deployment:
    id: str
    status: str
    created: datetime | None = None
    completed: datetime | None = None
    creator: str = ""
    description: str = ""
    baking: bool = False  # production is on the candidate, and the old tasks are kept
    error: tuple[str, str] | None = None  # AWS's code and message
    rollback_id: str | None = None  # the deployment that undoes this one
    undoes: str | None = None  # the deployment that this one undoes
    rolls_back_on: frozenset[str] = frozenset()
    deployment_group: tuple[str, str] = ("", "")  # its application's name and its own
    config: str | None = None  # name of the deployment configuration by which its traffic moves
    approval_wait_minutes: int = 0  # 0: it waits for no approval
    revision: Mapping[str, Any] = field(default_factory=dict)  # as AWS gives it, which is without the AppSpec's text
    events: tuple[Event, ...] = ()
    live: TaskSet | None = None  # what had the traffic when it began
    candidate: TaskSet | None = None

    @property
    def over(self) -> bool:
        return self.status not in IN_FLIGHT

    @property
    def shifted(self) -> bool:
        """Production is wholly on the candidate."""
        return self.status == "Succeeded" or self.baking or self._status_of("AllowTraffic") == "Succeeded"

    @property
    def exposed(self) -> bool:
        """The candidate has, or may have, production traffic; of a rollback, what it is to take away."""
        if self.undoes:
            return self._status_of("AllowTraffic") != "Succeeded" and (
                self.candidate is None or self.candidate.weight > 0
            )
        if self.shifted or self._status_of("AllowTraffic") in _NOT_STARTED:
            return self.shifted
        return self.candidate is None or self.candidate.weight > 0

    def reached(self, until: Until) -> bool:
        if until is Until.done:
            return self.status == "Succeeded"
        if until is Until.ready:
            return self.status == "Ready" or self.shifted or self._status_of("AllowTraffic") not in _NOT_STARTED
        if self.status == "Succeeded" or self.baking:
            return True
        if until is Until.traffic or until is Until.AfterAllowTraffic:
            return self.shifted and self._status_of("AfterAllowTraffic") in ("Succeeded", "Skipped")
        return self._status_of(until) == "Succeeded" or self._passed_over(until)

    @property
    def waits_for_approval(self) -> bool:
        return self.status == "Ready"

    @property
    def approval_until(self) -> datetime | None:
        """When it is stopped without an approval, as far as its lifecycle events tell; None where it does not wait."""
        ended = [event.ended for event in self.events if event.ended]
        if not self.waits_for_approval or not self.approval_wait_minutes or not ended:
            return None
        return max(ended) + timedelta(minutes=self.approval_wait_minutes)

    @property
    def not_approved(self) -> bool:
        """It was stopped because its wait for an approval ended without one."""
        return (
            self.status == "Stopped"
            and self.approval_wait_minutes > 0
            and (self.error is None or self.error[0] not in ("MANUAL_STOP", "ALARM_ACTIVE"))
            and self._status_of("AllowTestTraffic") == "Succeeded"
            and self._status_of("BeforeAllowTraffic") in _NOT_STARTED
        )

    @property
    def rollback_expected(self) -> bool:
        """CodeDeploy will undo it. It cannot before there is a task set to take away."""
        if self.status not in ("Failed", "Stopped") or self.undoes or self._status_of("Install") in _NOT_STARTED:
            return False
        code = self.error[0] if self.error else ""
        if code == "MANUAL_STOP":
            # Whoever stopped it said whether it is to be undone, which CodeDeploy does not repeat.
            return True
        stopped = "DEPLOYMENT_STOP_ON_ALARM" if code == "ALARM_ACTIVE" else "DEPLOYMENT_STOP_ON_REQUEST"
        return ("DEPLOYMENT_FAILURE" if self.status == "Failed" and code != "ALARM_ACTIVE" else stopped) in (
            self.rolls_back_on
        )

    @property
    def waits_for(self) -> str:
        """In a word: the lifecycle event that runs, or what else it is doing."""
        if self.waits_for_approval:
            return "waits for approval"
        running = next((event.name for event in self.events if event.status == "InProgress"), None)
        return running or ("baking" if self.baking else self.status)

    def _passed_over(self, event: Until) -> bool:
        """It has none, or skipped it, and is further on; CodeDeploy also skips what comes after a failure or a stop."""
        later = list(Until)[list(Until).index(event) + 1 :]
        return self._status_of(event) in _NOT_STARTED and any(
            self._status_of(one) in ("InProgress", "Succeeded") for one in later
        )

    def _status_of(self, event: str) -> str:
        return next((found.status for found in self.events if found.name == event), "Pending")


def parse(info: Mapping[str, Any], target: Mapping[str, Any] | None = None) -> Deployment:
    """From GetDeployment's `deploymentInfo` and, once there is one, GetDeploymentTarget's `ecsTarget`."""
    error = info.get("errorInformation") or {}
    rollback = info.get("rollbackInfo") or {}
    automatic = info.get("autoRollbackConfiguration") or {}
    ready = (info.get("blueGreenDeploymentConfiguration") or {}).get("deploymentReadyOption") or {}
    sets = {found.get("taskSetLabel"): _task_set(found) for found in (target or {}).get("taskSetsInfo", [])}
    return Deployment(
        id=info["deploymentId"],
        status=info["status"],
        created=info.get("createTime"),
        completed=info.get("completeTime"),
        creator=info.get("creator", ""),
        description=info.get("description", ""),
        baking=info["status"] == "Baking"
        or (info["status"] == "InProgress" and bool(info.get("instanceTerminationWaitTimeStarted"))),
        error=(error.get("code", ""), error.get("message", "")) if error else None,
        rollback_id=rollback.get("rollbackDeploymentId"),
        undoes=rollback.get("rollbackTriggeringDeploymentId"),
        rolls_back_on=frozenset(automatic.get("events", []) if automatic.get("enabled") else []),
        deployment_group=(info.get("applicationName", ""), info.get("deploymentGroupName", "")),
        config=info.get("deploymentConfigName"),
        approval_wait_minutes=int(ready.get("waitTimeInMinutes", 0)),
        revision=info.get("revision") or {},
        events=tuple(_event(found) for found in (target or {}).get("lifecycleEvents", [])),
        live=sets.get("Blue"),
        candidate=sets.get("Green"),
    )


def _event(found: Mapping[str, Any]) -> Event:
    diagnostics = found.get("diagnostics") or {}
    code = diagnostics.get("errorCode")
    words = [diagnostics.get("message"), diagnostics.get("logTail")]
    said = [code, *words] if code and code != "Success" else []
    return Event(
        name=found["lifecycleEventName"],
        status=found["status"],
        reason=": ".join(word for word in said if word) or None,
        started=found.get("startTime"),
        ended=found.get("endTime"),
    )


def _task_set(found: Mapping[str, Any]) -> TaskSet:
    return TaskSet(
        group=(found.get("targetGroup") or {}).get("name", ""),
        weight=float(found.get("trafficWeight", 0.0)),
        desired=int(found.get("desiredCount", 0)),
        running=int(found.get("runningCount", 0)),
    )


@dataclass(frozen=True)
class Line:
    """What a person is shown."""

    text: str
    style: str = field(default="", compare=False)


STYLES = {"Succeeded": "green", "Failed": "red", "Stopped": "red", "Skipped": "dim"}


def changes(before: Deployment | None, now: Deployment) -> list[Line]:
    """What is new since the last look, in the order in which it happened."""
    lines: list[Line] = []
    known = {event.name: event.status for event in before.events} if before else {}
    for event in now.events:
        # An event that has not begun is not news; that it was skipped is told by the one that failed.
        if event.status not in _NOT_STARTED and known.get(event.name) != event.status:
            reason = f": {event.reason}" if event.reason else ""
            lines.append(Line(f"{event.name:<22} {event.status}{reason}", STYLES.get(event.status, "")))
    weights = _weights(now)
    if weights and weights != (_weights(before) if before else ""):
        lines.append(Line(weights, "bold"))
    counts = _counts(now)
    if counts and counts != (_counts(before) if before else "") and not now.over:
        lines.append(Line(counts))
    if now.baking and not (before and before.baking):
        lines.append(Line("baking: the old tasks are kept, and the way back is instant"))
    if not before or before.status != now.status:
        error = f": {now.error[0]}: {now.error[1]}" if now.error and now.over else ""
        what = "rollback" if now.undoes else "deployment"
        lines.append(Line(f"{what} {now.id} {now.status}{error}", STYLES.get(now.status, "")))
    return lines


def _weights(deployment: Deployment) -> str:
    if not deployment.live or not deployment.candidate:
        return ""
    sides = (("candidate", deployment.candidate), ("live", deployment.live))
    return "traffic: " + ", ".join(f"{side.weight:g} % {side.group} ({name})" for name, side in sides)


def _counts(deployment: Deployment) -> str:
    candidate = deployment.candidate
    if not candidate or deployment.shifted or not candidate.desired:
        return ""
    return f"candidate: {candidate.running} of {candidate.desired} tasks running"
