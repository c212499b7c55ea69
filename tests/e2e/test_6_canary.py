"""A release in steps: killed, watched again and stopped while the candidate has a tenth of production."""

from typing import Any

import pytest

from sandbox.stream import RequestStream
from tests.e2e.harness import Command, Stack, poll

pytestmark = pytest.mark.usefixtures("images")


@pytest.fixture(scope="module", autouse=True)
def canary(stack: Stack) -> None:
    """The tenth is tried for five minutes, which are half a minute here."""

    def set_config(group: dict[str, Any]) -> None:
        group["deployment_config_name"] = "CodeDeployDefault.ECSCanary10Percent5Minutes"

    stack.change("aws_codedeploy_deployment_group", set_config)


def in_mid_shift(stack: Stack, image: str) -> Command:
    deploy = stack.greenlight("deploy", "sandbox", "--image", image)
    poll("the candidate has a tenth", lambda: sorted(stack.prod_weights().values()) == [10, 90])
    return deploy


def test_a_cli_killed_in_mid_shift_changes_nothing_and_watch_sees_the_release_through(
    stack: Stack, stream: RequestStream
) -> None:
    deploy = in_mid_shift(stack, ":print-green")
    deploy.process.kill()
    deploy.wait()
    assert len(stack.in_flight()) == 1
    assert sorted(stack.prod_weights().values()) == [10, 90]

    watch = stack.greenlight("watch", "sandbox")
    watch.succeed()
    stream.phase("after")
    poll("answers after the release", lambda: stream.answers["after"].total() > 20)

    assert "traffic: 10 % " in watch.output
    assert "traffic: 100 % " in watch.output
    assert stream.failed == {}
    assert set(stream.answers["before"]) == {"Green", "Blue"}
    assert set(stream.answers["after"]) == {"Green"}


def test_stop_in_mid_shift_gives_all_of_the_traffic_back(stack: Stack, stream: RequestStream) -> None:
    deploy = in_mid_shift(stack, ":print-blue")
    stop = stack.greenlight("stop", "sandbox")
    assert deploy.wait() == 3
    stop.succeed()
    stream.phase("after")
    poll("answers after the stop", lambda: stream.answers["after"].total() > 20)

    assert stream.failed == {}
    assert set(stream.answers["after"]) == {"Green"}
    assert sorted(stack.prod_weights().values()) == [0, 100]


def test_the_plan_is_empty_after_that(stack: Stack) -> None:
    stack.assert_plan_is_empty()
