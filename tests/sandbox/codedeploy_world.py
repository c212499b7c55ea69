"""A world for one deployment, in a few lines: task sets, listeners, functions and alarms that do as they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sandbox.codedeploy_engine import ledger
from sandbox.codedeploy_engine.appspec import AppSpec
from sandbox.codedeploy_engine.deployment import Run
from sandbox.codedeploy_engine.ports import PortError, Ports
from sandbox.codedeploy_engine.records import EVENTS, Deployment, StopRequest

BLUE = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/blue/1"
GREEN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/green/1"
MINUTE = 60.0

ALL_AT_ONCE: dict[str, Any] = {"type": "AllAtOnce"}
CANARY = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 5}}
LINEAR = {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 40, "linearInterval": 3}}
ROLLBACK = {"enabled": True, "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]}
USER = "The deployment was stopped by the user."
ALARMS = {"enabled": True, "alarms": [{"name": "errors"}]}


@dataclass(eq=False)
class FakeService:
    task_sets: list[FakeTaskSet] = field(default_factory=list)
    active: bool = True


@dataclass(eq=False)
class FakeTaskSet:
    owner: FakeService
    id: str
    group: str
    status: str
    steady: bool = True
    revision: dict[str, Any] | None = None

    computedDesiredCount = runningCount = 2  # noqa: N815 (AWS's names)
    pendingCount = 0  # noqa: N815

    @property
    def load_balancers(self) -> list[dict[str, Any]]:
        return [{"targetGroupArn": self.group}]


class World:
    """Every port of the engine at once; `log` is what the deployment did, with the minute at which it did it."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.log: list[tuple[float, str]] = []
        self.service = FakeService()
        self.live = FakeTaskSet(self.service, "ecs-svc/1", BLUE, "PRIMARY")
        self.service.task_sets = [self.live]
        self.shares = {"prod": {BLUE: 100.0}, "test": {GREEN: 100.0}}
        self.attached = True
        self.steady = self.healthy = True
        self.ends = True
        self.faults = 0
        self.refusal: str | None = None
        self.verdict: str | None = "Succeeded"
        self.on_hook: Callable[[str], None] = lambda _event: None
        self.firing: list[str] | None = []
        self.texts: dict[str, str] = {}
        self.meanwhile: dict[float, Callable[[], None]] = {}
        self.deployments: list[Deployment] = []

    # Time

    def now(self) -> float:
        return self.seconds

    async def pause(self, _until: float = 0) -> None:
        await asyncio.sleep(0)
        self.seconds += 15
        for minute in [minute for minute in self.meanwhile if minute * MINUTE <= self.seconds]:
            self.meanwhile.pop(minute)()

    def did(self, what: str) -> None:
        self.log.append((round(self.seconds / MINUTE, 2), what))

    @property
    def done(self) -> list[str]:
        return [what for _, what in self.log]

    # Task sets

    async def service_is_active(self, _deployment: Deployment) -> bool:
        return self.service.active

    async def primary(self, _deployment: Deployment) -> FakeTaskSet:
        for task_set in self.service.task_sets:
            if task_set.status == "PRIMARY":
                return task_set
        raise PortError("no primary task set")

    async def leftovers(self, _deployment: Deployment) -> list[FakeTaskSet]:
        return [task_set for task_set in self.service.task_sets if task_set.status != "PRIMARY"]

    async def create(self, _deployment: Deployment, appspec: AppSpec, target_group: str) -> FakeTaskSet:
        if self.refusal:
            raise PortError(self.refusal)
        made = FakeTaskSet(self.service, f"ecs-svc/{len(self.service.task_sets) + 1}", target_group, "ACTIVE")
        self.service.task_sets.append(made)
        self.did(f"create {appspec.task_definition}")
        return made

    async def desired_if_steady(self, task_set: FakeTaskSet) -> int | None:
        return task_set.computedDesiredCount if self.steady else None

    async def make_primary(self, task_set: FakeTaskSet) -> None:
        for other in self.service.task_sets:
            other.status = "PRIMARY" if other is task_set else "ACTIVE"
        self.did(f"primary {task_set.id}")

    async def drain(self, task_set: FakeTaskSet) -> None:
        task_set.status = "DRAINING"
        self.did(f"drain {task_set.id}")

    async def is_gone(self, task_set: FakeTaskSet) -> bool:
        if not self.ends:
            return False
        self.service.task_sets = [other for other in self.service.task_sets if other is not task_set]
        return True

    # Traffic

    async def target_groups(self, names: Sequence[str]) -> list[str]:
        return [{"blue": BLUE, "green": GREEN}[name] for name in names]

    async def carries(self, listeners: Sequence[str], group: str) -> bool:
        return any(self.shares[listener].get(group) for listener in listeners)

    async def is_attached(self, _group: str) -> bool:
        return self.attached

    async def move(self, listeners: Sequence[str], live: str, other: str, percent: float) -> None:
        for listener in listeners:
            self.shares[listener] = {live: 100 - percent, other: percent}
            self.did(f"{listener} {percent:.0f} %")

    async def restore(self, listeners: Sequence[str], live: str, other: str) -> None:
        if self.faults:
            self.faults -= 1
            raise PortError("ServiceUnavailable")
        for listener in listeners:
            if self.shares[listener].get(other):
                self.shares[listener] = {live: 100, other: 0}
                self.did(f"{listener} back")

    async def healthy_targets(self, _group: str) -> int | None:
        return 2 if self.healthy else None

    # Hooks

    async def invoke(self, function: str, deployment_id: str, execution: str) -> None:
        self.did(f"hook {function}")
        if function == "missing":
            raise PortError("ResourceNotFoundException: Function not found")
        deployment = next(item for item in self.deployments if item.deployment_id == deployment_id)
        hook = deployment.hooks[execution]
        hook.verdict = self.verdict
        self.on_hook(hook.event)

    # Lookups

    async def alarms_firing(self, names: Sequence[str]) -> list[str]:
        if self.firing is None:
            raise PortError("no such alarm")
        return [name for name in names if name in self.firing]

    async def revision_text(self, revision: dict[str, Any]) -> str:
        try:
            return self.texts[revision["s3Location"]["key"]]
        except KeyError:
            raise PortError("NoSuchKey") from None

    # Ledger: the engine's own, on a backend of one dictionary

    async def end(self, deployment: Deployment, status: str, error: dict[str, str] | None, rollback: bool) -> None:
        ledger.end(deployment, status, error, rollback)

    def ports(self) -> Ports:
        return Ports(time=self, task_sets=self, traffic=self, hooks=self, lookups=self, ledger=self)

    def run(self, deployment: Deployment) -> Deployment:
        """To its end, and that of the deployment that undoes it."""
        self.deployments.append(deployment)
        asyncio.run(Run(deployment, self.ports()).run())
        while not ledger.INBOX.empty():
            undoing = ledger.INBOX.get_nowait()
            self.deployments.append(undoing)
            asyncio.run(Run(undoing, self.ports()).run())
        return deployment


