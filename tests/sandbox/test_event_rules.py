"""EventBridge's rules: which events they match, and what topics are told of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.eventbridge import inputs
from sandbox.eventbridge.inputs import InputError
from sandbox.launch import Sandbox
from sandbox.watching.notifications import read
from tests.sandbox.running_stack import Clients, until

ACCOUNT = "123456789012"
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/told"
EVENT: dict[str, Any] = {
    "version": "0",
    "source": "aws.codedeploy",
    "detail-type": "CodeDeploy Deployment State-change Notification",
    "time": "2026-03-01T12:00:00Z",
    "resources": ["one", "two"],
    "detail": {"state": "FAILURE", "deploymentId": "d-1", "count": 2, "nested": {"a": "b"}},
}


# What a target gets ---------------------------------------------------------------------------------------------------


def transformed(template: str, **paths: str) -> str:
    return inputs.of({"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}, EVENT, RULE)


def test_a_target_gets_the_whole_event_unless_it_asks_for_less() -> None:
    assert json.loads(inputs.of({}, EVENT, RULE)) == EVENT
    assert inputs.of({"Input": '{"own": 1}'}, EVENT, RULE) == '{"own": 1}'
    assert inputs.of({"InputPath": "$.detail.nested"}, EVENT, RULE) == '{"a": "b"}'
    assert inputs.of({"InputPath": "$.resources[1]"}, EVENT, RULE) == '"two"'


@pytest.mark.parametrize(
    ("template", "paths", "text"),
    [
        ('"<id> is <state>"', {"id": "$.detail.deploymentId", "state": "$.detail.state"}, '"d-1 is FAILURE"'),
        ('{"id": <id>, "count": <count>}', {"id": "$.detail.deploymentId", "count": "$.detail.count"}, None),
        ('{"all": <aws.events.event.json>}', {}, None),
        ('"<gone>nothing of <aws.events.rule-name>"', {"gone": "$.detail.gone"}, '"nothing of told"'),
        ('"<count> times, not <unknown>"', {"count": "$.detail.count"}, '"2 times, not <unknown>"'),
    ],
)
def test_a_template_is_filled_with_parts_of_the_event(template: str, paths: dict[str, str], text: str | None) -> None:
    made = transformed(template, **paths)

    if text is None:
        assert json.loads(made) in ({"id": "d-1", "count": 2}, {"all": EVENT})
    else:
        assert made == text


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ({"InputPath": "$.detail.gone"}, "the event has nothing at $.detail.gone"),
        ({"InputPath": "$..state"}, "the sandbox does not model the JSON path $..state"),
        (
            {"InputTransformer": {"InputPathsMap": {"gone": "$.gone"}, "InputTemplate": '{"a": <gone>}'}},
            'its input template makes no JSON of this event: {"a": }',
        ),
    ],
)
def test_what_cannot_be_made_of_an_event_is_an_error(target: dict[str, Any], why: str) -> None:
    with pytest.raises(InputError) as error:
        inputs.of(target, EVENT, RULE)

    assert str(error.value) == why


# Rules ----------------------------------------------------------------------------------------------------------------


def told(sandbox: Sandbox, topic: str) -> list[str]:
    return [entry["message"] for entry in read(sandbox.state_dir) if entry["topic"] == topic]


def topic_for_rules(client: Clients, name: str) -> str:
    """A topic whose policy lets EventBridge publish for the rule of this name."""
    arn = str(client("sns").create_topic(Name=name)["TopicArn"])
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{name}"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return arn


def put_rule(client: Clients, name: str, pattern: dict[str, Any], topic: str, **target: Any) -> None:
    client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule=name, Targets=[{"Id": "topic", "Arn": topic, **target}])


def put_event(client: Clients, source: str, **detail: Any) -> None:
    entry = {"Source": source, "DetailType": "tried", "Detail": json.dumps(detail)}
    assert client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def test_a_topic_is_told_of_the_events_that_its_rule_matches(sandbox: Sandbox, client: Clients, name: str) -> None:
    topic = topic_for_rules(client, name)
    pattern = {"source": [name], "detail": {"state": [{"anything-but": ["START"]}], "count": [{"numeric": [">", 1]}]}}
    put_rule(client, name, pattern, topic, InputPath="$.detail.id")

    for state, count, known in (("START", 2, "no"), ("STOP", 1, "no"), ("STOP", 2, "yes")):
        put_event(client, name, state=state, count=count, id=known)
    put_event(client, f"{name}-other", state="STOP", count=2, id="no")
    put_event(client, name, state="FAILURE", count=3, id="last")

    # EventBridge promises no order.
    until(lambda: len(told(sandbox, topic)), lambda count: count >= 2)
    assert sorted(told(sandbox, topic)) == ['"last"', '"yes"']


def test_a_disabled_rule_tells_nobody(sandbox: Sandbox, client: Clients, name: str) -> None:
    topic = topic_for_rules(client, name)
    put_rule(client, name, {"source": [name]}, topic, InputPath="$.detail.id")
    client("events").disable_rule(Name=name)
    put_event(client, name, id="no")
    client("events").enable_rule(Name=name)
    put_event(client, name, id="yes")

    assert until(lambda: told(sandbox, topic)) == ['"yes"']


def test_a_new_topic_lets_alarms_publish_and_rules_not(sandbox: Sandbox, client: Clients, name: str) -> None:
    topic = client("sns").create_topic(Name=name)["TopicArn"]
    put_rule(client, name, {"source": [name]}, topic)
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace=name,
        MetricName="none",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )

    put_event(client, name, id="no")
    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")

    (message,) = until(lambda: told(sandbox, topic))
    assert json.loads(message)["NewStateReason"] == "tried"
    log = sandbox.state_dir / "log" / "runtime.log"
    until(lambda: f"rule/{name}: target topic ({topic}) cannot be told: " in log.read_text())


def test_a_change_of_an_alarm_is_an_event(sandbox: Sandbox, client: Clients, name: str) -> None:
    topic = topic_for_rules(client, name)
    arn = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:{name}"
    pattern = {
        "source": ["aws.cloudwatch"],
        "resources": [arn],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"state": {"value": ["ALARM"]}},
    }
    put_rule(client, name, pattern, topic)
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Own",
        MetricName=name,
        Dimensions=[{"Name": "of", "Value": "mine"}],
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )

    client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried")

    event = json.loads(until(lambda: told(sandbox, topic))[0])
    detail = event["detail"]
    assert (event["source"], event["resources"], detail["alarmName"]) == ("aws.cloudwatch", [arn], name)
    assert (detail["state"]["value"], detail["state"]["reason"]) == ("ALARM", "tried")
    assert detail["previousState"]["value"] == "INSUFFICIENT_DATA"
    (metric,) = detail["configuration"]["metrics"]
    assert metric["metricStat"] == {
        "metric": {"namespace": "Own", "name": name, "dimensions": {"of": "mine"}},
        "period": 60,
        "stat": "Sum",
    }
