"""Which environment runs which invocation, and for how long it is kept."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import Coroutine
from typing import Any

from moto.core.exceptions import ServiceException

from sandbox.access.trust import NotTrustedError
from sandbox.aws import lambda_
from sandbox.clients import Clients
from sandbox.clock import Clock, Wait
from sandbox.lambda_runtime import moto_state
from sandbox.lambda_runtime.environment import Environment
from sandbox.lambda_runtime.function import Event, Function, Outcome, StoppingError, ThrottledError
from sandbox.lambda_runtime.readiness import NotReadyError
from sandbox.state import Settings

log = logging.getLogger(__name__)

IDLE_SECONDS = 420
"""How long an unused environment is kept. AWS promises nothing; five to seven minutes is what people see."""

RETRY_WAITS = (60, 120)
"""Between the attempts of an asynchronous invocation."""

FIRST_QUEUE_WAIT = 1
LONGEST_QUEUE_WAIT = 300
"""Between the attempts at one that Lambda itself could not run: it was throttled, or the function was not ready."""


class LambdaRuntime:
    """Runs invocations from `run` until its ``stop``. `invoke`, `submit` and `retire` are for other threads."""

    def __init__(self, settings: Settings, clock: Clock):
        self._settings = settings
        # Its own: others may wait in all of theirs for a function, which logs before it answers.
        self._clients = Clients(settings, threads=4)
        self._clock = clock
        self._environments: set[Environment] = set()
        self._idle: dict[str, list[Environment]] = defaultdict(list)
        """By generation, the one used last at the end."""

        self._expiry: dict[Environment, Wait] = {}
        self._retired: set[str] = set()
        self._running: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(self, stop: asyncio.Event) -> None:
        self._loop = asyncio.get_running_loop()
        lambda_.connect(self)
        try:
            await stop.wait()
        finally:
            lambda_.connect(None)
            await self._end()
            self._clients.close()

    async def _end(self) -> None:
        self._stopping = True
        for wait in self._expiry.values():
            wait.cancel()
        await asyncio.gather(*(self._close(environment) for environment in list(self._environments)))
        while any(self._running.values()):
            await asyncio.sleep(0.01)  # a client waits for the answer: the error that its function was killed
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # For the threads of the AWS API -----------------------------------------------------------------------------------

    def invoke(self, function: Function, event: Event) -> Outcome:
        """Returns when the function has ended. Raises NotReadyError, ThrottledError, NotTrustedError, StoppingError."""
        return asyncio.run_coroutine_threadsafe(self._invoke(function, event), self._loop).result()

    def submit(self, function: Function, event: Event) -> None:
        """Invoke it later, and again when it fails, as its event configuration says."""
        self._loop.call_soon_threadsafe(lambda: self._start(self._deliver(function, event)))

    def retire(self, generation: str) -> None:
        """The function was updated or deleted: what runs may end, and nothing new starts there."""
        self._loop.call_soon_threadsafe(self._retire, generation)

    # Environments -----------------------------------------------------------------------------------------------------

    async def _invoke(self, function: Function, event: Event) -> Outcome:
        if self._stopping:
            raise StoppingError
        if function.reserved is not None and self._running[function.arn] >= function.reserved:
            raise ThrottledError
        function.readiness.use(self._clock.now(), function.in_vpc)
        self._running[function.arn] += 1
        environment = self._take(function)
        try:
            return await environment.invoke(event)
        finally:
            self._running[function.arn] -= 1
            function.readiness.used = self._clock.now()
            self._give_back(environment)

    def _take(self, function: Function) -> Environment:
        idle = self._idle[function.generation]
        while idle:
            environment = idle.pop()
            self._expiry.pop(environment).cancel()
            if environment.reusable:
                return environment
            self._start(self._close(environment))
        environment = Environment(self._settings, self._clients, function)
        self._environments.add(environment)
        return environment

    def _give_back(self, environment: Environment) -> None:
        generation = environment.function.generation
        if not environment.reusable or generation in self._retired or self._stopping:
            self._start(self._close(environment))
            return
        self._idle[generation].append(environment)
        moment = self._clock.now() + IDLE_SECONDS
        self._expiry[environment] = self._clock.call_at(moment, lambda: self._expire(environment))

    def _expire(self, environment: Environment) -> None:
        del self._expiry[environment]
        self._idle[environment.function.generation].remove(environment)
        self._start(self._close(environment))

    def _retire(self, generation: str) -> None:
        self._retired.add(generation)
        for environment in list(self._idle.pop(generation, ())):
            self._expiry.pop(environment).cancel()
            self._start(self._close(environment))

    async def _close(self, environment: Environment) -> None:
        self._environments.discard(environment)
        await environment.close()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._clock.begin(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a bug in the Lambda runtime", exc_info=error)

    # Asynchronous invocations -----------------------------------------------------------------------------------------

    async def _deliver(self, function: Function, event: Event) -> None:
        accepted = self._clock.now()
        attempt = queued = 0
        while True:
            try:
                outcome = await self._invoke_if_trusted(function, event)
            except (ThrottledError, NotReadyError):
                wait: float = min(FIRST_QUEUE_WAIT * 2**queued, LONGEST_QUEUE_WAIT)
                queued += 1
            except StoppingError:
                return
            else:
                if outcome is not None and not outcome.failed:
                    return
                if attempt >= function.retries:
                    log.warning("%s %s failed %d times", function.name, event.request_id, attempt + 1)
                    return
                wait = RETRY_WAITS[attempt]
                attempt += 1
            if self._clock.now() + wait - accepted > function.maximum_age:
                log.warning("%s %s: the event is too old to be tried again", function.name, event.request_id)
                return
            await self._clock.until(self._clock.now() + wait)
            try:
                function = await self._again(function)
            except ServiceException as gone:
                log.warning("%s %s is not tried again: %s", function.name, event.request_id, gone)
                return

    async def _invoke_if_trusted(self, function: Function, event: Event) -> Outcome | None:
        """None where Lambda cannot take the function's role: the attempt has failed, as one of the function's own."""
        try:
            return await self._invoke(function, event)
        except NotTrustedError as problem:
            log.warning("%s %s: %s", function.name, event.request_id, problem)
            return None

    async def _again(self, function: Function) -> Function:
        """The function as it is by now."""
        account, region = self._settings.account, function.region
        return await self._clients.locked(lambda: moto_state.find(account, region, function.name, function.version))