def make(
    *,
    hooks: dict[str, str] | None = None,
    test_route: bool = True,
    bake: int = 0,
    ready: dict[str, Any] | None = None,
    **changes: Any,
) -> Deployment:
    pair: dict[str, Any] = {
        "targetGroups": [{"name": "blue"}, {"name": "green"}],
        "prodTrafficRoute": {"listenerArns": ["prod"]},
    }
    if test_route:
        pair["testTrafficRoute"] = {"listenerArns": ["test"]}
    params: dict[str, Any] = {
        "application": SimpleNamespace(application_name="app"),
        "group": SimpleNamespace(deployment_group_name="group"),
        "account": "123456789012",
        "region": "us-east-1",
        "group_info": {
            "loadBalancerInfo": {"targetGroupPairInfoList": [pair]},
            "blueGreenDeploymentConfiguration": {
                "deploymentReadyOption": ready or {"actionOnTimeout": "CONTINUE_DEPLOYMENT", "waitTimeInMinutes": 0},
                "terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": bake},
            },
        },
        "cluster": "cluster",
        "service": "service",
        "service_arn": "arn:aws:ecs:us-east-1:123456789012:service/cluster/service",
        "deployment_config_name": "CodeDeployDefault.ECSAllAtOnce",
        "routing": ALL_AT_ONCE,
        "revision": {"revisionType": "AppSpecContent", "appSpecContent": {"content": "x", "sha256": "y"}},
        "appspec": AppSpec("new", "app", 3000, hooks=hooks or {}),
        "auto_rollback": ROLLBACK,
    }
    return Deployment(**{**params, **changes})


def statuses(deployment: Deployment) -> dict[str, str]:
    return {event.name: event.status for event in deployment.events}


def after(failed: str) -> list[str]:
    return ["Succeeded"] * EVENTS.index(failed) + ["Failed"] + ["Skipped"] * (7 - EVENTS.index(failed))


def stop(deployment: Deployment, rollback: bool | None) -> Callable[[], None]:
    return lambda: setattr(deployment, "stop_request", StopRequest("MANUAL_STOP", USER, rollback))
