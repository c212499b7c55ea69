"""What an alarm does when its state changes: it tells the event bus and topics."""

from __future__ import annotations

import json
import logging

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.access import sessions
from sandbox.clients import Caller, Clients, error_message
from sandbox.clock import Clock
from sandbox.eventbridge import bus
from sandbox.eventbridge.bus import Event
from sandbox.state import ACCOUNT
from sandbox.watching import alarms, messages
from sandbox.watching.alarms import Change

log = logging.getLogger(__name__)

SERVICE = "cloudwatch.amazonaws.com"


class Actions:
    """CloudWatch itself, for one alarm at a time: the topic's policy has to let it."""

    def __init__(self, clients: Clients, clock: Clock):
        self._clients = clients
        self._clock = clock
        self._callers: dict[str, Caller] = {}
        """By the alarm's ARN."""

    async def perform(self, change: Change) -> None:
        """One after the other; what fails is written into the alarm's history and ``runtime.log``."""
        detail = messages.detail(change.before, change.after)
        bus.emit(
            Event(change.region, "aws.cloudwatch", "CloudWatch Alarm State Change", (change.after["arn"],), detail)
        )
        for action in change.actions:
            if action.split(":")[2] == "sns":
                await self._publish(change, action)
            elif action.split(":")[2] != "autoscaling":
                log.warning("%s: the sandbox does not model the action %s", change.after["arn"], action)

    async def _publish(self, change: Change, topic: str) -> None:
        arn = change.after["arn"]
        if arn not in self._callers:
            keys = {"aws:SourceOwner": (ACCOUNT,)}
            self._callers[arn] = self._clients.by(sessions.of_service(SERVICE, source_arn=arn, keys=keys))
        try:
            await self._callers[arn].call(
                "sns",
                topic.split(":")[3],
                "publish",
                TopicArn=topic,
                Subject=messages.subject(change.name, change.after["state"], change.region),
                Message=messages.message(change.region, change.before, change.after),
            )
        except (ClientError, BotoCoreError) as error:
            said = error_message(error) if isinstance(error, ClientError) else str(error)
            log.warning("%s: %s is not told: %s", arn, topic, said)
            # https://github.com/aws-solutions/automated-security-response-on-aws/issues/43
            summary, state = f'Failed to execute action {topic}. Received error: "{said}"', "Failed"
        else:
            summary, state = f"Successfully executed action {topic}", "Succeeded"
        await self._clients.locked(lambda: self._remember(change, summary, state, topic))

    def _remember(self, change: Change, summary: str, state: str, topic: str) -> None:
        alarm = alarms.find(change.region, change.name)
        if alarm is not None:
            data = json.dumps({"actionState": state, "notificationResource": topic})
            alarms.remember(alarm, "Action", summary, data, self._clock.date())
