"""Releases while an availability zone is gone: the other serves production, and a candidate must be healthy there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.released_service import Service, Stream, answer, deploy
from tests.sandbox.running_stack import Clients, Stack, until

NAME = "zoned"


@pytest.fixture(scope="module")
def service(sandbox: Sandbox, client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Its tasks are in two zones, of which the first is gone, as the load balancer has seen."""
    stack = Stack(sandbox.facts, client, NAME, tmp_path_factory.mktemp("zoned"))
    for group in (stack.blue, stack.green):
        client("elbv2").modify_target_group(TargetGroupArn=group, HealthCheckTimeoutSeconds=2)
    made = Service(client, stack, 2)
    made.hooked(VERDICT="Succeeded")
    made.publish()
    sandbox.fault("gone", "zone", stack.place.zones[0])
    until(lambda: {state for state, _, _ in stack.health(stack.blue)}, lambda seen: "unhealthy" in seen)
    yield made
    sandbox.clear_faults()
    stack.remove()


def releases_into(service: Service, subnet: str) -> None:
    """The next release starts its tasks there only, as after `network.leaving`."""
    ssm, parameter = service.client("ssm"), f"/greenlight/{NAME}/app"
    manifest = json.loads(ssm.get_parameter(Name=parameter)["Parameter"]["Value"])
    manifest["network"]["subnets"] = [subnet]
    ssm.put_parameter(Name=parameter, Type="String", Value=json.dumps(manifest), Overwrite=True)


def test_a_candidate_in_the_zone_that_is_gone_gets_no_traffic_and_the_other_serves(
    sandbox: Sandbox, service: Service
) -> None:
    service.stack.push("two")
    releases_into(service, service.stack.place.subnets[0])

    with Stream(service.url) as stream:
        failed = deploy(sandbox, NAME, ":two")

    assert failed.returncode == 3, failed.stderr
    assert set(stream.seen) == {"one"}
    assert "unhealthy: Target.Timeout: Request timed out" in failed.stderr


def test_a_release_that_leaves_the_zone_that_is_gone_succeeds(sandbox: Sandbox, service: Service) -> None:
    service.stack.push("three")
    releases_into(service, service.stack.place.subnets[1])

    with Stream(service.url) as stream:
        done = deploy(sandbox, NAME, ":three")

    assert done.returncode == 0, done.stderr
    assert set(stream.seen) == {"one", "three"}
    assert answer(service.url) == "three"
