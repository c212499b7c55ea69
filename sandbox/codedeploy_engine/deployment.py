"""One deployment, from Created to its end: what happens in which lifecycle event, and what follows a failure.

    prepare            the AppSpec is readable, the live target group is behind the production listener
    BeforeInstall      hook                                                         (a failure here undoes nothing)
    Install            the replacement task set, on the idle target group; steady, and each of its targets healthy
    AfterInstall       hook
    AllowTestTraffic   the test listener goes to the replacement                    (both only with a test listener)
    AfterAllowTestTraffic   hook
      (approval)       Ready, until ContinueDeployment or the time is over
    BeforeAllowTraffic hook
    AllowTraffic       the production listener goes to the replacement, step by step; then it is PRIMARY
    AfterAllowTraffic  hook
    end                the original is kept for the termination wait, then ends

Each wait ends early when somebody stops the deployment, an alarm of the group fires or the service goes. A deployment
that fails or is stopped can be undone by a second one, which is this file's other half.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from sandbox.codedeploy_engine import appspec
from sandbox.codedeploy_engine.ports import PortError, Ports
from sandbox.codedeploy_engine.records import Deployment, Event
from sandbox.codedeploy_engine.shifts import shifts

log = logging.getLogger(__name__)

HOOK_SECONDS = 3600
"""AWS's own limit, which nobody can raise."""

STEADY_SECONDS = 3600
ALARM_SECONDS = 10
"""How often alarms are looked at: our choice, AWS does not say."""

FAILURE = "DEPLOYMENT_FAILURE"
STOPPED_BY_ALARM = "DEPLOYMENT_STOP_ON_ALARM"
STOPPED_BY_REQUEST = "DEPLOYMENT_STOP_ON_REQUEST"

Condition = Callable[[], Awaitable[bool]]


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


