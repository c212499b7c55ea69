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

Each wait ends early when somebody stops the deployment, an alarm of the group fires or the service goes (`watch.py`).
A deployment that fails or is stopped before the original begins to end can be undone by a second one (`rollback.py`).
"""

from __future__ import annotations

import logging
from functools import partial

from sandbox.codedeploy_engine import appspec
from sandbox.codedeploy_engine.ports import PortError, Ports, RoleError
from sandbox.codedeploy_engine.records import Deployment, Event
from sandbox.codedeploy_engine.resizing import Resizing
from sandbox.codedeploy_engine.rollback import Rollback
from sandbox.codedeploy_engine.shifts import shifts
from sandbox.codedeploy_engine.watch import STOPPED_BY_REQUEST, Condition, EndedError, Step, Watch

log = logging.getLogger(__name__)

HOOK_SECONDS = 3600
"""AWS's own limit, which nobody can raise."""

STEADY_SECONDS = 3600


class Run:
    """The life of one deployment. `run` is all of it."""

    def __init__(self, deployment: Deployment, ports: Ports):
        self._deployment = deployment
        self._ports = ports
        self._task_sets = ports.task_sets
        self._traffic = ports.traffic
        self._hooks = ports.hooks
        self._lookups = ports.lookups
        self._ledger = ports.ledger
        self._watch = Watch(deployment, ports)
        self._live = self._idle = ""

    async def run(self) -> None:
        deployment = self._deployment
        if not deployment.begin():
            return
        try:
            if deployment.undoes is not None:
                await Rollback(deployment, deployment.undoes, self._ports, self._watch).run()
            else:
                await self._release()
        except EndedError as end:
            await self._end_badly(end)
        except RoleError as problem:
            await self._end_badly(EndedError(problem.code, str(problem)))
        except PortError as problem:
            await self._end_badly(EndedError(problem.code or "ELASTIC_LOAD_BALANCING_INVALID", str(problem)))
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
        rollback = wanted and begun and deployment.can_be_stopped
        await self._ledger.end(deployment, end.status, error, rollback=rollback)

    # A release --------------------------------------------------------------------------------------------------------

    async def _release(self) -> None:
        steps: dict[str, Step] = {
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
            await self._watch.check()
            await self._watch.during(event, steps[event.name])
        await self._end_original()

    async def _prepare(self) -> None:
        deployment = self._deployment
        if deployment.appspec is None:
            try:
                found = appspec.parse(await self._lookups.revision_text(deployment.revision or {}))
                found.check_hooks(test_listener=bool(deployment.test_listeners))
                deployment.appspec = found
            except (PortError, appspec.InvalidAppSpecError) as problem:
                raise EndedError("INVALID_REVISION", str(problem)) from None
        await self._watch.check()
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
        deployment.replacement.revision = deployment.revision
        deployment.touch()
        if not await self._watch.until(self._replacement_is_healthy, STEADY_SECONDS):
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
            await self._task_sets.drain(task_set)
            if not await self._watch.until(partial(self._task_sets.is_gone, task_set), STEADY_SECONDS):
                raise EndedError("ECS_UPDATE_ERROR", "An earlier deployment's task set did not end in time.")
            deployment.touch()

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
        resizing = Resizing(deployment, self._ports)
        for shift in shifts(deployment.routing):
            # The wait before this step ends without a look.
            await self._watch.check()
            # Said before it is done: where the load balancer's answer is lost, nobody may take it for untouched.
            deployment.green_weight = shift.percent
            await self._traffic.move(deployment.prod_listeners, self._live, self._idle, shift.percent)
            deployment.touch()
            await self._watch.until(resizing.ends_the_wait, shift.minutes * 60)
        await self._task_sets.make_primary(deployment.replacement)

    async def _approval(self) -> None:
        deployment, option = self._deployment, self._deployment.ready_option
        if option["actionOnTimeout"] != "STOP_DEPLOYMENT":
            return
        deployment.be("Ready", "Waiting for ContinueDeployment (READY_WAIT) before production traffic moves.")
        seconds = int(option["waitTimeInMinutes"]) * 60
        if not await self._watch.until(self._was_continued("READY_WAIT"), seconds):
            raise EndedError(
                "TIMEOUT",
                "Nobody continued the deployment within its wait time.",
                status="Stopped",
                trigger=STOPPED_BY_REQUEST,
            )

    async def _end_original(self) -> None:
        deployment = self._deployment
        deployment.termination_wait_started = True
        deployment.be("InProgress", "Waiting before the original task set is terminated.")
        await self._watch.until(self._was_continued("TERMINATION_WAIT"), deployment.termination_minutes * 60)
        await self._watch.check()
        with deployment.lock:
            self._watch.check_stop()
            # From here there is no way back, and StopDeployment says so.
            deployment.original_ends = True
        deployment.be("InProgress", "Terminating the original task set.")
        await self._watch.remove(deployment.original)

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

        await self._watch.until(answered, HOOK_SECONDS)
        verdict = deployment.close(execution)
        if verdict == "Succeeded":
            return {"errorCode": "Success", "scriptName": name, "message": "Succeeded"}
        if verdict is None:
            raise _hook_failed(event, name, "ScriptTimedOut", f"gave no answer within {HOOK_SECONDS} seconds")
        raise _hook_failed(event, name, "ScriptFailed", f"answered {verdict}")

    def _was_continued(self, wait: str) -> Condition:
        async def continued() -> bool:
            return wait in self._deployment.continued

        return continued


def _hook_failed(event: Event, function: str, code: str, what: str) -> EndedError:
    message = f"The hook of {event.name}, {function}, {what}."
    diagnostics = {"errorCode": code, "scriptName": function, "message": message}
    return EndedError("HOOK_EXECUTION_FAILURE", message, diagnostics=diagnostics)
