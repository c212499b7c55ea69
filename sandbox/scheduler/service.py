"""The reconcile loop: each task set's tasks are brought to its desired count, and ECS is told how it stands."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import replace

from sandbox.aws.elbv2 import TargetHealth
from sandbox.scheduler import moto_state
from sandbox.scheduler.moto_state import Changes, Counts
from sandbox.scheduler.replacement import plan
from sandbox.scheduler.spec import SetSpec, TargetSpec
from sandbox.scheduler.task import Task
from sandbox.scheduler.throttle import Throttle
from sandbox.scheduler.tools import Tools

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
"""Real seconds between two looks."""

KEEP_STOPPED_SECONDS = 3600
"""AWS shows stopped tasks for an hour."""

SHUTDOWN_SECONDS = 3
"""How long tasks have for an orderly end when the sandbox stops."""


class _Set:
    """The tasks of one task set."""

    def __init__(self, spec: SetSpec):
        self.spec = spec
        self.tasks: list[Task] = []
        """All that have not been stopped yet."""

        self.throttle = Throttle()
        self.steady = False
        self.told_counts: Counts | None = None


class Scheduler:
    """ECS's service scheduler for every cluster of the sandbox."""

    def __init__(self, tools: Tools):
        self._tools = tools
        self._sets: dict[tuple[str, str], _Set] = {}
        self._changes = Changes()
        self._lives: set[asyncio.Task[None]] = set()
        self._visible: dict[str, Task] = {}
        self._changing: list[Task] = []
        """Those that ECS does not show as STOPPED yet."""

        self._stopped: list[tuple[float, Task]] = []
        self._wake = asyncio.Event()

    def task(self, task_id: str) -> Task | None:
        """A task by its id, for the metadata endpoint."""
        return self._visible.get(task_id)

    def running(self) -> list[Task]:
        """All tasks that run."""
        return [task for item in self._sets.values() for task in item.tasks if task.running]

    async def run(self, stop: asyncio.Event) -> None:
        """Reconcile until ``stop``, then end every task."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                try:
                    await self._tick()
                except Exception:
                    # One bad service must not end all the others.
                    log.exception("scheduler")
                woken = asyncio.create_task(self._wake.wait())
                await asyncio.wait({stopping, woken}, timeout=TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                woken.cancel()
                self._wake.clear()
        finally:
            stopping.cancel()
            await self._shut_down()

    async def _shut_down(self) -> None:
        tasks = [task for item in self._sets.values() for task in item.tasks]
        for task in tasks:
            task.hurry()
        if self._lives:
            await asyncio.wait(self._lives, timeout=SHUTDOWN_SECONDS)
        for task in tasks:
            task.kill()
        if self._lives:
            await asyncio.wait(self._lives)

    async def _tick(self) -> None:
        changes, self._changes = self._changes, Changes()
        for task in self._changing:
            changes.show(task.spec, task.record)

        def exchange() -> tuple[dict[str, str], list[SetSpec]]:
            return moto_state.write(changes), moto_state.read()

        asked, found = await self._tools.clients.locked(exchange)
        settled = {record.id for _, record in changes.tasks if record.last_status == "STOPPED"}
        self._changing = [task for task in self._changing if task.id not in settled]
        for task_id, reason in asked.items():
            self._visible[task_id].stop("UserInitiated", reason)
        specs = {spec.key: spec for spec in found}
        for key in specs.keys() - self._sets.keys():
            self._sets[key] = _Set(specs[key])
        for key, item in list(self._sets.items()):
            # A set that is gone (deleted, or replaced by a new deployment) is to have no tasks.
            item.spec = specs.get(key) or replace(item.spec, desired=0)
            self._reconcile(item)
            if key not in specs and not item.tasks:
                del self._sets[key]
        self._forget_old()

    # One task set -----------------------------------------------------------------------------------------------------

    def _reconcile(self, item: _Set) -> None:
        self._collect(item)
        for task in item.tasks:
            if task.alive and task.running:
                task.check_health()
            if task.started_at is not None:
                item.throttle.ran(task.started_at)
        alive = [task for task in item.tasks if task.alive]
        unhealthy = [task for task in alive if self._unhealthy(item, task)]
        # The youngest are stopped first, those that do not run yet before all others.
        young = sorted(alive, key=lambda task: (task.running, -(task.started_at or 0)))
        healthy = [task for task in young if task not in unhealthy and task.running and self._healthy(task)]
        waiting = [task for task in young if task not in unhealthy and task not in healthy]
        planned = plan(item.spec.desired, unhealthy, waiting, healthy)
        if planned.launch and item.throttle.allows(self._tools.clock.now()):
            self._launch(item, planned.launch, planned.replacements)
        if planned.stop:
            self._stop(item, planned.stop, unhealthy)
        self._report(item)

    def _launch(self, item: _Set, count: int, replacements: int) -> None:
        spec, now = item.spec, self._tools.clock.now()

        def event(message: str) -> None:
            self._changes.event(spec, f"{spec.named} {message}")

        launched = []
        for _ in range(count):
            task = Task(self._tools, spec, _emptiest(spec.subnets, item.tasks), now, event, self._wake.set)
            launched.append(task)
            item.tasks.append(task)
            self._visible[task.id] = task
            self._changing.append(task)
            life = asyncio.create_task(task.run())
            self._lives.add(life)
            life.add_done_callback(self._lives.discard)
        why = f" Amazon ECS replaced {replacements} tasks due to an unhealthy status." if replacements else ""
        event(f"has started {count} tasks: {_names(launched)}.{why}")

    def _stop(self, item: _Set, tasks: list[Task], unhealthy: list[Task]) -> None:
        named = item.spec.named
        for task in tasks:
            if task not in unhealthy:
                reason = f"Scaling activity initiated by (deployment {item.spec.id})"
            elif task.record.health_status == "UNHEALTHY":
                reason = "Task failed container health checks"
                self._changes.event(item.spec, f"{named} (task {task.id}) failed container health checks.")
            else:
                target, health = self._unhealthy_targets(task)[0]
                group = f"(target-group {target.target_group_arn})"
                reason = f"Task failed ELB health checks in {group}"
                self._changes.event(
                    item.spec,
                    f"{named} (task {task.id}) (port {target.port}) is unhealthy in {group} "
                    f"due to (reason {health.description}).",
                )
            task.stop("ServiceSchedulerInitiated", reason)
        self._changes.event(item.spec, f"{named} has stopped {len(tasks)} running tasks: {_names(tasks)}.")

    def _unhealthy(self, item: _Set, task: Task) -> bool:
        """Whether a health check has failed for good: ECS ignores all of them during the grace period."""
        if not task.running or task.started_at is None or item.spec.desired == 0:
            return False
        if self._tools.clock.now() - task.started_at < item.spec.grace_seconds:
            return False
        return task.record.health_status == "UNHEALTHY" or bool(self._unhealthy_targets(task))

    def _unhealthy_targets(self, task: Task) -> list[tuple[TargetSpec, TargetHealth]]:
        found = [
            (target, self._tools.targets.health(target.target_group_arn, task.address, target.port))
            for target in task.registered
        ]
        return [(target, health) for target, health in found if health.state == "unhealthy"]

    def _collect(self, item: _Set) -> None:
        """Forget tasks that have stopped, and note how they ended."""
        ended = [task for task in item.tasks if task.stopped]
        now = self._tools.clock.now()
        item.tasks = [task for task in item.tasks if not task.stopped]
        self._stopped += [(now, task) for task in ended]
        for task in ended:
            item.throttle.ended(task.launched_at)
            if task.started_at is not None:
                item.throttle.ran(task.started_at)
            elif task.record.stop_code == "TaskFailedToStart" and item.throttle.failed(task.launched_at, now):
                self._changes.event(
                    item.spec,
                    f"{item.spec.named} is unable to consistently start tasks successfully. For more information, see "
                    "the Troubleshooting section of the Amazon ECS Developer Guide.",
                )

    def _report(self, item: _Set) -> None:
        alive = [task for task in item.tasks if task.alive]
        running = [task for task in item.tasks if task.running]
        pending = [task for task in alive if not task.running]
        steady = (
            len(alive) == len(item.tasks) == len(running) == item.spec.desired
            and not pending
            and all(self._healthy(task) for task in running)
        )
        if steady and not item.steady:
            self._changes.event(item.spec, f"(service {item.spec.service_name}) has reached a steady state.")
        item.steady = steady
        counts = Counts(len(running), len(pending), steady)
        if counts != item.told_counts:
            item.told_counts = self._changes.counts[item.spec.key] = counts

    def _healthy(self, task: Task) -> bool:
        if task.has_health_check and task.record.health_status != "HEALTHY":
            return False
        # In a group that no listener uses, targets are never checked: AWS does not wait for them either.
        health = self._tools.targets.health
        states = {health(target.target_group_arn, task.address, target.port).state for target in task.registered}
        return states <= {"healthy", "unused"}

    def _forget_old(self) -> None:
        until = self._tools.clock.now() - KEEP_STOPPED_SECONDS
        while self._stopped and self._stopped[0][0] < until:
            task = self._stopped.pop(0)[1]
            del self._visible[task.id]
            self._changes.old_tasks.append((task.spec, task.record))


def _emptiest(subnets: tuple[str, ...], tasks: list[Task]) -> str:
    """ECS spreads a service's tasks over its subnets' zones; empty where none is named."""
    used = Counter(task.subnet for task in tasks)
    return min(subnets, key=lambda subnet: used[subnet], default="")


def _names(tasks: list[Task]) -> str:
    return " ".join(f"(task {task.id})" for task in tasks)
