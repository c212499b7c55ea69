"""Requests that fail on their way: at the listener, at one target, at a target group, and in a whole zone."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest

from sandbox.faults.command import FaultError
from sandbox.launch import Sandbox
from tests.sandbox.http_client import ask, proxied
from tests.sandbox.running_stack import Clients, Stack, until

HEALTHY = ("healthy", None, None)
TIMED_OUT = ("unhealthy", "Target.Timeout", "Request timed out")
FAILED = ("unhealthy", "Target.FailedHealthChecks", "Health checks failed")


@pytest.fixture(scope="module")
def web(sandbox: Sandbox, client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with a healthy task in each of two zones. ECS leaves them alone, whatever health checks say."""
    stack = Stack(sandbox.facts, client, "faulty-web", tmp_path_factory.mktemp("web"))
    client("elbv2").modify_target_group(TargetGroupArn=stack.blue, HealthCheckTimeoutSeconds=2)
    stack.service(stack.push(), 2, grace=2_000_000)
    stack.running(2)
    stack.steady()
    yield stack
    stack.remove()


@pytest.fixture(scope="module")
def url(web: Stack) -> str:
    return web.api("ANY /{proxy+}")


@pytest.fixture
def faulty(sandbox: Sandbox, web: Stack) -> Iterator[Sandbox]:
    """The sandbox; afterwards nothing is switched on, and both targets are healthy again."""
    yield sandbox
    sandbox.clear_faults()
    until(lambda: web.health(web.blue), lambda seen: seen == [HEALTHY] * 2)


def zone_of(task: dict[str, str]) -> str:
    return task["availabilityZone"]


def test_requests_that_are_reset_are_502_and_leave_the_target_healthy(faulty: Sandbox, web: Stack, url: str) -> None:
    faulty.fault("reset", "target-group", f"{web.name}-blue", calls=2)

    assert [ask(f"{url}/x").status for _ in range(3)] == [502, 502, 200]
    assert web.health(web.blue) == [HEALTHY] * 2


@pytest.mark.parametrize("kind", ["reset", "refuse"])
def test_a_target_that_fails_each_connection_is_unhealthy_and_gets_no_requests(
    faulty: Sandbox, web: Stack, url: str, kind: str
) -> None:
    bad, good = web.tasks()
    faulty.fault(kind, "task", bad["taskArn"].rsplit("/", 1)[1])

    until(lambda: sorted(web.health(web.blue), key=str), lambda seen: seen == sorted([FAILED, HEALTHY], key=str))
    tasks = {ask(f"{url}/x").json["task"]["TaskARN"] for _ in range(4)}
    assert tasks == {good["taskArn"]}


def test_a_zone_that_is_gone_times_out_and_the_other_serves(faulty: Sandbox, web: Stack, url: str) -> None:
    first, second = web.tasks()
    assert zone_of(first) != zone_of(second)
    faulty.fault("gone", "zone", zone_of(first))

    until(lambda: sorted(web.health(web.blue), key=str), lambda seen: seen == sorted([TIMED_OUT, HEALTHY], key=str))
    tasks = {ask(f"{url}/x").json["task"]["TaskARN"] for _ in range(4)}
    assert tasks == {second["taskArn"]}


def test_latency_below_the_time_limits_only_costs_time_and_above_them_health(
    faulty: Sandbox, web: Stack, url: str
) -> None:
    slow = faulty.fault("latency", "0.2", "target-group", f"{web.name}-blue")
    assert ask(f"{url}/x").status == 200
    faulty.clear_faults(slow)

    faulty.fault("latency", "3", "target-group", f"{web.name}-blue")

    until(lambda: web.health(web.blue), lambda seen: seen == [TIMED_OUT] * 2)


def test_an_answer_later_than_the_idle_timeout_is_504(faulty: Sandbox, web: Stack, url: str) -> None:
    elbv2 = web.client("elbv2")

    def idle(seconds: str) -> None:
        attribute = {"Key": "idle_timeout.timeout_seconds", "Value": seconds}
        elbv2.modify_load_balancer_attributes(LoadBalancerArn=web.balancer_arn, Attributes=[attribute])

    idle("1")
    faulty.fault("latency", "30", "target-group", f"{web.name}-blue", calls=1)
    answer = ask(f"{url}/x")
    idle("60")

    assert answer.status == 504


@pytest.mark.parametrize("kind", ["reset", "refuse"])
def test_a_listener_that_takes_no_connection_is_503_of_the_api_and_no_answer_inside(
    faulty: Sandbox, web: Stack, url: str, kind: str
) -> None:
    faulty.fault(kind, "listener", f"{web.name}:80", calls=2)

    answer = ask(f"{url}/x")
    with pytest.raises((http.client.BadStatusLine, ConnectionError)):
        proxied(faulty, f"http://{web.dns_name}/x")

    assert (answer.status, answer.json) == (503, {"message": "Service Unavailable"})
    assert proxied(faulty, f"http://{web.dns_name}/x").status == ask(f"{url}/x").status == 200


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("reset", "target-group", "nothing"), "there is no target group nothing: there are "),
        (("reset", "task", "nothing"), "there is no task nothing: there are "),
        (("reset", "listener", "faulty-web:81"), "there is no listener faulty-web:81: there are "),
        (("gone", "zone", "us-east-1z"), "no subnet is in an availability zone us-east-1z: there are us-east-1a, "),
        (("gone", "listener", "faulty-web:80"), "a listener is not gone by itself: "),
        (("gone", "us-east-1a"), "gone is of one of target-group, task, listener, zone: say which, got us-east-1a"),
    ],
)
def test_what_is_not_there_cannot_be_hit(faulty: Sandbox, words: tuple[str, ...], told: str) -> None:
    with pytest.raises(FaultError) as caught:
        faulty.fault(*words)

    assert str(caught.value).startswith(told)


def test_nobody_is_named_where_requests_are_hit(faulty: Sandbox) -> None:
    with pytest.raises(FaultError, match="reset is not of calls of AWS's API, so there is nobody to name"):
        faulty.fault("reset", "zone", "us-east-1a", by="administrator")
