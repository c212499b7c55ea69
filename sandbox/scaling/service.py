"""Acts on alarms that track a target, and keeps services within bounds that were set."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy as Policy

from sandbox.access import sessions
from sandbox.aws import application_autoscaling
from sandbox.clients import Clients
from sandbox.clock import Clock
from sandbox.scaling import activities, moto_state
from sandbox.scaling.activities import Activity
from sandbox.scaling.decision import Reading, Service, scaled_in, scaled_out
from sandbox.watching import service as watching
from sandbox.watching.service import Evaluated

log = logging.getLogger(__name__)

MINUTES = 15
"""That a low alarm looks at."""

COOLDOWN = 300
"""What a policy for ECS has where it names none:
https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html"""


@dataclass(frozen=True)
class _Change:
    """A new desired count, and what to remember once ECS has taken it."""

    region: str
    resource_id: str
    count: int
    cause: str
    remember: Callable[[], None] = lambda: None


class AutoScaling:
    """Application Auto Scaling: acts each minute on the alarms of its policies, as long as they fire."""

    def __init__(self, clients: Clients, clock: Clock):
        self._clients = clients
        self._clock = clock
        self._ecs = clients.by(sessions.of_autoscaling())
        self._one = asyncio.Lock()
        self._seen: dict[tuple[str, str], deque[Evaluated]] = defaultdict(lambda: deque(maxlen=MINUTES))
        """By region and alarm: its last evaluations that had a value."""

    async def run(self, stop: asyncio.Event) -> None:
        self._loop = asyncio.get_running_loop()
        application_autoscaling.connect(self)
        watching.OBSERVERS.append(self._observe)
        try:
            await stop.wait()
        finally:
            watching.OBSERVERS.remove(self._observe)
            application_autoscaling.connect(None)

    def registered(self, region: str, resource_id: str) -> None:
        """Brings the service within its bounds; for any thread."""
        self._loop.call_soon_threadsafe(lambda: self._clock.begin(self._bound(region, resource_id)))

    def settle(self, region: str) -> None:
        """Ends the activities whose tasks run; for any thread that holds the lock."""
        activities.settle(region, self._clock.date().timestamp())

    async def _observe(self, alarm: Evaluated) -> None:
        if alarm.value is None or not alarm.name.startswith("TargetTracking-service/"):
            return
        self._seen[alarm.region, alarm.name].append(alarm)
        if alarm.state == "ALARM" and alarm.actions:
            async with self._one:
                change = await self._clients.locked(lambda: self._decide(alarm))
                if change is not None:
                    await self._set(change)

    async def _bound(self, region: str, resource_id: str) -> None:
        """RegisterScalableTarget "adjusts the capacity of the scalable target to place it within these bounds, even if
        you don't include the MinCapacity or MaxCapacity request parameters"."""

        def look() -> _Change | None:
            service = self._service(region, resource_id)
            if service is None or service.bounded(service.desired) == service.desired:
                return None
            count = service.bounded(service.desired)
            which = "minimum" if count > service.desired else "maximum"
            return _Change(region, resource_id, count, f"{which} capacity was set to {count}")

        async with self._one:
            change = await self._clients.locked(look)
            if change is not None:
                await self._set(change)

    def _service(self, region: str, resource_id: str) -> Service | None:
        target, service = moto_state.target(region, resource_id), moto_state.service(region, resource_id)
        if target is None or service is None:
            return None
        running = service.running_count
        return Service(service.desired_count, running, target.min_capacity, target.max_capacity)

    def _decide(self, alarm: Evaluated) -> _Change | None:
        policy = moto_state.of_alarm(alarm.region, alarm.name)
        service = self._service(alarm.region, policy.resource_id) if policy is not None else None
        if policy is None or service is None or alarm.value is None:
            return None
        if "-AlarmHigh-" in alarm.name:
            return self._out(alarm.region, alarm.name, policy, service, alarm.value)
        return self._in(alarm.region, alarm.name, policy, service)

    def _out(self, region: str, alarm: str, policy: Policy, service: Service, value: float) -> _Change | None:
        target = moto_state.target(region, policy.resource_id)
        if target is None or (target.suspended_state or {}).get("DynamicScalingOutSuspended"):
            return None
        now, memory, configured = self._clock.now(), moto_state.memory(target), _configured(policy)
        before = memory.before if now < memory.out_until else None
        count = scaled_out(service, Reading(value, configured["TargetValue"]), before)
        if count is None:
            return None

        def remember() -> None:
            memory.before = service.running if before is None else before
            memory.out_until = now + configured.get("ScaleOutCooldown", COOLDOWN)
            # "the scale-in cooldown period stops and doesn't complete"
            memory.in_until = now

        return _Change(region, policy.resource_id, count, _cause(alarm, policy), remember)

    def _in(self, region: str, alarm: str, policy: Policy, service: Service) -> _Change | None:
        target = moto_state.target(region, policy.resource_id)
        if target is None or (target.suspended_state or {}).get("DynamicScalingInSuspended"):
            return None
        now, memory = self._clock.now(), moto_state.memory(target)
        if now < max(memory.in_until, memory.out_until):
            return None
        # "Application Auto Scaling turns off scale-in processes while Amazon ECS deployments are in progress":
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html
        if moto_state.is_deploying(moto_state.service(region, policy.resource_id)):
            return None
        readings = [
            self._low(region, one)
            for one in moto_state.policies(region, policy.resource_id)
            if not _configured(one).get("DisableScaleIn")
        ]
        ready = [reading for reading in readings if reading is not None]
        # "will scale in only if all of the target tracking policies (with the scale-in portion enabled) are ready"
        if not ready or len(ready) < len(readings) or _configured(policy).get("DisableScaleIn"):
            return None
        count = scaled_in(service, ready)
        if count is None:
            return None

        def remember() -> None:
            memory.in_until = now + _configured(policy).get("ScaleInCooldown", COOLDOWN)

        return _Change(region, policy.resource_id, count, _cause(alarm, policy), remember)

    def _low(self, region: str, policy: Policy) -> Reading | None:
        """The highest of the minutes that made its low alarm fire; None: it does not fire."""
        alarm = moto_state.low_alarm(policy)
        since = self._clock.date().timestamp() - MINUTES * 60
        values = [one.value for one in self._seen[region, alarm] if one.value is not None and one.at > since]
        if not values or not moto_state.fires(region, alarm):
            return None
        return Reading(max(values), _configured(policy)["TargetValue"])

    async def _set(self, change: _Change) -> None:
        _, cluster, name = change.resource_id.split("/")
        failure = None
        try:
            await self._ecs.call(
                "ecs", change.region, "update_service", cluster=cluster, service=name, desiredCount=change.count
            )
        except (ClientError, BotoCoreError) as error:
            failure = str(error)
            log.warning("%s: the desired count could not be set to %d: %s", change.resource_id, change.count, error)
        else:
            change.remember()
        start = self._clock.date().timestamp()
        activity = Activity(change.resource_id, change.count, change.cause, start, failure)
        await self._clients.locked(lambda: activities.begin(change.region, activity))


def _configured(policy: Policy) -> dict[str, float]:
    return policy.target_tracking_scaling_policy_configuration or {}


def _cause(alarm: str, policy: Policy) -> str:
    return f"monitor alarm {alarm} in state ALARM triggered policy {policy.policy_name}"
