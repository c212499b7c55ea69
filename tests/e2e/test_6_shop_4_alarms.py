"""A release that only real requests prove bad: an alarm stops it, CodeDeploy rolls it back, and people are told."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest

from sandbox.stream import RequestStream
from sandbox.watching import notifications
from tests.e2e import shop
from tests.e2e.harness import Command, Environment, poll

CANARY = "half-for-15-minutes"
"""A configuration of the team's own: on a busy machine a tenth of the requests would be few to judge by."""

ALARMS = [f"shop-api-{color}-{kind}" for color in ("blue", "green") for kind in ("errors", "latency")]


@pytest.fixture(scope="module")
def streams(shop_environment: Environment) -> Iterator[list[RequestStream]]:
    """Requests enough that a tenth of them, in a minute, is worth judging."""
    url = f"{shop_environment.manifest()['urls']['api']}/one"
    with ExitStack() as stack:
        yield [stack.enter_context(RequestStream(url)) for _ in range(4)]


@pytest.fixture(scope="module")
def canary(shop_environment: Environment) -> Iterator[None]:
    codedeploy = shop_environment.client("codedeploy")
    routing = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 50, "canaryInterval": 15}}
    codedeploy.create_deployment_config(
        deploymentConfigName=CANARY, computePlatform="ECS", trafficRoutingConfig=routing
    )
    yield
    codedeploy.delete_deployment_config(deploymentConfigName=CANARY)


@pytest.fixture(scope="module")
def live(shop_environment: Environment) -> str:
    """The version that is live before."""
    return str(status(shop_environment)["live"]["task_definition"])


@pytest.fixture(scope="module")
def release(shop_environment: Environment, streams: list[RequestStream], canary: None, live: str) -> Command:
    """Of a version that fails one request of twenty, tried on a part of production. It passes every check."""
    del canary, live
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


def subjects(environment: Environment, alarm: str) -> list[str]:
    return [str(one["subject"]) for one in told(environment, f'"AlarmName":"{alarm}"')]


def firing(environment: Environment, names: Sequence[str] = ALARMS) -> list[str]:
    found = environment.client("cloudwatch").describe_alarms(AlarmNames=list(names))["MetricAlarms"]
    return [one["AlarmName"] for one in found if one["StateValue"] == "ALARM"]


def test_a_canary_whose_candidate_fails_real_requests_is_rolled_back_by_the_alarm(
    shop_environment: Environment, release: Command, streams: list[RequestStream], live: str
) -> None:
    # On a busy machine an answer may take longer than the API waits for: that is a 503, of whichever version.
    before, after = (
        {answer for one in streams for answer in one.answers[phase]} - {"failed: 503"} for phase in ("before", "after")
    )

    assert release.process.returncode == 3, release.output
    assert "traffic: 50 % " in release.output
    assert "traffic: 100 % " not in release.output.split("ALARM_ACTIVE")[0]
    assert len(after) == 1
    assert before == {*after, "Flaky", "failed: 500"}
    assert status(shop_environment)["live"]["task_definition"] == live


def alarm_of(release: Command) -> str:
    """The name of the alarm that is a cause."""
    return str(re.findall(r"^ .*  alarm (\S+) fires", release.output, re.MULTILINE)[-1])


def deployment_of(release: Command) -> str:
    return str(re.findall(r"deployment (d-\w+) of shop/api", release.output)[0])


def test_the_cli_names_the_alarm_what_it_watches_and_what_it_saw(release: Command) -> None:
    alarm = alarm_of(release)
    color = alarm.split("-")[2]

    assert alarm == f"shop-api-{color}-errors"
    assert (
        f"alarm {alarm} fires (shop/api, {color} target group: more than 1 % of requests failed (5xx, or no connection "
        "to a task) in 2 of 3 minutes with at least 5 requests): Threshold "
        "Crossed: 2 out of the last 3 datapoints "
    ) in release.output


def test_people_are_told_of_the_alarm_and_of_the_release_with_the_next_command(
    shop_environment: Environment, release: Command
) -> None:
    deployment, alarm = deployment_of(release), alarm_of(release)
    poll("the topic was told of the release", lambda: told(shop_environment, deployment))

    (stopped,) = told(shop_environment, deployment)
    assert stopped["message"] == (
        f'"STOP: CodeDeploy deployment {deployment} of shop/api, account 123456789012, us-east-1, failed or was '
        f"stopped. Traffic: CodeDeploy gives it back to the version before, if any of it had moved; where {deployment} "
        f"is that rollback itself, it may be on both. Do: see why, and who has it: greenlight watch shop/api "
        f"{deployment} --region us-east-1. After exit code 5: "
        'greenlight status shop/api --region us-east-1"'
    )
    assert f'ALARM: "{alarm}" in US East (N. Virginia)' in subjects(shop_environment, alarm)


def test_the_command_that_people_are_told_says_why(shop_environment: Environment, release: Command) -> None:
    watch = shop_environment.greenlight("watch", "shop/api", deployment_of(release), "--region", "us-east-1")

    assert watch.wait() == 3
    assert f"ALARM_ACTIVE: One or more alarms have been activated: {alarm_of(release)}" in watch.output


def test_when_nothing_fails_any_more_the_alarm_is_over_and_people_are_told_that_too(
    shop_environment: Environment, release: Command
) -> None:
    alarm = alarm_of(release)
    poll("no alarm fires", lambda: not firing(shop_environment))
    poll("the topic was told", lambda: subjects(shop_environment, alarm)[-1].startswith("OK: "))


def test_a_firing_alarm_of_the_teams_own_is_told_before_a_release_begins(shop_environment: Environment) -> None:
    cloudwatch = shop_environment.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=shop.ORDERS_LOST, StateValue="ALARM", StateReason="3 orders are lost")
    deploy = shop_environment.greenlight("deploy", "shop/api", "--force")  # whatever the tests before have left live

    assert deploy.wait() == 1
    assert deploy.output == (
        "greenlight: alarm orders-lost fires (Orders are lost): 3 orders are lost. Meanwhile CodeDeploy stops every "
        "release: wait until it is over, or release all the same with --ignore-alarms; no alarm stops greenlight "
        "rollback shop/api --region us-east-1\n"
    )
    cloudwatch.set_alarm_state(AlarmName=shop.ORDERS_LOST, StateValue="OK", StateReason="found again")


def test_a_service_whose_other_group_is_idle_has_healthy_tasks(shop_environment: Environment) -> None:
    names = [f"shop-{service}-no-tasks" for service in ("api", "orders")]
    poll("both have tasks", lambda: not firing(shop_environment, names))


def test_the_plan_is_empty_after_that(shop_environment: Environment) -> None:
    shop_environment.assert_plan_is_empty()
