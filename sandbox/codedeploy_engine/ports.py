"""What a deployment needs of the world. Each is small enough to be played by a few lines in a test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.codedeploy_engine.appspec import AppSpec
from sandbox.codedeploy_engine.records import Deployment


class PortError(Exception):
    """Another service refused; the message is its own."""

    def __init__(self, message: str, code: str | None = None):
        super().__init__(message)
        self.code = code
        """``THROTTLED``, if that is why; otherwise it depends on what was asked for."""


class RoleError(Exception):
    """The deployment group's service role does not let CodeDeploy do it; any of the ports may say so."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        """``IAM_ROLE_MISSING`` or ``IAM_ROLE_PERMISSIONS``."""


class Time(Protocol):
    def now(self) -> float:
        """AWS seconds; only differences mean anything."""

    async def pause(self, until: float = math.inf) -> None:
        """Until it is worth looking again, at this moment at the latest."""


class TaskSets(Protocol):
    """ECS: the task sets of the deployment's service."""

    async def service_is_active(self, deployment: Deployment) -> bool: ...

    async def primary(self, deployment: Deployment) -> Any:
        """The set that is live; PortError without one."""

    async def leftovers(self, deployment: Deployment) -> list[Any]:
        """Sets that an earlier deployment left beside the live one."""

    async def create(self, deployment: Deployment, appspec: AppSpec, target_group: str) -> Any:
        """CreateTaskSet: ACTIVE, with the service's whole desired count. PortError when ECS refuses."""

    async def desired_if_steady(self, task_set: Any) -> int | None:
        """How many tasks it has, once it has as many as it should; None until then."""

    async def make_primary(self, task_set: Any) -> None:
        """UpdateServicePrimaryTaskSet: the service follows this set from now on."""

    async def drain(self, task_set: Any) -> None:
        """DRAINING: its tasks end, after their deregistration delay."""

    async def is_gone(self, task_set: Any) -> bool:
        """Whether its last task has stopped; it is deleted then."""


class Traffic(Protocol):
    """Elastic Load Balancing: who gets which share."""

    async def target_groups(self, names: Sequence[str]) -> list[str]:
        """Their ARNs, in this order."""

    async def carries(self, listeners: Sequence[str], group: str) -> bool:
        """Whether these listeners, by default or by a rule, give the group any traffic."""

    async def is_attached(self, group: str) -> bool:
        """Whether any listener forwards to it; its targets are not checked otherwise."""

    async def move(self, listeners: Sequence[str], live: str, other: str, percent: float) -> None:
        """Give `other` so much of what the listeners, and each rule of theirs, forward to the two; `live` the rest."""

    async def restore(self, listeners: Sequence[str], live: str, other: str) -> None:
        """Give `live` all of it; what gives `other` nothing is not touched."""

    async def healthy_targets(self, group: str) -> int | None:
        """How many there are; None when any is not healthy (yet)."""


class Hooks(Protocol):
    async def invoke(self, function: str, deployment_id: str, execution: str) -> None:
        """Have the function run; PortError when there is nothing to run."""


class Lookups(Protocol):
    async def alarms_firing(self, names: Sequence[str]) -> list[str]:
        """Those of them that are in ALARM; PortError when that cannot be known."""

    async def revision_text(self, revision: dict[str, Any]) -> str:
        """The AppSpec of a revision that is kept elsewhere; PortError when it is not there."""


class Ledger(Protocol):
    async def end(self, deployment: Deployment, status: str, error: dict[str, str] | None, rollback: bool) -> None:
        """Record the end, and in the same moment the deployment that undoes this one, so that nobody gets between."""


@dataclass(frozen=True)
class Ports:
    time: Time
    task_sets: TaskSets
    traffic: Traffic
    hooks: Hooks
    lookups: Lookups
    ledger: Ledger
