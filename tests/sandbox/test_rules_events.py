"""Alarms, rules, topics and scaling policies: refused where they look at nothing, or tell nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.sandbox.roles import make_role
from tests.sandbox.stack import make, service
from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]

ACCOUNT = "us-east-1:123456789012"
TOPIC = f"arn:aws:sns:{ACCOUNT}:topic"


# CloudWatch


def alarm(name: str, **changes: Any) -> dict[str, Any]:
    whole = {
        "AlarmName": name,
        "Namespace": "n",
        "MetricName": "m",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }
    return {key: value for key, value in whole.items() if value is not None}


def queries(*metrics: dict[str, Any]) -> dict[str, Any]:
    alone = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    return {**alone, "Metrics": [{"Id": f"m{number}", **metric} for number, metric in enumerate(metrics)]}


METRIC = {"MetricStat": {"Metric": {"Namespace": "n", "MetricName": "m"}, "Period": 60, "Stat": "Sum"}}
DAY = "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400)"
WEEK = (
    "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for alarms using "
    "period >= 3600"
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60"),
        ({"Period": 90}, "Period must be 10, 20, 30 or a multiple of 60"),
        (
            queries({"MetricStat": {**METRIC["MetricStat"], "Period": 45}}),
            "Period must be 10, 20, 30 or a multiple of 60",
        ),
        ({"DatapointsToAlarm": 2}, "DatapointsToAlarm must be less than or equal to EvaluationPeriods"),
        ({"EvaluationPeriods": 1441}, DAY),
        ({"EvaluationPeriods": 169, "Period": 3600}, WEEK),
        ({"Threshold": None}, "PutMetricAlarm request should have valid Threshold parameter"),
        (queries(METRIC, METRIC), "Exactly one element of the metrics list should return data."),
        (
            queries({**METRIC, "Expression": "1"}),
            "The parameters MetricDataQuery Expression and MetricStat are mutually exclusive and you have specified "
            "both.",
        ),
        ({"AlarmActions": ["arn:aws:s3:::bucket"]}, "Unsupported AWS vendor s3"),
    ],
)
def test_an_alarm_looks_at_something_and_tells_somebody(
    client: Client, name: str, changes: dict[str, Any], message: str
) -> None:
    answer = refused(client("cloudwatch").put_metric_alarm, **alarm(name, **changes))

    assert answer == (400, "ValidationError", message)


@pytest.mark.parametrize(
    "changes",
    [
        {"Period": 60, "AlarmActions": [TOPIC]},
        {"EvaluationPeriods": 1440, "DatapointsToAlarm": 1440},
        {"EvaluationPeriods": 168, "Period": 3600},
        queries(METRIC, {"Expression": "m0 / 2", "ReturnData": False}),
    ],
)
def test_other_alarms_are_kept(client: Client, name: str, changes: dict[str, Any]) -> None:
    cloudwatch = client("cloudwatch")

    cloudwatch.put_metric_alarm(**alarm(name, **changes))

    assert len(cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]) == 1
    cloudwatch.delete_alarms(AlarmNames=[name])


# EventBridge


def test_a_pattern_matches_something(client: Client, name: str) -> None:
    put = client("events").put_rule

    answer = refused(put, Name=name, EventPattern="{}")

    message = "Parameter(s) EventPattern or ScheduleExpression must be specified."
    assert answer == (400, "ValidationException", message)
    assert put(Name=name, EventPattern='{"source": ["a"]}')["RuleArn"].endswith(f"/{name}")


CLUSTER = f"arn:aws:ecs:{ACCOUNT}:cluster/c"


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        (
            [{"Id": "t", "Arn": TOPIC}, {"Id": "t", "Arn": TOPIC}],
            "Parameter targets is not valid. Reason: More than one target with Id 't' is provided.",
        ),
        (
            [{"Id": "t", "Arn": TOPIC, "Input": "{}", "InputPath": "$.detail"}],
            "Only one of Input, InputPath, or InputTransformer must be provided for target t",
        ),
        ([{"Id": "t", "Arn": TOPIC, "Input": "hello"}], "JSON syntax error in input for target t"),
        ([{"Id": "t", "Arn": CLUSTER}], f"RoleArn is required for target {CLUSTER}"),
    ],
)
def test_a_target_can_be_reached_with_one_thing(
    client: Client, name: str, targets: list[dict[str, Any]], message: str
) -> None:
    events = client("events")
    events.put_rule(Name=name, EventPattern='{"source": ["a"]}')

    assert refused(events.put_targets, Rule=name, Targets=targets) == (400, "ValidationException", message)
    role = "arn:aws:iam::123456789012:role/r"
    kept = [
        {"Id": "a", "Arn": TOPIC, "Input": '"hello"'},
        {"Id": "b", "Arn": f"arn:aws:lambda:{ACCOUNT}:function:f", "InputPath": "$.detail"},
        {"Id": "c", "Arn": CLUSTER, "RoleArn": role, "EcsParameters": {"TaskDefinitionArn": f"{CLUSTER}:1"}},
        {"Id": "d", "Arn": TOPIC, "Input": "null"},
    ]
    assert events.put_targets(Rule=name, Targets=kept)["FailedEntryCount"] == 0
    events.remove_targets(Rule=name, Ids=["a", "b", "c", "d"])
    events.delete_rule(Name=name)


def test_a_rules_role_trusts_eventbridge(client: Client, name: str) -> None:
    events = client("events")
    away = make_role(client, f"{name}-away", "ecs-tasks.amazonaws.com")
    there = make_role(client, f"{name}-role", "events.amazonaws.com")
    pattern = {"Name": name, "EventPattern": '{"source": ["a"]}'}

    message = f"Provided role '{away}' cannot be assumed by principal 'events.amazonaws.com'."
    assert refused(events.put_rule, **pattern, RoleArn=away) == (400, "ValidationException", message)
    assert events.put_rule(**pattern, RoleArn=there)["RuleArn"].endswith(f"rule/{name}")
    events.delete_rule(Name=name)


# SNS


def test_a_topic_is_returned_again_to_who_asks_for_it_as_it_is(client: Client, name: str) -> None:
    create = client("sns").create_topic
    tags = [{"Key": "color", "Value": "blue"}]
    topic = create(Name=name, Tags=tags, Attributes={"DisplayName": "Blue"})["TopicArn"]

    tagged = refused(create, Name=name, Tags=[*tags, {"Key": "size", "Value": "1"}])
    named = refused(create, Name=name, Attributes={"DisplayName": "Green"})

    message = "Invalid parameter: Tags Reason: Topic already exists with different tags"
    assert tagged == (400, "InvalidParameter", message)
    message = "Invalid parameter: Attributes Reason: Topic already exists with different attributes"
    assert named == (400, "InvalidParameter", message)
    assert create(Name=name)["TopicArn"] == topic
    assert create(Name=name, Tags=tags, Attributes={"DisplayName": "Blue"})["TopicArn"] == topic


def test_a_topic_speaks_protocols_and_says_something(client: Client, name: str) -> None:
    sns = client("sns")
    topic = {"TopicArn": sns.create_topic(Name=name)["TopicArn"]}

    protocol = refused(sns.subscribe, **topic, Protocol="smoke", Endpoint="e")
    empty = refused(sns.publish, **topic, Message="")
    policy = refused(sns.set_topic_attributes, **topic, AttributeName="Policy", AttributeValue="{")

    message = "Invalid parameter: Amazon SNS does not support this protocol string: smoke"
    assert protocol == (400, "InvalidParameter", message)
    assert empty == (400, "InvalidParameter", "Invalid parameter: Empty message")
    assert policy[:2] == (400, "InvalidParameter")
    assert sns.subscribe(**topic, Protocol="email", Endpoint="a@example.com")["SubscriptionArn"]
    assert sns.publish(**topic, Message="m")["MessageId"]
    sns.set_topic_attributes(**topic, AttributeName="Policy", AttributeValue='{"Statement": []}')


def test_a_filter_compares_with_numbers_up_to_a_thousand_million(client: Client, name: str) -> None:
    sns = client("sns")
    subscribe = partial(
        sns.subscribe,
        TopicArn=sns.create_topic(Name=name)["TopicArn"],
        Protocol="email",
        Endpoint="a@example.com",
        ReturnSubscriptionArn=True,
    )
    large = json.dumps({"store": [10**10]})

    answer = refused(subscribe, Attributes={"FilterPolicy": large})
    arn = subscribe(Attributes={"FilterPolicy": json.dumps({"store": [10**8, "blue"]})})["SubscriptionArn"]
    set_to = partial(sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="FilterPolicy")

    message = "Invalid parameter: FilterPolicy: 10000000000 is out of range"
    assert answer == (400, "InvalidParameter", message)
    assert refused(set_to, AttributeValue=large) == (400, "InvalidParameter", message)
    set_to(AttributeValue='{"store": ["green"]}')


# Application Auto Scaling

TRACKED = {
    "TargetValue": 50.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}
STEPS = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
}


def tracking(**changes: Any) -> dict[str, Any]:
    whole = {key: value for key, value in {**TRACKED, **changes}.items() if value is not None}
    return {"TargetTrackingScalingPolicyConfiguration": whole}


def requests(label: str | None = None) -> dict[str, Any]:
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget", **({"ResourceLabel": label} if label else {})}
    return tracking(PredefinedMetricSpecification=metric)


CUSTOM = {"CustomizedMetricSpecification": {"MetricName": "m", "Namespace": "n", "Statistic": "Sum"}}


@pytest.fixture
def target(client: Client, name: str) -> dict[str, str]:
    service(client, make(client, name))
    named = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{name}/{name}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    client("application-autoscaling").register_scalable_target(**named, MinCapacity=1, MaxCapacity=1)
    return named


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("StepScaling", {}, "StepScaling policy configuration must be specified"),
        ("TargetTrackingScaling", {}, "TargetTrackingScaling policy configuration must be specified"),
        (
            "StepScaling",
            {"StepScalingPolicyConfiguration": STEPS, **tracking()},
            "You must only provide a single scaling policy configuration, which must match the scaling policy type "
            "specified.",
        ),
        (
            "TargetTrackingScaling",
            tracking(PredefinedMetricSpecification=None),
            "PredefinedMetricSpecification or CustomizedMetricSpecification must be set for target tracking scaling.",
        ),
        (
            "TargetTrackingScaling",
            tracking(**CUSTOM),
            "Only one of PredefinedMetricSpecification or CustomizedMetricSpecification can be set for target tracking "
            "scaling.",
        ),
        (
            "TargetTrackingScaling",
            requests(),
            "Resource label should be specified for predefined metric type ALBRequestCountPerTarget",
        ),
        (
            "TargetTrackingScaling",
            requests("app/a/1"),
            "Invalid resource label 'app/a/1' for predefined metric type ALBRequestCountPerTarget",
        ),
    ],
)
def test_a_scaling_policy_goes_by_one_thing(
    client: Client, target: dict[str, str], kind: str, given: dict[str, Any], message: str
) -> None:
    put = client("application-autoscaling").put_scaling_policy

    answer = refused(put, **target, PolicyName="p", PolicyType=kind, **given)

    assert answer == (400, "ValidationException", message)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("StepScaling", {"StepScalingPolicyConfiguration": STEPS}),
        ("TargetTrackingScaling", tracking()),
        ("TargetTrackingScaling", tracking(PredefinedMetricSpecification=None, **CUSTOM)),
        ("TargetTrackingScaling", requests("app/a/0123456789abcdef/targetgroup/g/0123456789abcdef")),
    ],
)
def test_other_scaling_policies_are_kept(
    client: Client, target: dict[str, str], kind: str, given: dict[str, Any]
) -> None:
    put = client("application-autoscaling").put_scaling_policy

    assert put(**target, PolicyName="p", PolicyType=kind, **given)["PolicyARN"]


def test_a_target_has_no_more_at_least_than_at_most(client: Client, target: dict[str, str]) -> None:
    register = client("application-autoscaling").register_scalable_target

    answer = refused(register, **target, MinCapacity=2, MaxCapacity=1)

    message = "Maximum capacity cannot be less than minimum capacity"
    assert answer == (400, "ValidationException", message)
    register(**target, MinCapacity=0, MaxCapacity=0)
