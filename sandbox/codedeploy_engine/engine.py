"""Runs deployments: each of them in an asyncio task of its own, side by side with the scheduler."""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from queue import Empty

from sandbox.access import sessions
from sandbox.clients import Clients
from sandbox.clock import Clock
from sandbox.codedeploy_engine import ledger
from sandbox.codedeploy_engine.deployment import Run
from sandbox.codedeploy_engine.hooks import LambdaHooks
from sandbox.codedeploy_engine.lookups import AwsLookups
from sandbox.codedeploy_engine.ports import Ports
from sandbox.codedeploy_engine.records import Deployment
from sandbox.codedeploy_engine.role import ServiceRole
from sandbox.codedeploy_engine.task_sets import EcsTaskSets
from sandbox.codedeploy_engine.traffic import LoadBalancing

log = logging.getLogger(__name__)

TICK_SECONDS = 0.1
"""Real seconds between two looks."""


class _Time:
    """The port `Time`: AWS seconds pass by the sandbox's clock, looks are as often at any scale."""

    def __init__(self, clock: Clock):
        self.now = clock.now
        self._until = clock.until

    async def pause(self, until: float = math.inf) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS):
                await self._until(until)


class Engine:
    """CodeDeploy for every region of the sandbox."""

    def __init__(self, clients: Clients, clock: Clock):
        self._clients = clients
        self._ecs = clients.by(sessions.of_ecs())
        self._clock = clock
        self._time = _Time(clock)
        self._lives: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Run what CreateDeployment makes, until ``stop``; deployments end where they are then."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                self._begin_new()
                await asyncio.wait({stopping}, timeout=TICK_SECONDS)
        finally:
            stopping.cancel()
            for life in self._lives:
                life.cancel()
            await asyncio.gather(*self._lives, return_exceptions=True)

    def _begin_new(self) -> None:
        while True:
            try:
                deployment = ledger.INBOX.get_nowait()
            except Empty:
                return
            life = self._clock.begin(self._run(deployment))
            self._lives.add(life)
            life.add_done_callback(self._lives.discard)

    async def _run(self, deployment: Deployment) -> None:
        try:
            await Run(deployment, self._ports(deployment)).run()
        except Exception:
            log.exception("deployment %s", deployment.deployment_id)

    def _ports(self, deployment: Deployment) -> Ports:
        role = ServiceRole(self._clients, deployment)
        return Ports(
            time=self._time,
            task_sets=EcsTaskSets(role, self._clients, deployment.account, deployment.region),
            traffic=LoadBalancing(role, self._ecs),
            hooks=LambdaHooks(role),
            lookups=AwsLookups(role),
            ledger=ledger.LockedLedger(self._clients),
        )
