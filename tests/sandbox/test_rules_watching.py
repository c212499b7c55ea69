"""What watches and who is told: CloudWatch's alarms and metrics, SNS's topics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.test_aws_errors import refused
from tests.sandbox.test_rules_events import alarm

Client = Callable[[str], Any]


# CloudWatch


def test_an_alarm_that_is_gone_has_no_tags(client: Client, name: str) -> None:
    listed, arn = client("cloudwatch").list_tags_for_resource, f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}"

    answer = refused(listed, ResourceARN=arn)

    assert answer == (404, "ResourceNotFoundException", f"The alarm {name} does not exist.")
    metric = {"Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    tags = [{"Key": "color", "Value": "blue"}]
    client("cloudwatch").put_metric_alarm(
        AlarmName=name, **metric, Threshold=1.0, ComparisonOperator="GreaterThanThreshold", Tags=tags
    )
    assert listed(ResourceARN=arn)["Tags"] == tags


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"AlarmActions": ["topic"]}, "Invalid arn syntax: topic"),
        ({"TreatMissingData": "never"}, "Valid Values: breaching | notBreaching | ignore | missing"),
        (
            {"ExtendedStatistic": "p99"},
            "When you call PutMetricAlarm and specify a MetricName, you must specify either",
        ),
        ({"Statistic": None}, "When you call PutMetricAlarm and specify a MetricName, you must specify either"),
        ({"Namespace": None}, "For each PutMetricAlarm operation, you must specify either MetricName"),
        ({"Metrics": [{"Id": "e", "Expression": "1"}]}, "If you use the Metrics parameter, you cannot include"),
    ],
)
def test_an_alarm_looks_at_one_thing_and_does_what_an_arn_names(
    client: Client, name: str, changed: dict[str, Any], message: str
) -> None:
    status, code, said = refused(client("cloudwatch").put_metric_alarm, **alarm(name, **changed))

    assert (status, code, said[: len(message)]) == (400, "ValidationError", message)


@pytest.mark.parametrize(
    ("namespace", "datum", "message"),
    [
        ("AWS/ECS", {"Value": 1.0}, "The value AWS/ for parameter Namespace is invalid."),
        ("Own", {"Values": [1.0] * 151}, "The collection Values must not have a size greater than 150."),
        (
            "Own",
            {"Value": 1.0, "Timestamp": 0},
            "The parameter MetricData.member.1.Timestamp must specify a time no more",
        ),
    ],
)
def test_data_are_ones_own_and_of_now(client: Client, namespace: str, datum: dict[str, Any], message: str) -> None:
    data = [{"MetricName": "m", **datum}]

    status, code, said = refused(client("cloudwatch").put_metric_data, Namespace=namespace, MetricData=data)

    assert (status, code, said[: len(message)]) == (400, "InvalidParameterValue", message)


# SNS


def test_who_is_to_be_told_by_mail_stays_pending_and_on_the_list(client: Client, name: str) -> None:
    sns = client("sns")
    topic = sns.create_topic(Name=name)["TopicArn"]
    mail = {"TopicArn": topic, "Protocol": "email", "Endpoint": "a@example.com"}

    said = sns.subscribe(**mail)["SubscriptionArn"]
    arn = sns.subscribe(**mail, ReturnSubscriptionArn=True)["SubscriptionArn"]
    answer = refused(sns.unsubscribe, SubscriptionArn=arn)

    assert said == "pending confirmation"
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"
    message = "Cannot unsubscribe a subscription that is pending confirmation"
    assert answer == (400, "InvalidParameter", f"Invalid parameter: SubscriptionArn Reason: {message}")
    (listed,) = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert (listed["SubscriptionArn"], listed["Endpoint"]) == ("PendingConfirmation", "a@example.com")
    sns.delete_topic(TopicArn=topic)
    assert refused(sns.get_subscription_attributes, SubscriptionArn=arn)[1] == "NotFound"


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("get_topic_attributes", {}),
        ("set_topic_attributes", {"AttributeName": "DisplayName", "AttributeValue": "a"}),
        ("publish", {"Message": "a"}),
        ("subscribe", {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:123456789012:a"}),
        ("list_subscriptions_by_topic", {}),
        ("delete_topic", {}),
    ],
)
def test_a_topics_arn_has_six_parts(client: Client, operation: str, params: dict[str, str]) -> None:
    answer = refused(getattr(client("sns"), operation), TopicArn="arn:aws:topic", **params)

    message = "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 3"
    assert answer == (400, "InvalidParameter", message)


def test_a_topic_asked_for_again_with_other_tags_is_refused(client: Client, name: str) -> None:
    create = client("sns").create_topic
    made = create(Name=name, Tags=[{"Key": "color", "Value": "blue"}])["TopicArn"]
    refusal = (400, "InvalidParameter", "Invalid parameter: Tags Reason: Topic already exists with different tags")

    assert refused(create, Name=name, Tags=[{"Key": "color", "Value": "green"}]) == refusal
    assert refused(create, Name=name, Tags=[{"Key": "size", "Value": "small"}]) == refusal
    assert create(Name=name, Tags=[{"Key": "color", "Value": "blue"}])["TopicArn"] == made
    assert create(Name=name)["TopicArn"] == made


def test_a_message_is_not_empty(client: Client, name: str) -> None:
    arn = client("sns").create_topic(Name=name)["TopicArn"]

    answer = refused(client("sns").publish, TopicArn=arn, Message="")

    assert answer == (400, "InvalidParameter", "Invalid parameter: Empty message")
    assert client("sns").publish(TopicArn=arn, Message="a")["MessageId"]
