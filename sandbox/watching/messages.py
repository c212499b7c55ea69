"""What CloudWatch says of an alarm that changed: to topics, and to the event bus.

The shapes are those of messages that were written down:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html for events,
https://github.com/localstack/localstack/blob/main/tests/aws/services/cloudwatch/test_cloudwatch.snapshot.json for
topics.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import botocore.session

from sandbox.state import ACCOUNT
from sandbox.watching.evaluation import moment

MOST_SUBJECT = 100
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""

_STATISTICS = {
    "SampleCount": "SAMPLE_COUNT",
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
}


def timestamp(seconds: float) -> str:
    """``2026-03-01T12:00:00.000+0000``"""
    at = moment(seconds)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"


@cache
def region_name(region: str) -> str:
    """``US East (N. Virginia)``; the region itself where AWS's list does not have it."""
    partitions = botocore.session.Session().get_data("endpoints")["partitions"]
    names = {key: value["description"] for partition in partitions for key, value in partition["regions"].items()}
    return str(names.get(region, region))


def subject(name: str, state: str, region: str) -> str:
    text = f'{state}: "{name}" in {region_name(region)}'
    return text if len(text) <= MOST_SUBJECT else f"{text[: MOST_SUBJECT - 3]}..."


def message(region: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    """The JSON for a topic; `before` and `after` are `alarms.snapshot`."""
    document = {
        "AlarmName": after["name"],
        "AlarmDescription": after["description"],
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": timestamp(after["configured"]),
        "NewStateValue": after["state"],
        "NewStateReason": after["reason"],
        "StateChangeTime": timestamp(after["updated"]),
        "Region": region_name(region),
        "AlarmArn": after["arn"],
        "OldStateValue": before["state"],
        "OKActions": after["ok_actions"],
        "AlarmActions": after["alarm_actions"],
        "InsufficientDataActions": after["insufficient_data_actions"],
        "Trigger": _trigger(after),
    }
    return json.dumps(document, separators=(",", ":"))


def detail(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """The event's own part."""
    description = {"description": after["description"]} if after["description"] else {}
    return {
        "alarmName": after["name"],
        "state": _state(after),
        "previousState": _state(before),
        "configuration": {
            "metrics": [_of_event(query) for query in after["metrics"] or [_alone(after)]],
            **description,
        },
    }


def _state(alarm: dict[str, Any]) -> dict[str, Any]:
    state = {"value": alarm["state"], "reason": alarm["reason"], "timestamp": timestamp(alarm["updated"])}
    has_data = alarm["reason_data"] not in (None, "", "{}")
    return state | ({"reasonData": alarm["reason_data"]} if has_data else {})


def _alone(alarm: dict[str, Any]) -> dict[str, Any]:
    """A single metric, as a query."""
    named = {name: alarm[name] for name in ("namespace", "metric_name", "dimensions", "period")}
    stat = alarm["extended_statistic"] or alarm["statistic"]
    known = {"id": str(uuid5(NAMESPACE_URL, alarm["arn"])), "returned": True, "label": "", "expression": ""}
    return {**known, **named, "stat": stat}


def _of_event(query: dict[str, Any]) -> dict[str, Any]:
    shown = {"id": query["id"], "returnData": query["returned"]}
    if query["label"]:
        shown["label"] = query["label"]
    if query["expression"]:
        return shown | {"expression": query["expression"]}
    dimensions = dict(query["dimensions"])
    metric = {"namespace": query["namespace"], "name": query["metric_name"], "dimensions": dimensions}
    return shown | {"metricStat": {"metric": metric, "period": query["period"], "stat": query["stat"]}}


def _trigger(alarm: dict[str, Any]) -> dict[str, Any]:
    trigger: dict[str, Any] = {}
    if not alarm["metrics"]:
        extended = alarm["extended_statistic"]
        trigger = {
            "MetricName": alarm["metric_name"],
            "Namespace": alarm["namespace"],
            "StatisticType": "ExtendedStatistic" if extended else "Statistic",
            **({"ExtendedStatistic": extended} if extended else {"Statistic": _STATISTICS[alarm["statistic"]]}),
            "Unit": alarm["unit"],
            "Dimensions": [{"value": value, "name": name} for name, value in alarm["dimensions"]],
        }
    trigger |= {
        "Period": alarm["period"],
        "EvaluationPeriods": alarm["evaluation_periods"],
        **({"DatapointsToAlarm": alarm["datapoints_to_alarm"]} if alarm["datapoints_to_alarm"] else {}),
        "ComparisonOperator": alarm["comparison_operator"],
        "Threshold": alarm["threshold"],
        "TreatMissingData": alarm["treat_missing_data"] or "",
        "EvaluateLowSampleCountPercentile": alarm["low_samples"] or "",
    }
    if alarm["metrics"]:
        trigger["Metrics"] = [_of_query(query) for query in alarm["metrics"]]
    return trigger


def _of_query(query: dict[str, Any]) -> dict[str, Any]:
    shown = {"Id": query["id"], "ReturnData": query["returned"]}
    if query["label"]:
        shown["Label"] = query["label"]
    if query["expression"]:
        return shown | {"Expression": query["expression"]}
    dimensions = [{"value": value, "name": name} for name, value in query["dimensions"]]
    metric = {"Dimensions": dimensions, "MetricName": query["metric_name"], "Namespace": query["namespace"]}
    return shown | {"MetricStat": {"Metric": metric, "Period": query["period"], "Stat": query["stat"]}}
