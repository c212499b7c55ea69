"""Which rule fires when, and whom it tells then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.access import sessions
from sandbox.aws import events
from sandbox.clients import Caller, Clients
from sandbox.clock import Clock
from sandbox.eventbridge import bus, inputs, moto_state
from sandbox.eventbridge.bus import Event
from sandbox.eventbridge.expression import parse
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
    """Fires schedules and delivers events from `run` until its ``stop``. `follow`, `take` and `deliver` are for other
    threads."""

    def __init__(self, clients: Clients, clock: Clock):
        self._clients = clients
        self._clock = clock
        self._callers: dict[str, Caller] = {}
        """By the rule's ARN."""

        self._followed: dict[Rule, tuple[str, asyncio.Task[None]]] = {}
        """By what expression, and what fires it."""

        self._working: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        self._loop = asyncio.get_running_loop()
        events.connect(self.follow, self.deliver)
        bus.connect(self.take)
        try:
            await stop.wait()
        finally:
            bus.connect(None)
            events.connect(None, None)
            tasks = [*(task for _, task in self._followed.values()), *self._working]
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
        """https://docs.aws.amazon.com/eventbridge/latest/ref/event-reference.html, Scheduled Event."""
        document = Event(rule.region, "aws.events", "Scheduled Event", (rule.arn,), {}).document(due)
        for target in await self._clients.locked(lambda: moto_state.targets(rule.region, rule.name)):
            await self._deliver(rule.arn, target, document)

    # Events -----------------------------------------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """Give it to the rules of its region's default bus."""
        document = event.document(self._clock.date())
        self._loop.call_soon_threadsafe(self._begin, self._send(event.region, document))

    def deliver(self, rule_arn: str, target: dict[str, Any], document: dict[str, Any]) -> None:
        """Give an event that a rule matches to one of its targets."""
        self._loop.call_soon_threadsafe(self._begin, self._deliver(rule_arn, target, document))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._clock.begin(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    async def _send(self, region: str, document: dict[str, Any]) -> None:
        try:
            await self._clients.locked(lambda: moto_state.send(region, document))
        except Exception:
            log.exception("%s in %s", document["detail-type"], region)

    async def _deliver(self, rule_arn: str, target: dict[str, Any], document: dict[str, Any]) -> None:
        arn = target["Arn"]
        kind = arn.split(":")[2]
        named = f"{rule_arn}: target {target['Id']} ({arn})"
        if kind not in ("lambda", "sns"):
            log.warning("%s is not told: the sandbox's rules know functions and topics only", named)
            return
        try:
            text = inputs.of(target, document, rule_arn)
            region = arn.split(":")[3]
            if kind == "sns":
                await self._caller(rule_arn).call("sns", region, "publish", TopicArn=arn, Message=text)
            else:
                function = {"FunctionName": arn, "InvocationType": "Event", "Payload": text.encode()}
                await self._caller(rule_arn).call("lambda", region, "invoke", **function)
        except inputs.InputError as problem:
            log.warning("%s is not told: %s", named, problem)
        except (ClientError, BotoCoreError) as error:
            log.warning("%s cannot be %s: %s", named, "told" if kind == "sns" else "invoked", error)

    def _caller(self, rule_arn: str) -> Caller:
        """EventBridge itself, for this rule: the policy of the function or topic has to let it."""
        if rule_arn not in self._callers:
            self._callers[rule_arn] = self._clients.by(sessions.of_service(SERVICE, source_arn=rule_arn))
        return self._callers[rule_arn]
