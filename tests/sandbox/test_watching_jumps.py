"""Alarms by the sandbox's clock: each minute of a jump, in order, and what is told of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.launch import Sandbox
from sandbox.watching.notifications import notifications_command, read
from tests.sandbox.running_stack import Clients, clients_of
from tests.sandbox.test_aws_errors import refused

DAY = 86400


@pytest.fixture
def client(unhurried: Sandbox) -> Clients:
    return clients_of(unhurried)


@pytest.fixture
def topic(client: Clients, name: str) -> str:
    return str(client("sns").create_topic(Name=name)["TopicArn"])


def next_minute(sandbox: Sandbox) -> datetime:
    """Moves the clock to a moment just after a minute began; the minute."""
    now = datetime.strptime(sandbox.forward(1), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    sandbox.forward(62 - now.second)
    return now.replace(second=0) + timedelta(minutes=1)


def put_alarm(client: Clients, name: str, topic: str, **settings: Any) -> None:
    """Fires above 5 in two of three minutes, and tells the topic of both ways."""
    given = {
        "Namespace": name,
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    client("cloudwatch").put_metric_alarm(
        AlarmName=name, AlarmActions=[topic], OKActions=[topic], **{**given, **settings}
    )


def put_data(client: Clients, name: str, when: datetime, *values: float, metric: str = "m") -> None:
    data = [
        {"MetricName": metric, "Value": value, "Timestamp": when + timedelta(minutes=minute)}
        for minute, value in enumerate(values)
    ]
    client("cloudwatch").put_metric_data(Namespace=name, MetricData=data)


def changes(sandbox: Sandbox, topic: str) -> list[tuple[str, datetime]]:
    """Each state that the topic was told, with when the alarm went there."""
    told = [json.loads(entry["message"]) for entry in read(sandbox.state_dir) if entry["topic"] == topic]
    return [(one["NewStateValue"], datetime.strptime(one["StateChangeTime"], "%Y-%m-%dT%H:%M:%S.%f%z")) for one in told]


def described(client: Clients, name: str) -> dict[str, Any]:
    return dict(client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0])


def test_a_jump_evaluates_each_minute_on_its_way(unhurried: Sandbox, client: Clients, name: str, topic: str) -> None:
    put_alarm(client, name, topic)
    start = next_minute(unhurried)
    # One bad minute is not enough, two of three are; then it is well for long enough.
    put_data(client, name, start, 9, 0, 0, 9, 9, 0, 0, 0)

    unhurried.forward(900)

    found = [(state, (at - start) // timedelta(minutes=1)) for state, at in changes(unhurried, topic)]
    assert [state for state, _ in found] == ["OK", "ALARM", "OK"]
    assert found[1:] == [("ALARM", 5), ("OK", 7)]
    assert described(client, name)["StateValue"] == "OK"


def test_an_alarm_on_a_share_of_requests_does_without_errors_and_without_requests(
    unhurried: Sandbox, client: Clients, name: str, topic: str
) -> None:
    def query(id: str, **more: Any) -> dict[str, Any]:
        metric = {"Namespace": name, "MetricName": id}
        return {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False, **more}

    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        AlarmActions=[topic],
        Metrics=[
            {"Id": "share", "Expression": "errors / requests * 100", "Label": "errors in %"},
            query("errors"),
            query("requests"),
        ],
        EvaluationPeriods=3,
        DatapointsToAlarm=2,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    start = next_minute(unhurried)
    put_data(client, name, start, 100, 100, 100, 100, metric="requests")
    unhurried.forward(240)
    assert described(client, name)["StateValue"] == "OK"
    put_data(client, name, start + timedelta(minutes=5), 100, 100, metric="requests")
    put_data(client, name, start + timedelta(minutes=5), 5, 2, metric="errors")

    unhurried.forward(240)

    alarm = described(client, name)
    assert (alarm["StateValue"], len(changes(unhurried, topic))) == ("ALARM", 1)
    assert "[2.0 (" in alarm["StateReason"]
    assert ", 5.0 (" in alarm["StateReason"]
    (entry,) = [entry for entry in read(unhurried.state_dir) if entry["topic"] == topic]
    trigger = json.loads(entry["message"])["Trigger"]
    assert trigger["Metrics"][0] == {
        "Id": "share",
        "ReturnData": True,
        "Label": "errors in %",
        "Expression": "errors / requests * 100",
    }
    assert trigger["Metrics"][1]["MetricStat"] == {
        "Metric": {"Dimensions": [], "MetricName": "errors", "Namespace": name},
        "Period": 60,
        "Stat": "Sum",
    }


def test_an_alarm_on_a_percentile_looks_at_each_value(
    unhurried: Sandbox, client: Clients, name: str, topic: str
) -> None:
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        AlarmActions=[topic],
        Namespace=name,
        MetricName="m",
        ExtendedStatistic="p99",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    start = next_minute(unhurried)
    put_data(client, name, start, 2)
    client("cloudwatch").put_metric_data(
        Namespace=name, MetricData=[{"MetricName": "m", "Values": [0.1], "Counts": [999], "Timestamp": start}]
    )
    client("cloudwatch").put_metric_data(
        Namespace=name,
        MetricData=[
            {"MetricName": "m", "Values": [0.1, 2], "Counts": [98, 2], "Timestamp": start + timedelta(minutes=1)}
        ],
    )

    unhurried.forward(60)
    assert described(client, name)["StateValue"] == "OK"
    unhurried.forward(60)
    assert described(client, name)["StateValue"] == "ALARM"


def test_a_state_that_is_set_lasts_until_the_next_evaluation(
    unhurried: Sandbox, client: Clients, name: str, topic: str
) -> None:
    put_alarm(client, name, topic)
    next_minute(unhurried)
    unhurried.forward(60)
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")
    assert described(client, name)["StateReason"] == "tried"

    unhurried.forward(60)

    assert described(client, name)["StateValue"] == "OK"
    assert [state for state, _ in changes(unhurried, topic)][-2:] == ["ALARM", "OK"]


def test_a_month_of_silence_passes_quickly_and_changes_nothing(
    unhurried: Sandbox, client: Clients, name: str, topic: str
) -> None:
    put_alarm(client, name, topic, TreatMissingData="missing")
    put_data(client, name, next_minute(unhurried), 1, 1, 1)

    unhurried.forward(30 * DAY)

    assert [state for state, _ in changes(unhurried, topic)] == ["OK"]
    alarm = described(client, name)
    assert (alarm["StateValue"], alarm["StateReason"]) == (
        "INSUFFICIENT_DATA",
        "Insufficient Data: 3 datapoints were unknown.",
    )


def test_actions_that_are_off_tell_nobody(unhurried: Sandbox, client: Clients, name: str, topic: str) -> None:
    put_alarm(client, name, topic, ActionsEnabled=False)
    put_data(client, name, next_minute(unhurried), 9, 9)

    unhurried.forward(180)

    assert (described(client, name)["StateValue"], changes(unhurried, topic)) == ("ALARM", [])


def test_a_topic_whose_policy_does_not_let_cloudwatch_is_not_told_and_the_history_says_so(
    unhurried: Sandbox, client: Clients, name: str, topic: str
) -> None:
    allowed = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:another"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    put_alarm(client, name, topic)
    put_data(client, name, next_minute(unhurried), 9, 9)

    unhurried.forward(180)

    assert changes(unhurried, topic) == []
    history = client("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType="Action")
    summary = history["AlarmHistoryItems"][0]["HistorySummary"]
    assert summary.startswith(f'Failed to execute action {topic}. Received error: "')
    assert f"is not authorized to perform: SNS:Publish on resource: {topic} because no resource-based" in summary


def test_the_history_tells_of_each_change(unhurried: Sandbox, client: Clients, name: str, topic: str) -> None:
    put_alarm(client, name, topic)
    put_data(client, name, next_minute(unhurried), 9, 9)
    unhurried.forward(180)

    items = client("cloudwatch").describe_alarm_history(AlarmName=name, ScanBy="TimestampAscending")
    summaries = [item["HistorySummary"] for item in items["AlarmHistoryItems"]]

    assert summaries[0] == f'Alarm "{name}" created'
    assert summaries[-2:] == ["Alarm updated from OK to ALARM", f"Successfully executed action {topic}"]


def test_what_topics_were_told_is_a_line_each(
    unhurried: Sandbox, client: Clients, name: str, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    client("sns").publish(TopicArn=topic, Subject="of a test", Message="one\nand two")
    client("sns").publish(TopicArn=topic, Message="x" * 200)

    assert notifications_command(["--state-dir", str(unhurried.state_dir)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if f"  {name}  " in line]

    assert [line.partition("Z  ")[2] for line in lines] == [
        f"{name}  of a test  one and two",
        f"{name}  -  {'x' * 100}…",
    ]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"Period": 10}, "periods of less than a minute"),
        ({"Statistic": None, "ExtendedStatistic": "tm99"}, "the statistic tm99"),
        (
            {"ComparisonOperator": "GreaterThanUpperThreshold", "Threshold": None, "ThresholdMetricId": "a"},
            "alarms on anomaly detection",
        ),
    ],
)
def test_alarms_that_are_not_modelled_are_refused_by_name(
    client: Clients, name: str, changed: dict[str, Any], what: str
) -> None:
    settings: dict[str, Any] = {
        "AlarmName": name,
        "Namespace": name,
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        **changed,
    }

    answer = refused(client("cloudwatch").put_metric_alarm, **{key: one for key, one in settings.items() if one})

    assert answer == (400, "UnsupportedOperation", f"The sandbox does not model {what}.")
