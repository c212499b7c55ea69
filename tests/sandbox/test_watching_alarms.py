"""Alarms on what the data plane does: real requests, metrics by target group, a state, and the topic that is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.launch import Sandbox
from sandbox.watching.notifications import read
from tests.sandbox.http_client import ask, proxied
from tests.sandbox.own_sandbox import client, sandbox
from tests.sandbox.running_stack import Clients, Stack, until

__all__ = ["client", "sandbox"]

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def web(sandbox: Sandbox, client: Clients, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with one healthy task behind the prod listener."""
    stack = Stack(sandbox.facts, client, "watched", tmp_path_factory.mktemp("watched"))
    stack.service(stack.push())
    stack.running()
    stack.steady()
    yield stack
    stack.remove()


@pytest.fixture(scope="module")
def url(web: Stack) -> str:
    return web.api("ANY /{proxy+}")


def dimensions(stack: Stack) -> list[dict[str, str]]:
    return [
        {"Name": "TargetGroup", "Value": stack.blue.split(":")[-1]},
        {"Name": "LoadBalancer", "Value": stack.balancer_arn.split(":loadbalancer/")[1]},
    ]


def state(client: Clients, name: str) -> str:
    return str(client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])


def told(sandbox: Sandbox, topic: str) -> list[dict[str, Any]]:
    return [entry for entry in read(sandbox.state_dir) if entry["topic"] == topic]


def test_an_alarm_on_real_answers_fires_and_its_topic_is_told(
    sandbox: Sandbox, client: Clients, web: Stack, url: str, name: str
) -> None:
    topic = client("sns").create_topic(Name=name)["TopicArn"]
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/ApplicationELB",
        MetricName="HTTPCode_Target_5XX_Count",
        Dimensions=dimensions(web),
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )
    until(lambda: state(client, name), lambda found: found == "OK")

    assert ask(f"{url}/status/500").status == 500
    until(lambda: state(client, name), lambda found: found == "ALARM")

    (entry,) = until(lambda: told(sandbox, topic))
    message = json.loads(entry["message"])
    assert entry["subject"] == f'ALARM: "{name}" in US East (N. Virginia)'
    assert (message["AlarmName"], message["OldStateValue"], message["NewStateValue"]) == (name, "OK", "ALARM")
    assert message["NewStateReason"].startswith("Threshold Crossed: 1 datapoint [1.0 (")
    assert message["Trigger"] == {
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Namespace": "AWS/ApplicationELB",
        "StatisticType": "Statistic",
        "Statistic": "SUM",
        "Unit": None,
        "Dimensions": [{"value": one["Value"], "name": one["Name"]} for one in dimensions(web)],
        "Period": 60,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 0.0,
        "TreatMissingData": "notBreaching",
        "EvaluateLowSampleCountPercentile": "",
    }


def points(
    client: Clients, metric: str, statistic: str, dimensions: list[dict[str, str]], namespace: str
) -> list[float]:
    """Of all minutes, oldest first. The sandbox's clock is ahead of this machine's."""
    now = datetime.now(UTC)
    found = client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=dimensions,
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=20),
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    return [point[statistic] for point in sorted(found, key=lambda point: point["Timestamp"])]


def total(
    client: Clients, metric: str, dimensions: list[dict[str, str]], namespace: str = "AWS/ApplicationELB"
) -> float:
    return sum(points(client, metric, "Sum", dimensions, namespace))


def test_requests_are_counted_by_target_group_and_load_balancer(client: Clients, web: Stack, url: str) -> None:
    both, balancer = dimensions(web), dimensions(web)[1:]
    names = ("RequestCount", "HTTPCode_Target_2XX_Count", "HTTPCode_Target_4XX_Count", "TargetResponseTime")
    before = {name: total(client, name, both) for name in names}

    for status in (200, 200, 404):
        ask(f"{url}/status/{status}")
    until(lambda: total(client, "RequestCount", both), lambda count: count >= before["RequestCount"] + 3)

    assert total(client, "RequestCount", both) == total(client, "RequestCount", balancer) == before["RequestCount"] + 3
    assert total(client, "HTTPCode_Target_2XX_Count", both) == before["HTTPCode_Target_2XX_Count"] + 2
    assert total(client, "HTTPCode_Target_4XX_Count", both) == before["HTTPCode_Target_4XX_Count"] + 1
    assert total(client, "RequestCountPerTarget", both[:1]) == total(client, "RequestCount", both)
    assert 0 < total(client, "TargetResponseTime", both) - before["TargetResponseTime"] < 60
    # Nothing is reported of a minute without requests.
    assert all(points(client, "RequestCount", "Sum", both, "AWS/ApplicationELB"))


def test_healthy_targets_are_counted_each_minute(client: Clients, web: Stack) -> None:
    def counted(metric: str) -> list[float]:
        return points(client, metric, "Maximum", dimensions(web), "AWS/ApplicationELB")

    before = len(counted("HealthyHostCount"))
    until(lambda: len(counted("HealthyHostCount")), lambda count: count > before + 1)

    assert (counted("HealthyHostCount")[-1], counted("UnHealthyHostCount")[-1]) == (1, 0)


def test_an_api_counts_its_requests_and_the_errors_among_them(client: Clients, url: str) -> None:
    api = [{"Name": "ApiId", "Value": url.rsplit("/", 1)[1]}]
    stage = [*api, {"Name": "Stage", "Value": "$default"}]
    names = ("Count", "4xx", "5xx")
    before = {name: total(client, name, api, "AWS/ApiGateway") for name in names}

    for status in (200, 404, 500, 500):
        ask(f"{url}/status/{status}")
    until(lambda: total(client, "Count", api, "AWS/ApiGateway"), lambda count: count >= before["Count"] + 4)

    found = [total(client, name, api, "AWS/ApiGateway") - before[name] for name in names]
    assert found == [4, 1, 2]
    assert total(client, "Count", stage, "AWS/ApiGateway") == total(client, "Count", api, "AWS/ApiGateway")


def test_a_balancer_without_targets_reports_errors_of_its_own(sandbox: Sandbox, client: Clients, web: Stack) -> None:
    balancer = dimensions(web)[1:]

    # Behind the test listener there is nobody.
    assert proxied(sandbox, f"http://{web.dns_name}:8080/").status == 503

    until(lambda: total(client, "HTTPCode_ELB_503_Count", balancer), lambda count: count >= 1)
    assert total(client, "HTTPCode_ELB_5XX_Count", balancer) == total(client, "HTTPCode_ELB_503_Count", balancer)
    green = [{"Name": "TargetGroup", "Value": web.green.split(":")[-1]}, *balancer]
    assert total(client, "RequestCount", green) == 0
