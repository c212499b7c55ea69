"""Target health: real HTTP requests, by each target group's own settings."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time

import aiohttp

from sandbox.aws.elbv2 import INITIAL as REGISTERING
from sandbox.aws.elbv2 import NOT_IN_USE, TargetHealth, target_health
from sandbox.clients import Clients
from sandbox.clock import Clock
from sandbox.data_plane import moto_state
from sandbox.data_plane.moto_state import TargetGroup
from sandbox.faults import wire
from sandbox.network import ends, gate
from sandbox.watching import hosts
from sandbox.watching.hosts import Hosts
from sandbox.watching.store import STORE

log = logging.getLogger(__name__)

Key = tuple[str, str, int]
"""Target group ARN, address, port."""

TICK_SECONDS = 0.25
FIRST_CHECKS_SECONDS = 5.0
"""For so long (real time), a new target that refuses connections is asked again at once: AWS's load balancer nodes
check independently, so a program that needs a moment to listen does not wait for a whole interval there either."""

CHECKING = TargetHealth("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
HEALTHY = TargetHealth("healthy")


def matches(matcher: str, status: int) -> bool:
    """Whether a target group's matcher (``200``, ``200,202`` or ``200-299``) accepts this status."""
    for part in matcher.split(","):
        first, _, last = part.partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False


class Targets:
    """Health of every registered target, and whose turn it is."""

    def __init__(self, clients: Clients, clock: Clock):
        self._clients = clients
        self._clock = clock
        self._groups: dict[str, TargetGroup] = {}
        self._checks: dict[Key, asyncio.Task[None]] = {}
        self._health: dict[Key, TargetHealth] = {}
        self._turns: dict[str, itertools.count[int]] = {}

    def health(self, group: str, address: str, port: int) -> TargetHealth:
        return self._health.get((group, address, port), REGISTERING)

    def deregistration_delay(self, group: str) -> float:
        """AWS seconds that requests in flight have after their target is deregistered."""
        return moto_state.deregistration_delay(group)

    def choose(self, group: str) -> tuple[str, int] | None:
        """The next target, round robin among the healthy ones. When all are unhealthy, requests go to all of them, as a
        load balancer does ("fail open"); None when there is nobody to ask."""
        able = self._able(group)
        if not able:
            return None
        return able[next(self._turns.setdefault(group, itertools.count())) % len(able)]

    def sharing(self, group: str) -> int:
        """How many targets share the group's requests at this moment."""
        return len(self._able(group))

    def _able(self, group: str) -> list[tuple[str, int]]:
        registered = moto_state.registered(group)
        states = {target: self.health(group, *target).state for target in registered}
        able = [target for target in registered if states[target] == "healthy"]
        return registered if not able and "unhealthy" in states.values() else able

    def hosts(self) -> list[Hosts]:
        """What load balancers report of their targets' health."""
        found = []
        for group in list(self._groups.values()):
            states = [self.health(group.arn, *target).state for target in group.targets]
            if group.in_use and states:
                found.append(Hosts(group.arn, group.balancers, states.count("healthy"), states.count("unhealthy")))
        return found

    async def run(self, stop: asyncio.Event) -> None:
        """Check until ``stop``."""
        timeout = aiohttp.ClientTimeout(total=None)
        connector = aiohttp.TCPConnector(force_close=True, limit=0)
        stopping = asyncio.create_task(stop.wait())
        hosts.connect(self, self._clock.date().timestamp())
        async with aiohttp.ClientSession(connector=connector, timeout=timeout, auto_decompress=False) as session:
            try:
                while not stop.is_set():
                    try:
                        self._follow(await self._clients.locked(moto_state.target_groups), session)
                    except Exception:
                        log.exception("target health")
                    await asyncio.wait({stopping}, timeout=TICK_SECONDS)
            finally:
                stopping.cancel()
                for check in self._checks.values():
                    check.cancel()
                await asyncio.gather(*self._checks.values(), return_exceptions=True)

    def _follow(self, groups: list[TargetGroup], session: aiohttp.ClientSession) -> None:
        """Start checking what is new, forget what is gone."""
        wanted = {(group.arn, *target) for group in groups for target in group.targets}
        if wanted != self._checks.keys():
            self._before_a_change()
        self._groups = {group.arn: group for group in groups}
        for key in wanted - self._checks.keys():
            self._set(key, REGISTERING)
            self._checks[key] = asyncio.create_task(self._check(key, session))
        for key in self._checks.keys() - wanted:
            self._checks.pop(key).cancel()
            self._health.pop(key, None)
            target_health.pop(key, None)

    def _set(self, key: Key, health: TargetHealth) -> None:
        if self._health.get(key) != health:
            self._before_a_change()
        self._health[key] = target_health[key] = health

    def _before_a_change(self) -> None:
        """What was so until now is reported as it was."""
        now = self._clock.date().timestamp()
        hosts.catch_up(now)
        STORE.changed(now)

    async def _check(self, key: Key, session: aiohttp.ClientSession) -> None:
        """One target's checks, for as long as it is registered."""
        passes = failures = 0
        since = time.monotonic()
        while True:
            group = self._groups[key[0]]
            if not group.in_use:
                self._set(key, NOT_IN_USE)
                await asyncio.sleep(TICK_SECONDS)
                passes = failures = 0
                since = time.monotonic()
                continue
            if self._health[key] in (REGISTERING, NOT_IN_USE):
                self._set(key, CHECKING)
            state = self._health[key].state
            try:
                failure = await self._probe(group, key, session)
            except ConnectionRefusedError:
                if state == "initial" and time.monotonic() - since < FIRST_CHECKS_SECONDS:
                    await asyncio.sleep(TICK_SECONDS)
                    continue
                failure = TargetHealth("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
            if failure is None:
                passes, failures = passes + 1, 0
                # A new target needs one pass only; one that has failed needs the whole threshold.
                if state == "initial" or (state == "unhealthy" and passes >= group.healthy_threshold):
                    self._set(key, HEALTHY)
            else:
                passes, failures = 0, failures + 1
                if state == "unhealthy" or failures >= group.unhealthy_threshold:
                    self._set(key, failure)
            await self._clock.sleep(group.interval)

    async def _probe(self, group: TargetGroup, key: Key, session: aiohttp.ClientSession) -> TargetHealth | None:
        """One check: None when passed. Raises ConnectionRefusedError when nobody listens."""
        _, address, port = key
        url = f"http://{address}:{group.port or port}{group.path}"
        try:
            async with asyncio.timeout(group.timeout):
                nodes, target = ends.balancers(group.balancers), ends.at(address, group.vpc)
                await gate.connect(nodes, target, group.port or port)
                if fault := wire.at_target(group.arn, address, group.vpc, check=True):
                    await wire.connect(fault)
                    await wire.receive(fault)
                async with session.get(
                    url, headers={"User-Agent": "ELB-HealthChecker/2.0"}, allow_redirects=False
                ) as answer:
                    status = answer.status
        except TimeoutError:
            return TargetHealth("unhealthy", "Target.Timeout", "Request timed out")
        except aiohttp.ClientConnectorError as error:
            raise ConnectionRefusedError from error
        except (aiohttp.ClientError, ConnectionResetError):
            return TargetHealth("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
        if matches(group.matcher, status):
            return None
        description = f"Health checks failed with these codes: [{status}]"
        return TargetHealth("unhealthy", "Target.ResponseCodeMismatch", description)