class Run:
    """The life of one deployment. `run` is all of it."""

    def __init__(self, deployment: Deployment, ports: Ports):
        self._deployment = deployment
        self._time = ports.time
        self._task_sets = ports.task_sets
        self._traffic = ports.traffic
        self._hooks = ports.hooks
        self._lookups = ports.lookups
        self._ledger = ports.ledger
        self._live = self._idle = ""
        self._alarms_seen: float | None = None

    async def run(self) -> None:
        deployment = self._deployment
        if not deployment.begin():
            return
        try:
            await (self._undo() if deployment.undoes else self._release())
        except EndedError as end:
            await self._end_badly(end)
        except PortError as problem:
            await self._end_badly(EndedError("ELASTIC_LOAD_BALANCING_INVALID", str(problem)))
        except Exception as problem:
            log.exception("deployment %s", deployment.deployment_id)
            await self._end_badly(EndedError("INTERNAL_ERROR", f"a bug in the sandbox: {problem!r}"))
        else:
            await self._ledger.end(deployment, "Succeeded", None, rollback=False)

    async def _end_badly(self, end: EndedError) -> None:
        deployment = self._deployment
        begun = any(event.name == "Install" and event.start_time for event in deployment.events)
        wanted = deployment.rolls_back(end.trigger) if end.rollback is None else end.rollback
        error = {"code": end.code, "message": end.message}
        rollback = wanted and begun and deployment.undoes is None
        await self._ledger.end(deployment, end.status, error, rollback=rollback)

    # A release --------------------------------------------------------------------------------------------------------

    async def _release(self) -> None:
        steps: dict[str, Callable[[Event], Awaitable[dict[str, str] | None]]] = {
            "BeforeInstall": self._hook,
            "Install": self._install,
            "AfterInstall": self._hook,
            "AllowTestTraffic": self._allow_test_traffic,
            "AfterAllowTestTraffic": self._hook,
            "BeforeAllowTraffic": self._hook,
            "AllowTraffic": self._allow_traffic,
            "AfterAllowTraffic": self._hook,
        }
        await self._prepare()
        for event in self._deployment.events:
            if event.name == "BeforeAllowTraffic":
                await self._approval()
            await self._check()
            await self._in(event, steps[event.name])
        await self._end_original()

    async def _in(self, event: Event, step: Callable[[Event], Awaitable[dict[str, str] | None]]) -> None:
        event.begin()
        self._deployment.touch()
        try:
            diagnostics = await step(event)
        except EndedError as end:
            event.end("Failed", end.diagnostics)
            raise
        except Exception as problem:
            event.end("Failed", {"errorCode": "UnknownError", "message": str(problem)})
            raise
        event.end("Succeeded", diagnostics)
        self._deployment.touch()

    async def _prepare(self) -> None:
        deployment = self._deployment
        if deployment.appspec is None:
            try:
                deployment.appspec = appspec.parse(await self._lookups.revision_text(deployment.revision or {}))
            except (PortError, appspec.InvalidAppSpecError) as problem:
                raise EndedError("INVALID_REVISION", str(problem)) from None
        await self._check()
        try:
            primary = await self._task_sets.primary(deployment)
        except PortError as problem:
            raise EndedError("INVALID_ECS_SERVICE", str(problem), rollback=False) from None
        pair = await self._traffic.target_groups(deployment.target_group_names)
        on = [entry.get("targetGroupArn") for entry in primary.load_balancers]
        live = [group for group in pair if group in on]
        if len(live) != 1 or len(pair) != 2:
            raise EndedError(
                "ELASTIC_LOAD_BALANCING_INVALID",
                "The primary task set must be in one of the deployment group's two target groups.",
            )
        self._live = live[0]
        self._idle = pair[1 - pair.index(self._live)]
        if not await self._traffic.carries(deployment.prod_listeners, self._live):
            raise EndedError(
                "ELASTIC_LOAD_BALANCING_INVALID",
                f"Primary taskset target group must be behind listener {deployment.prod_listeners[0]}",
            )
        deployment.original = primary

    async def _install(self, _event: Event) -> None:
        deployment = self._deployment
        await self._remove_leftovers()
        if not await self._traffic.is_attached(self._idle):
            # No listener has the group, so no target of it would ever be checked. Its share is nothing.
            await self._traffic.move(deployment.prod_listeners, self._live, self._idle, 0)
        try:
            deployment.replacement = await self._task_sets.create(deployment, deployment.appspec, self._idle)
        except PortError as problem:
            message = f"The ECS service cannot be updated due to an unexpected error: {problem}"
            raise EndedError("ECS_UPDATE_ERROR", message) from None
        deployment.touch()
        if not await self._until(self._replacement_is_healthy, STEADY_SECONDS):
            raise EndedError(
                "TIMEOUT",
                "The deployment timed out while waiting for the replacement task set to become healthy. "
                f"This time out period is {STEADY_SECONDS // 60} minutes.",
            )

    async def _remove_leftovers(self) -> None:
        """An earlier deployment that ended badly, and was not undone, left its task set and perhaps some traffic."""
        deployment = self._deployment
        leftovers = await self._task_sets.leftovers(deployment)
        if not leftovers:
            return
        for listeners in (deployment.prod_listeners, deployment.test_listeners):
            await self._traffic.restore(listeners, self._live, self._idle)
        for task_set in leftovers:
            await self._remove(task_set, STEADY_SECONDS)

    async def _replacement_is_healthy(self) -> bool:
        desired = await self._task_sets.desired_if_steady(self._deployment.replacement)
        if desired is None:
            return False
        healthy = await self._traffic.healthy_targets(self._idle)
        return healthy is not None and healthy >= desired

    async def _allow_test_traffic(self, _event: Event) -> None:
        deployment = self._deployment
        # Said before it is done: half of it is to be undone as well.
        deployment.test_moved = True
        await self._traffic.move(deployment.test_listeners, self._live, self._idle, 100)

    async def _allow_traffic(self, _event: Event) -> None:
        deployment = self._deployment
        for shift in shifts(deployment.routing):
            await self._traffic.move(deployment.prod_listeners, self._live, self._idle, shift.percent)
            deployment.green_weight = shift.percent
            deployment.touch()
            await self._until(None, shift.minutes * 60)
        await self._task_sets.make_primary(deployment.replacement)

    async def _approval(self) -> None:
        deployment, option = self._deployment, self._deployment.ready_option
        if option["actionOnTimeout"] != "STOP_DEPLOYMENT":
            return
        deployment.be("Ready", "Waiting for ContinueDeployment (READY_WAIT) before production traffic moves.")
        seconds = int(option["waitTimeInMinutes"]) * 60
        if not await self._until(self._was_continued("READY_WAIT"), seconds):
            raise EndedError(
                "TIMEOUT",
                "Nobody continued the deployment within its wait time.",
                status="Stopped",
                trigger=STOPPED_BY_REQUEST,
            )
        deployment.be("InProgress")

    async def _end_original(self) -> None:
        deployment = self._deployment
        deployment.termination_wait_started = True
        deployment.be("InProgress", "Waiting before the original task set is terminated.")
        await self._until(self._was_continued("TERMINATION_WAIT"), deployment.termination_minutes * 60)
        await self._check()
        # From here there is no way back: a stop that comes now changes nothing any more.
        deployment.be("InProgress", "Terminating the original task set.")
        await self._remove(deployment.original, None)

    # A hook -----------------------------------------------------------------------------------------------------------

    async def _hook(self, event: Event) -> dict[str, str] | None:
        """Only a Succeeded within the hour is a yes."""
        deployment = self._deployment
        function = deployment.appspec.hooks.get(event.name)
        if function is None:
            return None
        name = function.split(":function:")[-1]
        execution = deployment.ask(event.name)
        try:
            await self._hooks.invoke(function, deployment.deployment_id, execution)
        except PortError as problem:
            raise _hook_failed(event, name, "UnknownError", f"could not be invoked: {problem}") from None
        hook = deployment.hooks[execution]

        async def answered() -> bool:
            return hook.verdict is not None

        await self._until(answered, HOOK_SECONDS)
        verdict = deployment.close(execution)
        if verdict == "Succeeded":
            return {"errorCode": "Success", "scriptName": name, "message": "Succeeded"}
        if verdict is None:
            raise _hook_failed(event, name, "ScriptTimedOut", f"gave no answer within {HOOK_SECONDS} seconds")
        raise _hook_failed(event, name, "ScriptFailed", f"answered {verdict}")

    # Undoing another --------------------------------------------------------------------------------------------------

    async def _undo(self) -> None:
        """Production goes back first, in one step; hooks are not asked: the original has had their consent."""
        deployment = self._deployment
        undone = deployment.undoes
        assert undone is not None
        deployment.original, deployment.replacement = undone.original, undone.replacement
        deployment.green_weight = undone.green_weight
        for event in deployment.events:
            if event.name == "AllowTraffic":
                await self._in(event, self._put_back)
            else:
                event.status = "Skipped"
        await self._remove(undone.replacement, None)

    async def _put_back(self, _event: Event) -> None:
        deployment, undone = self._deployment, self._deployment.undoes
        assert undone is not None
        original = undone.original
        pair = await self._traffic.target_groups(deployment.target_group_names)
        on = [entry.get("targetGroupArn") for entry in original.load_balancers]
        live, other = sorted(pair, key=lambda group: group not in on)
        await self._require_service()
        await self._traffic.restore(deployment.prod_listeners, live, other)
        deployment.green_weight = undone.green_weight = 0.0
        await self._task_sets.make_primary(original)
        if undone.test_moved:
            await self._traffic.restore(deployment.test_listeners, live, other)

    # Waiting ----------------------------------------------------------------------------------------------------------

    async def _until(self, condition: Condition | None, seconds: float) -> bool:
        """Wait until it is so, or so many AWS seconds have gone; whether it is so."""
        deadline = self._time.now() + seconds
        while True:
            if condition is not None and await condition():
                return True
            if self._time.now() >= deadline:
                return False
            await self._check()
            await self._time.pause()

    def _was_continued(self, wait: str) -> Condition:
        async def continued() -> bool:
            return wait in self._deployment.continued

        return continued

    async def _remove(self, task_set: Any, seconds: float | None) -> None:
        if task_set is None:
            return
        await self._task_sets.drain(task_set)
        deadline = None if seconds is None else self._time.now() + seconds
        while not await self._task_sets.is_gone(task_set):
            if deadline is not None and self._time.now() >= deadline:
                raise EndedError("ECS_UPDATE_ERROR", "An earlier deployment's task set did not end in time.")
            await self._time.pause()
        self._deployment.touch()

    async def _check(self) -> None:
        """Whether the deployment may go on."""
        request = self._deployment.stop_request
        if request is not None:
            raise EndedError(
                request.code, request.message, status="Stopped", trigger=STOPPED_BY_REQUEST, rollback=request.rollback
            )
        await self._require_service()
        await self._check_alarms()

    async def _require_service(self) -> None:
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


def _hook_failed(event: Event, function: str, code: str, what: str) -> EndedError:
    message = f"The hook of {event.name}, {function}, {what}."
    diagnostics = {"errorCode": code, "scriptName": function, "message": message}
    return EndedError("HOOK_EXECUTION_FAILURE", message, diagnostics=diagnostics)


def _stopped_by_alarm(message: str) -> EndedError:
    return EndedError("ALARM_ACTIVE", message, status="Stopped", trigger=STOPPED_BY_ALARM)
