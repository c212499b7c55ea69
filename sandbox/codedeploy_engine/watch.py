"""Whether a deployment may go on: each wait ends early when it is stopped, an alarm fires or its service goes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.codedeploy_engine.ports import PortError, Ports
from sandbox.codedeploy_engine.records import Deployment, Event

ALARM_SECONDS = 10
"""How often alarms are looked at: our choice, AWS does not say."""

FAILURE = "DEPLOYMENT_FAILURE"
STOPPED_BY_ALARM = "DEPLOYMENT_STOP_ON_ALARM"
STOPPED_BY_REQUEST = "DEPLOYMENT_STOP_ON_REQUEST"
TRIGGERS = (FAILURE, STOPPED_BY_ALARM, STOPPED_BY_REQUEST)
"""What can be followed by a rollback."""

Condition = Callable[[], Awaitable[bool]]
Step = Callable[[Event], Awaitable[dict[str, str] | None]]


class EndedError(Exception):
    """The deployment is over, and not well."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: str = "Failed",
        trigger: str = FAILURE,
        rollback: bool | None = None,
        diagnostics: dict[str, str] | None = None,
    ):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
        self.trigger, self.rollback = trigger, rollback
        self.diagnostics = diagnostics or {"errorCode": "UnknownError", "message": message}


class Watch:
    """Waits for one deployment, and looks around meanwhile."""

    def __init__(self, deployment: Deployment, ports: Ports):
        self._deployment = deployment
        self._time = ports.time
        self._task_sets = ports.task_sets
        self._lookups = ports.lookups
        self._alarms_seen: float | None = None

    async def during(self, event: Event, step: Step) -> None:
        deployment = self._deployment
        deployment.enter(event)
        try:
            diagnostics = await step(event)
        except EndedError as end:
            deployment.leave(event, "Failed", end.diagnostics)
            raise
        except Exception as problem:
            deployment.leave(event, "Failed", {"errorCode": "UnknownError", "message": str(problem)})
            raise
        deployment.leave(event, "Succeeded", diagnostics)

    async def until(self, condition: Condition | None, seconds: float) -> bool:
        """Wait until it is so, or so many AWS seconds have gone; whether it is so."""
        deadline = self._time.now() + seconds
        while True:
            if condition is not None and await condition():
                return True
            if self._time.now() >= deadline:
                return False
            await self.check()
            await self._time.pause(deadline)

    async def remove(self, task_set: Any) -> None:
        """To its last task, whatever happens: nobody comes back to a task set that has begun to end."""
        await self._task_sets.drain(task_set)
        while not await self._task_sets.is_gone(task_set):
            await self._time.pause()
        self._deployment.touch()

    async def check(self) -> None:
        """Whether the deployment may go on."""
        self.check_stop()
        await self.require_service()
        await self._check_alarms()

    def check_stop(self) -> None:
        request = self._deployment.stop_request
        if request is not None:
            raise EndedError(
                request.code, request.message, status="Stopped", trigger=STOPPED_BY_REQUEST, rollback=request.rollback
            )

    async def require_service(self) -> None:
        if not await self._task_sets.service_is_active(self._deployment):
            raise EndedError("INVALID_ECS_SERVICE", "The ECS service is not active any more.", rollback=False)

    async def _check_alarms(self) -> None:
        alarms, now = self._deployment.alarms or {}, self._time.now()
        names = [alarm["name"] for alarm in alarms.get("alarms") or ()]
        if not alarms.get("enabled") or not names:
            return
        if self._alarms_seen is not None and now - self._alarms_seen < ALARM_SECONDS:
            return
        self._alarms_seen = now
        try:
            firing = await self._lookups.alarms_firing(names)
        except PortError as problem:
            if alarms.get("ignorePollAlarmFailure"):
                return
            raise _stopped_by_alarm(f"The state of its alarms cannot be known: {problem}") from None
        if firing:
            raise _stopped_by_alarm(f"One or more alarms have been activated: {', '.join(firing)}")


def _stopped_by_alarm(message: str) -> EndedError:
    return EndedError("ALARM_ACTIVE", message, status="Stopped", trigger=STOPPED_BY_ALARM)
