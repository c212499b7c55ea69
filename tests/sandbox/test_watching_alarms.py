"""Alarms on what the data plane does: real requests, metrics by target group, a state, and the topic that is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.launch import Sandbox
from sandbox.watching.notifications import read
from tests.sandbox.http_client import ask
from tests.sandbox.running_stack import Clients, Stack, until

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
