"""CloudWatch: alarms, their defaults, and what they may be."""

from __future__ import annotations

from sandbox.conformance.probe import Probe, answered, breaks, refused
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference"
_RECORDED = (
    "https://github.com/localstack/localstack/blob/main/tests/aws/services/cloudwatch/test_cloudwatch.snapshot.json"
)
"""AWS's answers to the tests of another project."""

_SEEN = "https://github.com/aws-cloudformation/cfn-lint/pull/771"
"""A report of a request that did not fit the model."""


def _gone_arn(world: World) -> str:
    return world.arn("cloudwatch", f"alarm:{world.missing}")


PROBES: list[Probe] = [
    answered(
        "cloudwatch",
        "DescribeAlarms",
        "a new alarm has its actions on, and no data yet",
        lambda world: {"AlarmNames": [world.alarm]},
        {
            "MetricAlarms[0].AlarmArn": lambda world: world.arn("cloudwatch", f"alarm:{world.alarm}"),
            "MetricAlarms[0].ActionsEnabled": True,
            "MetricAlarms[0].StateValue": "INSUFFICIENT_DATA",
        },
        _RECORDED,
    ),
    answered(
        "cloudwatch",
        "DescribeAlarms",
        "an alarm that is not there is not listed",
        lambda world: {"AlarmNames": [world.missing]},
        {"MetricAlarms": []},
        f"{_API}/API_DescribeAlarms.html",
    ),
    refused(
        "cloudwatch",
        "PutMetricAlarm",
        "an alarm's name has 255 characters at most",
        lambda world: world.alarm_settings(world.name.ljust(256, "x")),
        "ValidationError",
        _SEEN,
    ),
    refused(
        "cloudwatch",
        "PutMetricAlarm",
        "an alarm looks at one period at least",
        lambda world: world.alarm_settings(f"{world.name}-tried", EvaluationPeriods=0),
        "ValidationError",
        _SEEN,
    ),
    refused(
        "cloudwatch",
        "PutMetricAlarm",
        "an alarm has a name",
        lambda world: {key: value for key, value in world.alarm_settings("").items() if key != "AlarmName"},
        "ValidationError",
        _SEEN,
    ),
    refused(
        "cloudwatch",
        "SetAlarmState",
        "an alarm that is not there has no state",
        lambda world: {"AlarmName": world.missing, "StateValue": "OK", "StateReason": "tried"},
        "ResourceNotFound",
        _RECORDED,
        404,
    ),
    refused(
        "cloudwatch",
        "SetAlarmState",
        "the data of a state's reason is JSON",
        lambda world: {"AlarmName": world.alarm, "StateValue": "OK", "StateReason": "tried", "StateReasonData": "{"},
        "InvalidFormat",
        f"{_API}/API_SetAlarmState.html",
    ),
    refused(
        "cloudwatch",
        "SetAlarmState",
        "a state is one of three",
        lambda world: {"AlarmName": world.alarm, "StateValue": "FINE", "StateReason": "tried"},
        "ValidationError",
        _RECORDED,
    ),
    breaks("tagged_alarm_is_gone", "ListTagsForResource", lambda world: {"ResourceARN": _gone_arn(world)}),
    refused(
        "cloudwatch",
        "TagResource",
        "an alarm that is not there is not tagged",
        lambda world: {"ResourceARN": _gone_arn(world), "Tags": [{"Key": "color", "Value": "blue"}]},
        "ResourceNotFoundException",
        f"{_API}/API_TagResource.html",
        404,
    ),
    refused(
        "cloudwatch",
        "GetDashboard",
        "a dashboard that is not there is not shown",
        lambda world: {"DashboardName": world.missing},
        "ResourceNotFound",
        f"{_API}/API_GetDashboard.html",
        404,
    ),
]
