"""What calls of CloudWatch, CloudWatch Logs, EventBridge and SNS ask for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.access import needs
from sandbox.access.model import Need
from tests.sandbox.access_calls import ACCOUNT, call
from tests.sandbox.access_samples import REGION

GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/ecs/one"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/"
ALARM = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:one"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/one"
TAGS = [{"Key": "team", "Value": "a"}]
NEW = {"request_tags": {"team": "a"}}


@pytest.fixture(autouse=True)
def _moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.session.Session().client(service, region_name=REGION)  # type: ignore[call-overload]


def need(action: str, resource: str, **more: Any) -> Need:
    tags: dict[str, Any] = {"request_tags": {}, "resource_tags": {}}
    return Need(action, resource, **{**tags, **more})


def passed(service: str) -> Need:
    return Need("iam:PassRole", ROLE, keys={"iam:PassedToService": (service,)}, resource_tags={})


def test_a_log_group_is_asked_for_as_awss_denials_have_it() -> None:
    assert needs.of(call("logs", "PutRetentionPolicy", logGroupName="/ecs/one", retentionInDays=1)) == [
        need("logs:PutRetentionPolicy", f"{GROUP}:log-stream:")
    ]


def test_a_log_group_may_be_named_by_its_arn() -> None:
    assert needs.of(call("logs", "FilterLogEvents", logGroupIdentifier=GROUP)) == [
        need("logs:FilterLogEvents", f"{GROUP}:log-stream:")
    ]


def test_a_log_group_with_tags_asks_for_tag_resource_on_the_arn_without_an_end() -> None:
    assert needs.of(call("logs", "CreateLogGroup", logGroupName="/ecs/one", tags={"team": "a"})) == [
        need("logs:CreateLogGroup", f"{GROUP}:log-stream:", **NEW),
        need("logs:TagResource", GROUP, **NEW),
    ]


def test_events_are_asked_for_on_their_stream_with_the_groups_tags() -> None:
    logs = boto3.client("logs", region_name=REGION)
    logs.create_log_group(logGroupName="/ecs/one", tags={"team": "a"})

    assert needs.of(call("logs", "PutLogEvents", logGroupName="/ecs/one", logStreamName="1", logEvents=[])) == [
        need("logs:PutLogEvents", f"{GROUP}:log-stream:1", resource_tags={"team": "a"})
    ]


def test_groups_are_listed_on_no_resource() -> None:
    assert needs.of(call("logs", "DescribeLogGroups")) == [need("logs:DescribeLogGroups", "*")]


def test_the_tags_of_a_log_group_are_asked_for_on_the_arn_without_an_end() -> None:
    assert needs.of(call("logs", "ListTagsForResource", resourceArn=f"{GROUP}:*")) == [
        need("logs:ListTagsForResource", GROUP)
    ]


def test_a_rule_says_what_it_matches_and_passes_its_role() -> None:
    pattern = json.dumps({"source": ["aws.ecs"], "detail-type": [{"prefix": "ECS"}]})
    found = needs.of(call("events", "PutRule", Name="one", EventPattern=pattern, RoleArn=ROLE, Tags=TAGS))

    known = {
        "events:creatorAccount": (ACCOUNT,),
        "events:ManagedBy": (),
        "events:source": ("aws.ecs",),
        "events:detail.service": (),
        "events:detail.eventTypeCode": (),
        "events:detail.userIdentity.principalId": (),
    }
    assert found == [
        need("events:PutRule", f"{RULE}one", keys=known, **NEW),
        need("events:TagResource", f"{RULE}one", keys={"events:creatorAccount": (ACCOUNT,)}, **NEW),
        passed("events.amazonaws.com"),
    ]


def test_what_is_there_has_its_tags() -> None:
    client("events").put_rule(Name="one", ScheduleExpression="rate(1 day)", Tags=TAGS)
    client("cloudwatch").put_metric_alarm(
        AlarmName="one", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, MetricName="a", Tags=TAGS
    )
    client("sns").create_topic(Name="one", Tags=TAGS)

    found = [
        *needs.of(call("events", "DeleteRule", Name="one")),
        *needs.of(call("cloudwatch", "DeleteAlarms", AlarmNames=["one"])),
        *needs.of(call("sns", "DeleteTopic", TopicArn=TOPIC)),
    ]

    assert [(one.resource, one.resource_tags) for one in found] == [
        (f"{RULE}one", {"team": "a"}),
        (f"{ALARM}one", {"team": "a"}),
        (TOPIC, {"team": "a"}),
    ]


def test_a_rule_of_another_bus_names_it() -> None:
    (found,) = needs.of(call("events", "DescribeRule", Name="one", EventBusName="other"))

    assert found == need("events:DescribeRule", f"{RULE}other/one", keys={"events:creatorAccount": (ACCOUNT,)})


def test_targets_are_named_and_each_role_is_passed_once() -> None:
    targets = [{"Id": name, "Arn": f"{TOPIC}{name}", "RoleArn": ROLE} for name in ("1", "2")]
    found = needs.of(call("events", "PutTargets", Rule="one", Targets=targets))

    known = {
        "events:creatorAccount": (ACCOUNT,),
        "events:ManagedBy": (),
        "events:TargetArn": (f"{TOPIC}1", f"{TOPIC}2"),
    }
    assert found == [need("events:PutTargets", f"{RULE}one", keys=known), passed("events.amazonaws.com")]


def test_each_event_is_asked_for_on_its_bus() -> None:
    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/other"
    entries = [{"Source": "mine", "DetailType": "a"}, {"Source": "mine", "EventBusName": bus}]
    found = needs.of(call("events", "PutEvents", Entries=entries))

    assert [(one.resource, one.keys) for one in found] == [
        (
            f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default",
            {"events:source": ("mine",), "events:detail-type": ("a",)},
        ),
        (bus, {"events:source": ("mine",), "events:detail-type": ()}),
    ]


def test_alarms_are_described_on_all_of_them() -> None:
    assert needs.of(call("cloudwatch", "DescribeAlarms", AlarmNames=["one"])) == [
        need("cloudwatch:DescribeAlarms", f"{ALARM}*")
    ]
    assert needs.of(call("cloudwatch", "DescribeAlarmHistory", AlarmName="one")) == [
        need("cloudwatch:DescribeAlarmHistory", f"{ALARM}*")
    ]


def test_an_alarm_says_its_actions_and_with_tags_asks_for_tag_resource() -> None:
    found = needs.of(call("cloudwatch", "PutMetricAlarm", AlarmName="one", AlarmActions=[TOPIC], Tags=TAGS))

    assert found == [
        need("cloudwatch:PutMetricAlarm", f"{ALARM}one", keys={"cloudwatch:AlarmActions": (TOPIC,)}, **NEW),
        need("cloudwatch:TagResource", f"{ALARM}one", **NEW),
    ]


def test_metrics_are_known_by_their_namespace() -> None:
    assert needs.of(call("cloudwatch", "PutMetricData", Namespace="mine", MetricData=[])) == [
        need("cloudwatch:PutMetricData", "*", keys={"cloudwatch:namespace": ("mine",)})
    ]


def test_a_dashboard_is_in_no_region() -> None:
    assert needs.of(call("cloudwatch", "GetDashboard", DashboardName="one")) == [
        need("cloudwatch:GetDashboard", f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/one")
    ]


def test_a_topic_with_tags_asks_for_tag_resource_and_passes_the_roles_of_its_feedback() -> None:
    attributes = {"HTTPSuccessFeedbackRoleArn": ROLE, "DisplayName": "a"}
    found = needs.of(call("sns", "CreateTopic", Name="one", Attributes=attributes, Tags=TAGS))

    assert found == [
        need("sns:CreateTopic", TOPIC, **NEW),
        need("sns:TagResource", TOPIC, **NEW),
        passed("sns.amazonaws.com"),
    ]


def test_a_subscription_says_how_and_where_to() -> None:
    found = needs.of(call("sns", "Subscribe", TopicArn=TOPIC, Protocol="email", Endpoint="a@example.com"))

    keys = {"sns:Protocol": ("email",), "sns:Endpoint": ("a@example.com",)}
    assert found == [need("sns:Subscribe", TOPIC, keys=keys)]


def test_a_message_to_a_telephone_is_to_no_resource() -> None:
    assert needs.of(call("sns", "Publish", PhoneNumber="+1", Message="a")) == [need("sns:Publish", "*")]


def test_messages_in_a_batch_are_published() -> None:
    found = needs.of(call("sns", "PublishBatch", TopicArn=TOPIC, PublishBatchRequestEntries=[]))

    assert found == [need("sns:Publish", TOPIC)]
