"""Target health is what a health check found, never a guess."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.stack import Stack, make

Client = Callable[[str], Any]


@pytest.fixture
def stack(client: Client, name: str) -> Stack:
    return make(client, name)


def health(
    client: Client, arn: str, targets: list[dict[str, Any]] | None = None
) -> dict[tuple[str, int], tuple[str, str | None]]:
    answer = client("elbv2").describe_target_health(TargetGroupArn=arn, **({"Targets": targets} if targets else {}))
    return {
        (found["Target"]["Id"], found["Target"]["Port"]): (
            found["TargetHealth"]["State"],
            found["TargetHealth"].get("Reason"),
        )
        for found in answer["TargetHealthDescriptions"]
    }


def test_a_target_of_a_group_that_no_listener_uses_is_unused(client: Client, stack: Stack) -> None:
    client("elbv2").register_targets(TargetGroupArn=stack.green, Targets=[{"Id": "10.0.0.9", "Port": 3000}])

    assert health(client, stack.green) == {("10.0.0.9", 3000): ("unused", "Target.NotInUse")}


def test_a_target_that_nothing_answers_for_is_never_healthy(client: Client, stack: Stack) -> None:
    client("elbv2").register_targets(TargetGroupArn=stack.blue, Targets=[{"Id": "10.0.0.9", "Port": 3000}])

    ((_, (state, _)),) = health(client, stack.blue).items()
    assert state in ("initial", "unhealthy")


def test_one_address_can_have_two_ports(client: Client, stack: Stack) -> None:
    targets = [{"Id": "10.0.0.9", "Port": 3000}, {"Id": "10.0.0.9", "Port": 3001}]
    client("elbv2").register_targets(TargetGroupArn=stack.green, Targets=targets)

    assert set(health(client, stack.green)) == {("10.0.0.9", 3000), ("10.0.0.9", 3001)}


def test_a_deregistered_target_drains_for_the_groups_delay_and_is_gone(client: Client, stack: Stack) -> None:
    elb, target = client("elbv2"), {"Id": "10.0.0.9", "Port": 3000}
    # Two seconds at the tests' time scale of 60.
    delay = [{"Key": "deregistration_delay.timeout_seconds", "Value": "120"}]
    elb.modify_target_group_attributes(TargetGroupArn=stack.blue, Attributes=delay)
    elb.register_targets(TargetGroupArn=stack.blue, Targets=[target])

    elb.deregister_targets(TargetGroupArn=stack.blue, Targets=[target])

    assert health(client, stack.blue) == {("10.0.0.9", 3000): ("draining", "Target.DeregistrationInProgress")}
    deadline = time.monotonic() + 20
    while health(client, stack.blue):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    unknown = health(client, stack.blue, [target])
    assert unknown == {("10.0.0.9", 3000): ("unused", "Target.NotRegistered")}


def test_deregistering_what_is_not_there_is_no_error(client: Client, stack: Stack) -> None:
    client("elbv2").deregister_targets(TargetGroupArn=stack.blue, Targets=[{"Id": "10.0.0.1", "Port": 1}])


def test_a_group_names_the_load_balancers_that_use_it_now(client: Client, stack: Stack) -> None:
    elb = client("elbv2")

    def users(arn: str) -> list[str]:
        found: list[str] = elb.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"][0]["LoadBalancerArns"]
        return found

    assert (users(stack.blue), users(stack.green)) == ([stack.load_balancer], [])
    weights = [{"TargetGroupArn": stack.green, "Weight": 1}]
    action = {"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}
    elb.modify_listener(ListenerArn=stack.prod, DefaultActions=[action])
    assert (users(stack.blue), users(stack.green)) == ([], [stack.load_balancer])
    elb.delete_listener(ListenerArn=stack.prod)
    assert users(stack.green) == []
