"""A release while one availability zone is gone: production is served by the other, and nothing is proven by half."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.released_service import Service, Stream, answer, deploy
from tests.sandbox.running_stack import Clients, Stack, until

NAME = "zoned"


@pytest.fixture(scope="module")
def service(sandbox: Sandbox, client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Two tasks, one in each zone."""
    stack = Stack(sandbox.facts, client, NAME, tmp_path_factory.mktemp("zoned"))
    for group in (stack.blue, stack.green):
        client("elbv2").modify_target_group(TargetGroupArn=group, HealthCheckTimeoutSeconds=2)
    made = Service(client, stack, 2)
    made.hooked(VERDICT="Succeeded")
    made.publish()
    yield made
    stack.remove()


@pytest.fixture
def faulty(sandbox: Sandbox) -> Iterator[Sandbox]:
    yield sandbox
    sandbox.clear_faults()


def lose(sandbox: Sandbox, service: Service, zone: str) -> None:
    """Returns once the load balancer has seen that the zone is gone, and uses the other."""
    group = service.stack.described()["taskSets"][0]["loadBalancers"][0]["targetGroupArn"]
    sandbox.fault("gone", "zone", zone)
    until(lambda: {state for state, _, _ in service.stack.health(group)}, lambda seen: "unhealthy" in seen)


def test_a_candidate_whose_tasks_start_where_the_zone_is_gone_is_stopped_and_production_goes_on(
    faulty: Sandbox, service: Service
) -> None:
    """ECS starts the replacement of its unhealthy task in the emptiest zone again, the first where both are."""
    service.stack.push("two")
    lose(faulty, service, service.stack.place.zones[0])

    with Stream(service.url) as stream:
        failed = deploy(faulty, NAME, ":two")

    assert failed.returncode == 3, failed.stderr
    assert set(stream.seen) == {"one"}
    assert "unhealthy: Target.Timeout: Request timed out" in failed.stderr


def test_a_candidate_that_has_all_its_tasks_where_a_zone_is_left_gets_the_traffic(
    faulty: Sandbox, service: Service
) -> None:
    service.stack.push("three")
    lose(faulty, service, service.stack.place.zones[1])

    with Stream(service.url) as stream:
        done = deploy(faulty, NAME, ":three")

    assert done.returncode == 0, done.stderr
    assert set(stream.seen) == {"one", "three"}
    assert answer(service.url) == "three"
