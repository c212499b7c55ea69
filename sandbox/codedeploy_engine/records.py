"""What there is to know of a deployment. How the API shows it is in `sandbox.aws.codedeploy.views`.

The state machine writes in the event loop, the API reads and asks in its own threads: each method that does more than
one thing holds the record's own lock.
"""

from __future__ import annotations

import secrets
import string
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.codedeploy_engine import events

EVENTS = (
    "BeforeInstall",
    "Install",
    "AfterInstall",
    "AllowTestTraffic",
    "AfterAllowTestTraffic",
    "BeforeAllowTraffic",
    "AllowTraffic",
    "AfterAllowTraffic",
)
TEST_EVENTS = ("AllowTestTraffic", "AfterAllowTestTraffic")
"""Only there when the group has a test listener."""

ENDED = ("Succeeded", "Failed", "Stopped")


def utcnow() -> datetime:
    """In whole milliseconds, as times are shown: who asks for all until one of them means that one as well."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def new_id() -> str:
    return "d-" + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(9))


@dataclass
class Event:
    """One lifecycle event."""

    name: str
    status: str = "Pending"
    start_time: datetime | None = None
    end_time: datetime | None = None
    diagnostics: dict[str, str] | None = None

    def begin(self) -> None:
        self.status, self.start_time = "InProgress", utcnow()

    def end(self, status: str, diagnostics: dict[str, str] | None = None) -> None:
        self.status, self.end_time, self.diagnostics = status, utcnow(), diagnostics


@dataclass(frozen=True)
class StopRequest:
    """Somebody wants the deployment ended."""

    code: str
    message: str
    rollback: bool | None = None
    """None: as the deployment's automatic rollback says."""


@dataclass
class Hook:
    """One invocation of a hook's function; answered at most once."""

    event: str
    verdict: str | None = None
    open: bool = True


@dataclass(eq=False)
class Deployment:
    """All there is to know of one deployment."""

    application: Any
    group: Any
    """moto's objects, so that renamed ones are shown with their new names."""

    account: str
    region: str
    group_info: dict[str, Any]
    """What the group was when the deployment was made."""

    cluster: str
    service: str
    service_arn: str
    deployment_config_name: str
    routing: dict[str, Any]
    """``trafficRoutingConfig`` of the deployment configuration."""

    revision: dict[str, Any] | None
    """The whole of it, with its content."""

    appspec: Any = None
    """The parsed AppSpec; None for one that is read from S3 once the deployment runs."""

    previous_revision: dict[str, Any] | None = None
    description: str | None = None
    creator: str = "user"
    auto_rollback: dict[str, Any] | None = None
    alarms: dict[str, Any] | None = None
    override_alarms: dict[str, Any] | None = None
    undoes: Deployment | None = None
    """For a rollback: the deployment that it undoes."""

    deployment_id: str = field(default_factory=new_id)
    status: str = "Created"
    create_time: datetime = field(default_factory=utcnow)
    start_time: datetime | None = None
    complete_time: datetime | None = None
    updated_at: datetime = field(default_factory=utcnow)
    error: dict[str, str] | None = None
    rollback_info: dict[str, str] | None = None
    status_messages: list[str] = field(default_factory=list)
    termination_wait_started: bool = False

    original: Any = None
    replacement: Any = None
    """Task sets of ECS; `green_weight` is the replacement's share of production traffic."""

    green_weight: float = 0.0
    test_moved: bool = False
    """Whether the test listener was sent to the replacement."""

    original_ends: bool = False
    """Whether the original's tasks have begun to end: there is no way back to it."""

    stop_request: StopRequest | None = None
    continued: set[str] = field(default_factory=set)
    """Waits that ContinueDeployment has ended."""

    hooks: dict[str, Hook] = field(default_factory=dict)
    """By execution id."""

    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    events: list[Event] = field(init=False)

    def __post_init__(self) -> None:
        skipped = () if self.test_listeners else TEST_EVENTS
        self.events = [Event(name) for name in EVENTS if name not in skipped]

    # Configuration ----------------------------------------------------------------------------------------------------

    @property
    def pair(self) -> dict[str, Any]:
        return dict(self.group_info["loadBalancerInfo"]["targetGroupPairInfoList"][0])

    @property
    def target_group_names(self) -> list[str]:
        return [group["name"] for group in self.pair["targetGroups"]]

    @property
    def prod_listeners(self) -> list[str]:
        return list(self.pair["prodTrafficRoute"]["listenerArns"])

    @property
    def test_listeners(self) -> list[str]:
        return list((self.pair.get("testTrafficRoute") or {}).get("listenerArns") or ())

    @property
    def ready_option(self) -> dict[str, Any]:
        return dict(self.group_info["blueGreenDeploymentConfiguration"]["deploymentReadyOption"])

    @property
    def termination_minutes(self) -> int:
        ending = self.group_info["blueGreenDeploymentConfiguration"]["terminateBlueInstancesOnDeploymentSuccess"]
        return int(ending["terminationWaitTimeInMinutes"])

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def can_be_stopped(self) -> bool:
        """A rollback goes on; so does a deployment whose way back is gone."""
        return self.undoes is None and not self.original_ends and not self.ended

    @property
    def application_name(self) -> str:
        return str(self.application.application_name)

    @property
    def deployment_group_name(self) -> str:
        return str(self.group.deployment_group_name)

    @property
    def target_id(self) -> str:
        return f"{self.cluster}:{self.service}"

    def rolls_back(self, event: str) -> bool:
        """Whether automatic rollback is on for DEPLOYMENT_FAILURE and its like."""
        wanted = self.auto_rollback or {}
        return bool(wanted.get("enabled")) and event in (wanted.get("events") or ())

    # What happens to it -----------------------------------------------------------------------------------------------

    def touch(self) -> None:
        self.updated_at = utcnow()

    def begin(self) -> bool:
        """False when it was stopped before it began."""
        with self.lock:
            if self.status != "Created":
                return False
            self.start_time = utcnow()
            self.be("InProgress", "Preparing the deployment.")
            events.announce(self)
            return True

    def be(self, status: str, *messages: str) -> None:
        with self.lock:
            self.status, self.status_messages = status, list(messages)
            self.touch()
            if status == "Ready":
                events.announce(self)

    def enter(self, event: Event) -> None:
        with self.lock:
            event.begin()
            self.be("InProgress", f"The lifecycle event {event.name} is in progress.")

    def leave(self, event: Event, status: str, diagnostics: dict[str, str] | None = None) -> None:
        with self.lock:
            event.end(status, diagnostics)
            self.touch()

    def finish(self, status: str, error: dict[str, str] | None = None) -> None:
        """The end; what did not come to pass any more is Skipped."""
        with self.lock:
            for event in self.events:
                if event.status == "Pending":
                    event.status = "Skipped"
            for hook in self.hooks.values():
                hook.open = False
            self.status, self.error, self.status_messages = status, error, []
            self.complete_time = utcnow()
            self.touch()
            events.announce(self)

    def ask(self, event: str) -> str:
        """A new execution id for the hook of ``event``."""
        with self.lock:
            execution = secrets.token_urlsafe(96)
            self.hooks[execution] = Hook(event)
            return execution

    def close(self, execution: str) -> str | None:
        """No answer counts any more; the one given so far."""
        with self.lock:
            hook = self.hooks[execution]
            hook.open = False
            return hook.verdict
