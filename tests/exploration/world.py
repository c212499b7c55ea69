"""A service on AWS in simulated time. The sandbox's own engine releases it: each of the engine's ports is here.

Nothing waits: time jumps to what is due next. An operation of the engine takes a second or two, in which everything
else may happen; where it could be another thing that happens, `choose` says so.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from queue import Empty
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from sandbox.codedeploy_engine import ledger, records
from sandbox.codedeploy_engine.appspec import AppSpec
from sandbox.codedeploy_engine.deployment import Run
from sandbox.codedeploy_engine.ports import PortError, Ports, RoleError
from sandbox.codedeploy_engine.records import Deployment
from tests.exploration.choices import Choices
from tests.exploration.settings import BLUE, GREEN, Settings
from tests.exploration.timeline import Timeline, until

LOOK_SECONDS = 15.0
"""Between two looks of the engine."""

STARTS_IN, LEAVES_IN = 40.0, 30.0
"""Seconds that a task set needs to be healthy, and to end."""


@dataclass(eq=False)
class Service:
    task_sets: list[TaskSet] = field(default_factory=list)


@dataclass(eq=False)
class TaskSet:
    owner: Service
    id: str
    task_definition: str
    group: str
    status: str
    steady_at: float = 0.0
    was_steady: bool = False
    gone_at: float = float("inf")
    revision: dict[str, Any] | None = None

    computedDesiredCount: int = 2  # noqa: N815 (AWS's names)
    runningCount: int = 2  # noqa: N815
    pendingCount: int = 0  # noqa: N815

    @property
    def load_balancers(self) -> list[dict[str, Any]]:
        return [{"targetGroupArn": self.group, "containerName": "api"}]


class World(Timeline):
    """One service, and all its deployments."""

    def __init__(self, settings: Settings, choices: Choices) -> None:
        super().__init__(choices)
        self.settings = settings
        self.deployments: dict[str, Deployment] = {}
        self.was_live: dict[str, str] = {}
        """By deployment: the task definition that had production when it was made."""

        self.consents: set[tuple[str, str]] = set()
        """Deployments and the lifecycle events whose hook CodeDeploy has heard say yes."""

        self.service = Service()
        live = TaskSet(self.service, "ecs-svc/1", "", BLUE, "PRIMARY")
        self.service.task_sets = [live]
        self._sets = count(2)
        self.shares = {"prod": {BLUE: 100.0}, "test": {BLUE: 100.0}}
        self.firing: dict[str, float] = {}
        """Alarms, and since when."""

        self.balancer_away_until = 0.0
        self.hook_answers: Callable[[Deployment, str, str], None] = lambda *_: None
        self.keeps_still: Callable[[Deployment], bool] = lambda _: True
        """Whether autoscaling does, for this deployment, or it was said that it may not."""

        self.stopped_tasks: list[dict[str, Any]] = []

    def fires(self, alarm: str) -> None:
        """For twenty minutes."""
        self.firing[alarm] = self.seconds
        self.at(self.seconds + 1200, lambda: self.firing.clear())

    def can_be_scaled(self) -> bool:
        found = self.active()
        return found is not None and found.replacement is not None and found.undoes is None

    def scale(self) -> None:
        """It takes ten minutes until there are as many tasks as there should be."""
        for task_set in self.service.task_sets:
            task_set.computedDesiredCount += 2
            task_set.runningCount += 2
            task_set.steady_at = max(task_set.steady_at, self.seconds + 600)

    @property
    def phase(self) -> str:
        """The last two deployments, as far as it matters here."""
        words = []
        for deployment in list(self.deployments.values())[-2:]:
            event = next((event.name for event in deployment.events if event.status == "InProgress"), "")
            wait = "bake" if deployment.termination_wait_started else ""
            ends = "ends" if deployment.original_ends else ""
            stop = "stop" if deployment.stop_request else ""
            state = (deployment.status, event, f"{deployment.green_weight:g}", wait, ends, stop)
            words.append(" ".join(word for word in state if word))
        return ", ".join(words) or "nothing yet"

    # Deployments ------------------------------------------------------------------------------------------------------

    def active(self) -> Deployment | None:
        return next((one for one in self.deployments.values() if not one.ended), None)

    def begin_new(self) -> None:
        """What was put into the engine's inbox begins a moment later."""
        while True:
            try:
                deployment = ledger.INBOX.get_nowait()
            except Empty:
                return
            self.was_live[deployment.deployment_id] = self.primary_set().task_definition
            what = f"rollback of {deployment.undoes.deployment_id}" if deployment.undoes else "deployment"
            self.note(f"{what} {deployment.deployment_id} is made")
            self.live(Run(deployment, self.ports()).run(), 1.0)

    async def end(self, deployment: Deployment, status: str, error: dict[str, str] | None, rollback: bool) -> None:
        self.choose(f"engine ends {deployment.deployment_id}", [])
        ledger.end(deployment, status, error, rollback)
        said = f": {error['code']}: {error['message']}" if error else ""
        self.note(f"{deployment.deployment_id} {status}{said}")
        self.begin_new()

    # The port Time

    def now(self) -> float:
        return self.seconds

    async def pause(self, moment: float = float("inf")) -> None:
        if moment - self.seconds <= LOOK_SECONDS:
            self.choose("engine, at the end of a wait", [])
        await until(min(moment, self.seconds + LOOK_SECONDS))

    # The port TaskSets ------------------------------------------------------------------------------------------------

    def primary_set(self) -> TaskSet:
        return next(one for one in self.service.task_sets if one.status == "PRIMARY")

    async def service_is_active(self, _deployment: Deployment) -> bool:
        return True

    async def primary(self, _deployment: Deployment) -> TaskSet:
        return self.primary_set()

    async def leftovers(self, _deployment: Deployment) -> list[TaskSet]:
        return [one for one in self.service.task_sets if one.status != "PRIMARY"]

    async def create(self, deployment: Deployment, appspec: AppSpec, target_group: str) -> TaskSet:
        await self._ecs(f"CreateTaskSet of {deployment.deployment_id}")
        taken = [one.id for one in self.service.task_sets if one.group == target_group]
        self.promise(not taken, "a candidate never shares its target group")
        made = TaskSet(self.service, f"ecs-svc/{next(self._sets)}", appspec.task_definition, target_group, "ACTIVE")
        made.steady_at = self.seconds + STARTS_IN
        if self.exploring and self.settings.candidate != "healthy":
            made.steady_at = float("inf")
            if self.settings.candidate == "crashes":
                self._crash(made)
        self.service.task_sets.append(made)
        return made

    def _crash(self, task_set: TaskSet) -> None:
        """Once a minute for an hour, or until the set is drained."""

        def stop() -> None:
            if len(self.stopped_tasks) == 60 or task_set.status == "DRAINING" or task_set not in self.service.task_sets:
                return
            task = {"taskArn": f"task/dev/{len(self.stopped_tasks)}", "desiredStatus": "STOPPED"}
            task |= {"taskDefinitionArn": task_set.task_definition, "stopCode": "EssentialContainerExited"}
            self.stopped_tasks.append(task | {"createdAt": self.utc(), "containers": []})
            self.at(self.seconds + 60, stop)

        self.at(self.seconds + 60, stop)

    async def desired_if_steady(self, task_set: TaskSet) -> int | None:
        if self.seconds < task_set.steady_at:
            return None
        task_set.was_steady = True
        return task_set.computedDesiredCount

    async def make_primary(self, task_set: TaskSet) -> None:
        await self._ecs(f"UpdateServicePrimaryTaskSet to {task_set.task_definition}")
        for other in self.service.task_sets:
            if other.status != "DRAINING":
                other.status = "PRIMARY" if other is task_set else "ACTIVE"

    async def drain(self, task_set: TaskSet) -> None:
        await self._ecs(f"DeleteTaskSet of {task_set.task_definition}")
        self.promise(not self.shares["prod"].get(task_set.group), "tasks never end while production is sent to them")
        task_set.status, task_set.gone_at = "DRAINING", self.seconds + LEAVES_IN

    async def is_gone(self, task_set: TaskSet) -> bool:
        if self.seconds < task_set.gone_at:
            return False
        self.service.task_sets = [other for other in self.service.task_sets if other is not task_set]
        return True

    async def _ecs(self, what: str) -> None:
        if self.choose(f"engine, {what}", ["denied"]):
            raise RoleError("IAM_ROLE_PERMISSIONS", "denied")
        await until(self.seconds + 1)

    # The port Traffic -------------------------------------------------------------------------------------------------

    async def target_groups(self, names: Sequence[str]) -> list[str]:
        return [{"blue": BLUE, "green": GREEN}[name] for name in names]

    async def carries(self, listeners: Sequence[str], group: str) -> bool:
        return any(self.shares[listener].get(group) for listener in listeners)

    async def is_attached(self, group: str) -> bool:
        return any(group in shares for shares in self.shares.values())

    async def move(self, listeners: Sequence[str], live: str, other: str, percent: float) -> None:
        for listener in listeners:
            if listener == "prod" and percent:
                self._may_move()
            await self._balance(listener, {live: 100 - percent, other: percent})

    async def restore(self, listeners: Sequence[str], live: str, other: str) -> None:
        for listener in listeners:
            if self.shares[listener].get(other):
                await self._balance(listener, {live: 100.0, other: 0.0})

    async def _balance(self, listener: str, shares: dict[str, float]) -> None:
        parts = ", ".join(f"{part:g} % {name_of(group)}" for group, part in shares.items())
        fault = self.choose(f"engine, ModifyListener {listener}", ["away for 30 s", "away for 5 min", "answer lost"])
        if fault and fault.startswith("away"):
            self.balancer_away_until = self.seconds + (30 if "30" in fault else 300)
        if self.seconds < self.balancer_away_until:
            await until(self.seconds + 1)
            raise PortError("ServiceUnavailable")
        self.shares[listener] = shares
        self.note(f"{listener} traffic: {parts}")
        await until(self.seconds + 1)
        if fault == "answer lost":
            raise PortError("the answer was lost")

    async def healthy_targets(self, group: str) -> int | None:
        own = [one for one in self.service.task_sets if one.group == group and one.status != "DRAINING"]
        return sum(one.runningCount for one in own if self.seconds >= one.steady_at)

    def _may_move(self) -> None:
        """No part of production goes to a candidate without the consent of all who are asked before."""
        deployment = self.active()
        assert deployment is not None
        name = deployment.deployment_id
        for event in self.settings.asked_before_traffic:
            self.promise((name, event) in self.consents, f"no production traffic without the consent of {event}'s hook")
        if self.settings.approval_minutes:
            self.promise("READY_WAIT" in deployment.continued, "no production traffic without the approval")
        self.promise(deployment.stop_request is None, "no more production traffic once the release is stopped")
        self.promise(self.keeps_still(deployment), "autoscaling keeps still while production moves")
        self.promise(deployment.replacement.was_steady, "no production traffic before the candidate has been healthy")
        fired = [since for since in self.firing.values() if since < self.seconds - 2 * LOOK_SECONDS]
        self.promise(not (fired and deployment.alarms), "no more production traffic while an alarm fires")

    # The other ports

    async def invoke(self, function: str, deployment_id: str, execution: str) -> None:
        if self.choose(f"engine, Invoke {function}", ["denied"]):
            raise RoleError("IAM_ROLE_PERMISSIONS", "denied")
        await until(self.seconds + 1)
        deployment = self.deployments[deployment_id]
        self.hook_answers(deployment, deployment.hooks[execution].event, execution)

    async def alarms_firing(self, names: Sequence[str]) -> list[str]:
        return [name for name in names if name in self.firing]

    async def revision_text(self, _revision: dict[str, Any]) -> str:
        raise PortError("no revision is kept elsewhere")

    def ports(self) -> Ports:
        return Ports(time=self, task_sets=self, traffic=self, hooks=self, lookups=self, ledger=self)

    # Who has what -----------------------------------------------------------------------------------------------------

    def production(self) -> dict[str, float]:
        """Task definition -> its part of the production traffic, in per cent."""
        found: dict[str, float] = {}
        for group, part in self.shares["prod"].items():
            if part:
                running = [one.task_definition for one in self.service.task_sets if one.group == group]
                found[running[0] if running else "nothing"] = part
        return found


def name_of(group: str) -> str:
    return group.split("/")[1]


@contextmanager
def simulated(world: World) -> Iterator[None]:
    """Inside, the engine's records have the world's time, and whatever is left to chance is the same in each run."""
    chance = random.Random(1)
    numbers = count(1)
    secrets = SimpleNamespace(choice=chance.choice, token_urlsafe=lambda _: f"execution-{next(numbers)}")
    backend = SimpleNamespace(deployments=world.deployments)
    state = random.getstate()
    random.seed(1)
    while not ledger.INBOX.empty():
        ledger.INBOX.get_nowait()
    with (
        patch.object(records, "datetime", SimpleNamespace(now=lambda _: world.utc())),
        patch.object(records, "secrets", secrets),
        patch.object(ledger, "codedeploy_backends", {"123456789012": {"us-east-1": backend}}),
    ):
        try:
            yield
        finally:
            random.setstate(state)
