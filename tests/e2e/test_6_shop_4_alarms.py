"""A release that only real requests prove bad: an alarm stops it, CodeDeploy rolls it back, and people are told."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sandbox.stream import RequestStream
from sandbox.watching import notifications
from tests.e2e.harness import Command, Environment, poll

CANARY = "CodeDeployDefault.ECSCanary10Percent15Minutes"
ALARMS = [f"shop-api-{color}-{kind}" for color in ("blue", "green") for kind in ("errors", "latency")]


@pytest.fixture(scope="module")
def streams(shop_environment: Environment) -> Iterator[list[RequestStream]]:
    """Requests enough that a tenth of them, in a minute, is worth judging."""
    url = f"{shop_environment.manifest()['urls']['api']}/one"
    with ExitStack() as stack:
        yield [stack.enter_context(RequestStream(url)) for _ in range(4)]


@pytest.fixture(scope="module")
def live(shop_environment: Environment) -> str:
    """The version that is live before."""
    return str(status(shop_environment)["live"]["task_definition"])


@pytest.fixture(scope="module")
def release(shop_environment: Environment, streams: list[RequestStream], live: str) -> Command:
    """Of a version that fails one request of twenty, tried on a tenth of production. It passes every check."""
    del live
    poll("the streams are answered", lambda: all(one.sent > 10 for one in streams))
    deploy = shop_environment.greenlight("deploy", "shop/api", "--image", ":print-flaky", "--config", CANARY)
    deploy.wait()
    for one in streams:
        one.phase("after")
    poll("answers after the release", lambda: all(one.answers["after"].total() > 20 for one in streams))
    return deploy


def status(environment: Environment) -> Any:
    shown = environment.greenlight("status", "shop/api", "-o", "json")
    return json.loads(shown.succeed())


def told(environment: Environment, words: str) -> list[dict[str, Any]]:
    entries = notifications.read(environment.sandbox.state_dir)
    return [one for one in entries if one["topic"].endswith(":shop-notify") and words in one["message"]]


def firing(environment: Environment) -> list[str]:
    found = environment.client("cloudwatch").describe_alarms(AlarmNames=ALARMS)["MetricAlarms"]
    return [one["AlarmName"] for one in found if one["StateValue"] == "ALARM"]


def test_a_canary_whose_candidate_fails_real_requests_is_rolled_back_by_the_alarm(
    shop_environment: Environment, release: Command, streams: list[RequestStream], live: str
) -> None:
    failed = [answer for one in streams for answer in one.failed]
    after = {version for one in streams for version in one.answers["after"]}

    assert release.process.returncode == 3, release.output
    assert "traffic: 10 % " in release.output
    assert "traffic: 100 % " not in release.output.split("ALARM_ACTIVE")[0]
    assert set(failed) == {"failed: 500"}
    assert after == {"Green"}
    assert status(shop_environment)["live"]["task_definition"] == live


def test_the_cli_names_the_alarm_what_it_watches_and_what_it_saw(release: Command) -> None:
    (cause,) = {line.strip() for line in release.output.splitlines() if line.startswith("  alarm ")}

    assert cause.startswith("alarm shop-api-")
    assert "-errors fires (shop/api, " in cause
    assert "target group: more than 1 % of requests failed (5xx, or no connection to a task) in 2 of 3" in cause
    assert "Threshold Crossed: " in cause


def test_people_are_told_of_the_alarm_and_of_the_release_with_the_next_command(
    shop_environment: Environment, release: Command
) -> None:
    (deployment,) = {line.split()[1] for line in release.output.splitlines() if line.startswith("deployment d-")}
    (alarm,) = {line.split()[1] for line in release.output.splitlines() if line.startswith("  alarm ")}
    poll("the topic was told of the release", lambda: told(shop_environment, deployment))
    poll("the topic was told of the alarm", lambda: told(shop_environment, f'"AlarmName": "{alarm}"'))

    (stopped,) = told(shop_environment, deployment)
    assert stopped["message"] == (
        f'"STOP: CodeDeploy deployment {deployment} of shop/api, account 123456789012, us-east-1. Why, and which '
        f'version has the traffic: greenlight watch shop/api {deployment} --region us-east-1"'
    )


def test_the_command_that_people_are_told_says_why(shop_environment: Environment, release: Command) -> None:
    (deployment,) = {line.split()[1] for line in release.output.splitlines() if line.startswith("deployment d-")}
    watch = shop_environment.greenlight("watch", "shop/api", deployment, "--region", "us-east-1")

    assert watch.wait() == 3
    assert "ALARM_ACTIVE" in watch.output


def test_a_firing_alarm_is_told_before_the_next_release_begins(shop_environment: Environment) -> None:
    """The team's own, which stops releases too."""
    cloudwatch = shop_environment.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName="orders-lost", StateValue="ALARM", StateReason="3 orders are lost")
    deploy = shop_environment.greenlight("deploy", "shop/api", "--image", ":print-blue")

    assert deploy.wait() == 1
    assert "alarm orders-lost fires (Orders are lost): 3 orders are lost. Meanwhile CodeDeploy stops" in deploy.output
    cloudwatch.set_alarm_state(AlarmName="orders-lost", StateValue="OK", StateReason="found again")


def test_when_nothing_fails_any_more_the_alarm_is_over_and_people_are_told_that_too(
    shop_environment: Environment, release: Command
) -> None:
    (alarm,) = {line.split()[1] for line in release.output.splitlines() if line.startswith("  alarm ")}
    poll("no alarm fires", lambda: not firing(shop_environment))

    poll("the topic was told", lambda: [one for one in told(shop_environment, alarm) if "OK" in str(one["subject"])])


def test_the_plan_is_empty_after_that(shop_environment: Environment) -> None:
    shop_environment.assert_plan_is_empty()
