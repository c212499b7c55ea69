"""Which rule fires when, and what it invokes then."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.access import sessions
from sandbox.aws import events
from sandbox.clients import Caller, Clients
from sandbox.clock import Clock
from sandbox.eventbridge import moto_state
from sandbox.eventbridge.expression import parse
from sandbox.eventbridge.moto_state import Target
from sandbox.state import ACCOUNT

log = logging.getLogger(__name__)

SERVICE = "events.amazonaws.com"


@dataclass(frozen=True)
class Rule:
    """A rule of the default event bus, the only one that has schedules."""

    region: str
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:events:{self.region}:{ACCOUNT}:rule/{self.name}"


class EventBridge:
    """Fires schedules from `run` until its ``stop``. `follow` is for other threads."""

    def __init__(self, clients: Clients, clock: Clock):
        self._clients = clients
        self._clock = clock
        self._callers: dict[Rule, Caller] = {}
        self._followed: dict[Rule, tuple[str, asyncio.Task[None]]] = {}
        """By what expression, and what fires it."""

    async def run(self, stop: asyncio.Event) -> None:
        self._loop = asyncio.get_running_loop()
        events.connect(self.follow)
        try:
            await stop.wait()
        finally:
            events.connect(None)
            tasks = [task for _, task in self._followed.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def follow(self, region: str, rule: str, expression: str | None) -> None:
        """Fire it by this expression from now on, or no more. One that is followed by the same keeps its rhythm."""
        self._loop.call_soon_threadsafe(self._follow, Rule(region, rule), expression)

    def _follow(self, rule: Rule, expression: str | None) -> None:
        followed, task = self._followed.get(rule, (None, None))
        if followed == expression:
            return
        if task is not None:
            task.cancel()
            del self._followed[rule]
        if expression is not None:
            self._followed[rule] = expression, self._clock.begin(self._fire_by(rule, expression))

    async def _fire_by(self, rule: Rule, expression: str) -> None:
        schedule = parse(expression)
        due = schedule.next(self._clock.date())
        while due is not None:
            await self._clock.until(self._clock.moment(due))
            try:
                await self._fire(rule, due)
            except Exception:
                log.exception("%s", rule.arn)
            # Not after now: an event that was held up holds up none of the later ones.
            due = schedule.next(due)

    async def _fire(self, rule: Rule, due: datetime) -> None:
        for target in await self._clients.locked(lambda: moto_state.targets(rule.region, rule.name)):
            problem = _problem(target)
            if problem is not None:
                log.warning("%s: target %s (%s) is not invoked: %s", rule.arn, target.id, target.arn, problem)
                continue
            try:
                await self._caller(rule).call(
                    "lambda",
                    target.arn.split(":")[3],
                    "invoke",
                    FunctionName=target.arn,
                    InvocationType="Event",
                    Payload=(target.input or _event(rule, due)).encode(),
                )
            except (ClientError, BotoCoreError) as error:
                log.warning("%s: target %s (%s) cannot be invoked: %s", rule.arn, target.id, target.arn, error)

    def _caller(self, rule: Rule) -> Caller:
        """EventBridge itself, for this rule: the function's policy has to let it."""
        if rule not in self._callers:
            self._callers[rule] = self._clients.by(sessions.of_service(SERVICE, source_arn=rule.arn))
        return self._callers[rule]


def _problem(target: Target) -> str | None:
    if target.arn.split(":")[2:3] != ["lambda"]:
        return "the sandbox's schedules invoke Lambda functions only"
    if target.transformed:
        return "the sandbox's schedules know neither InputPath nor InputTransformer"
    return None


def _event(rule: Rule, due: datetime) -> str:
    """https://docs.aws.amazon.com/eventbridge/latest/ref/event-reference.html, Scheduled Event."""
    return json.dumps(
        {
            "version": "0",
            "id": str(uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": f"{due:%Y-%m-%dT%H:%M:%SZ}",
            "region": rule.region,
            "resources": [rule.arn],
            "detail": {},
        }
    )
