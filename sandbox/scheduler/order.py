"""The order in which a task's containers start and stop: `dependsOn`, and the other way round.

As the ECS agent does it, and in its words:
https://github.com/aws/amazon-ecs-agent/blob/master/agent/engine/dependencygraph/graph.go and, of what ends a wait,
https://github.com/aws/amazon-ecs-agent/pull/3218. Fargate's own agent is not public.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from typing import Any

from sandbox.scheduler.container import Container
from sandbox.scheduler.tools import StartError

NEVER_STARTED = 143
"""The exit code of a container that was given up before it started."""


class Order:
    """Starts and stops the containers of a task."""

    def __init__(self, containers: Sequence[Container]):
        self._containers = {container.record.name: container for container in containers}

    async def start(self) -> None:
        """Each container, once what it depends on has come as far as its condition says.

        Raises StartError where an essential one can never start; the task goes on without any other.
        """
        await _together(self._start_one(container) for container in self._containers.values())

    async def _start_one(self, container: Container) -> None:
        try:
            await _together(self._reached(container, awaited) for awaited in _awaited(container))
        except StartError as failure:
            container.give_up(str(failure), NEVER_STARTED)
        else:
            try:
                await container.start()
            except StartError as failure:
                container.give_up(str(failure))
        if container.given_up and container.essential:
            raise StartError(container.record.reason)

    async def _reached(self, target: Container, dependency: dict[str, Any]) -> None:
        """Wait until the condition holds. Raises StartError where it never will, or not in time."""
        awaited, condition = self._containers[dependency["containerName"]], dependency["condition"]
        await awaited.settled.wait()
        if awaited.given_up:
            raise _unresolved(awaited, target, " because dependency will never start")
        if condition == "START":
            return
        goal = awaited.healthy if condition == "HEALTHY" else awaited.exited
        limit = awaited.definition.get("startTimeout")
        try:
            async with asyncio.timeout_at(awaited.started_at + limit if limit else None):
                await goal.wait()
        except TimeoutError:
            if not awaited.exited.is_set():
                raise StartError(
                    f"{_GRAPH}: container ordering dependency [{_shown(awaited)}] for target [{_shown(target)}] has "
                    "timed out."
                ) from None
            await goal.wait()  # it has ended without ever being healthy: the agent waits on
        if condition == "SUCCESS" and awaited.record.exit_code != 0:
            raise _unresolved(awaited, target, " as dependency did not exit successfully.")

    async def stop(self) -> None:
        """Each container, once all that depend on it have ended."""
        ended = {name: asyncio.Event() for name in self._containers}

        async def stop_one(name: str, container: Container) -> None:
            for other in self._containers.values():
                if name in [awaited["containerName"] for awaited in _awaited(other)]:
                    await ended[other.record.name].wait()
            try:
                await container.stop()
            finally:
                ended[name].set()

        await asyncio.gather(*(stop_one(*item) for item in self._containers.items()))


_GRAPH = "CannotStartContainerError: dependency graph"


def _awaited(container: Container) -> list[dict[str, Any]]:
    return list(container.definition.get("dependsOn") or [])


def _unresolved(awaited: Container, target: Container, why: str) -> StartError:
    return StartError(
        f"{_GRAPH}: failed to resolve container ordering dependency [{_shown(awaited)}] for target [{_shown(target)}]"
        f"{why}"
    )


def _shown(container: Container) -> str:
    record = container.record
    known = "NONE" if record.last_status == "PENDING" else record.last_status
    code = "" if record.exit_code is None else f" - Exit: {record.exit_code}"
    return f"{record.name}({record.image}) ({known}->{'STOPPED' if container.given_up else 'RUNNING'}){code}"


async def _together(waits: Iterable[Awaitable[None]]) -> None:
    """All of them; the first that fails ends the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
