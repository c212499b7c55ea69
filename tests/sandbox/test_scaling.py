"""Target tracking on a service whose tasks run, minute by minute of the sandbox's clock, on a metric of one's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.running_stack import Clients, Stack, clients_of, until

MINUTE = 60
SUSPENDED = {"DynamicScalingInSuspended": True, "DynamicScalingOutSuspended": True, "ScheduledScalingSuspended": True}


@pytest.fixture(scope="module")
def client(unhurried: Sandbox) -> Clients:
    return clients_of(unhurried)


@pytest.fixture(scope="module")
def web(unhurried: Sandbox, client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(unhurried.facts, client, "scaled", tmp_path_factory.mktemp("scaled"))
    stack.service(stack.push())
    stack.running()
    yield stack
    stack.remove()


@dataclasses.dataclass
class Scaled:
    """The service, as one test scales it: by a load that nobody else measures."""

    sandbox: Sandbox
    client: Clients
    stack: Stack
    metric: str

    @property
    def target(self) -> dict[str, str]:
        name = self.stack.name
        dimension = "ecs:service:DesiredCount"
        return {"ServiceNamespace": "ecs", "ResourceId": f"service/{name}/{name}", "ScalableDimension": dimension}

    @property
    def scaling(self) -> Any:
        return self.client("application-autoscaling")

    def track(self, metric: str, **more: Any) -> None:
        """A policy of this name: ten a task."""
        specification = {"Namespace": "Load", "MetricName": metric, "Statistic": "Sum"}
        self.scaling.put_scaling_policy(
            **self.target,
            PolicyName=metric,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": 10,
                "CustomizedMetricSpecification": specification,
                "ScaleOutCooldown": 0,
                "ScaleInCooldown": 0,
                **more,
            },
        )

    def minutes(self, count: int, **values: float) -> None:
        """So many minutes in which the metrics have these values; without any, nothing is measured."""
        now = datetime.fromisoformat(self.sandbox.forward(1))
        for _ in range(count):
            for metric, value in values.items():
                # With its time: the minute may have ended by the time that it arrives.
                data = [{"MetricName": metric, "Value": value, "Timestamp": now}]
                self.client("cloudwatch").put_metric_data(Namespace="Load", MetricData=data)
            # To the middle of the next one, so that none is passed over, however long the test itself takes.
            now = datetime.fromisoformat(self.sandbox.forward(MINUTE + MINUTE / 2 - now.second))

    def scale_to(self, count: int) -> None:
        self.client("ecs").update_service(cluster=self.stack.name, service=self.stack.name, desiredCount=count)
        self.settled(count)

    def settled(self, count: int) -> None:
        """So many tasks run, and those that were too many have ended."""
        until(lambda: self.stack.described()["runningCount"] == count)

    @property
    def desired(self) -> int:
        return int(self.stack.described()["desiredCount"])

    @property
    def newest_activity(self) -> dict[str, Any]:
        return dict(self.scaling.describe_scaling_activities(**self.target)["ScalingActivities"][0])


@pytest.fixture
def scaled(unhurried: Sandbox, client: Clients, web: Stack, name: str) -> Iterator[Scaled]:
    found = Scaled(unhurried, client, web, name)
    found.scale_to(1)
    found.scaling.register_scalable_target(**found.target, MinCapacity=1, MaxCapacity=4)
    found.track(name)
    yield found
    found.scaling.deregister_scalable_target(**found.target)


def test_three_minutes_above_the_target_start_as_many_tasks_as_the_load_needs(scaled: Scaled) -> None:
    scaled.minutes(2, **{scaled.metric: 25})
    assert scaled.desired == 1

    scaled.minutes(1, **{scaled.metric: 25})

    until(lambda: scaled.desired == 3)
    scaled.settled(3)
    until(lambda: scaled.newest_activity["StatusCode"] == "Successful")
    activity = scaled.newest_activity
    (high, _) = scaled.scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"][0]["Alarms"]
    assert activity["Description"] == "Setting desired count to 3."
    assert activity["Cause"] == f"monitor alarm {high['AlarmName']} in state ALARM triggered policy {scaled.metric}"
    assert activity["StatusMessage"] == "Successfully set desired count to 3. Change successfully fulfilled by ecs."


def test_fifteen_minutes_far_below_the_target_stop_tasks(scaled: Scaled) -> None:
    scaled.scale_to(3)

    scaled.minutes(14, **{scaled.metric: 2})
    assert scaled.desired == 3
    scaled.minutes(1, **{scaled.metric: 2})

    until(lambda: scaled.desired == 1)


def test_a_little_below_the_target_nothing_is_stopped(scaled: Scaled) -> None:
    scaled.scale_to(2)

    scaled.minutes(18, **{scaled.metric: 9.5})

    assert scaled.desired == 2


def test_missing_data_stops_nothing(scaled: Scaled) -> None:
    scaled.scale_to(2)
    scaled.minutes(1, **{scaled.metric: 9.5})

    scaled.minutes(20)

    assert scaled.desired == 2


def test_while_it_is_suspended_nothing_is_scaled_and_afterwards_it_is(scaled: Scaled) -> None:
    scaled.scaling.register_scalable_target(**scaled.target, SuspendedState=SUSPENDED)
    scaled.minutes(4, **{scaled.metric: 25})
    assert scaled.desired == 1

    scaled.scaling.register_scalable_target(**scaled.target, SuspendedState=dict.fromkeys(SUSPENDED, False))
    scaled.minutes(1, **{scaled.metric: 25})

    until(lambda: scaled.desired == 3)


def test_no_more_tasks_are_started_than_the_most(scaled: Scaled) -> None:
    scaled.minutes(3, **{scaled.metric: 1000})

    until(lambda: scaled.desired == 4)


def test_the_same_load_starts_no_more_tasks_during_the_cooldown(scaled: Scaled) -> None:
    scaled.track(scaled.metric, ScaleOutCooldown=600)
    scaled.minutes(3, **{scaled.metric: 15})
    until(lambda: scaled.desired == 2)
    scaled.settled(2)

    scaled.minutes(2, **{scaled.metric: 15})
    assert scaled.desired == 2
    scaled.minutes(1, **{scaled.metric: 35})

    until(lambda: scaled.desired == 4)


def test_during_its_cooldown_nothing_is_stopped_again(scaled: Scaled) -> None:
    scaled.track(scaled.metric, ScaleInCooldown=600)
    scaled.scale_to(4)
    scaled.minutes(15, **{scaled.metric: 5})
    until(lambda: scaled.desired == 2)
    scaled.settled(2)

    scaled.minutes(9, **{scaled.metric: 5})
    assert scaled.desired == 2
    scaled.minutes(2, **{scaled.metric: 5})

    until(lambda: scaled.desired == 1)


def test_tasks_are_stopped_only_if_every_policy_agrees(scaled: Scaled) -> None:
    other = f"{scaled.metric}-other"
    scaled.track(other)
    scaled.scale_to(2)
    scaled.minutes(16, **{scaled.metric: 1, other: 9.5})
    assert scaled.desired == 2

    scaled.minutes(15, **{scaled.metric: 1, other: 1})

    until(lambda: scaled.desired == 1)


def test_one_policy_is_enough_to_start_tasks(scaled: Scaled) -> None:
    other = f"{scaled.metric}-other"
    scaled.track(other)

    scaled.minutes(3, **{scaled.metric: 1, other: 15})

    until(lambda: scaled.desired == 2)


def test_a_policy_that_may_not_scale_in_stops_nothing(scaled: Scaled) -> None:
    scaled.track(scaled.metric, DisableScaleIn=True)
    scaled.scale_to(2)

    scaled.minutes(16, **{scaled.metric: 1})

    assert scaled.desired == 2
