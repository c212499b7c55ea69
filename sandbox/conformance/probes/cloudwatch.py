"""CloudWatch: alarms, their defaults, and what they may be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.conformance.probe import Probe, answered, breaks, refused, without, worded
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


def _alarm(rule: str, **changes: Any) -> Probe:
    return worded(rule, "PutMetricAlarm", lambda world: world.alarm_settings(f"{world.name}-tried", **changes))


def _described(rule: str, **changes: Any) -> Probe:
    return breaks(rule, "PutMetricAlarm", lambda world: world.alarm_settings(f"{world.name}-tried", **changes))


def _of_nothing(world: World) -> dict[str, Any]:
    settings = world.alarm_settings(f"{world.name}-tried")
    return {name: value for name, value in settings.items() if name not in ("Namespace", "MetricName", "Statistic")}


_OWN = "GreenlightConformance"
_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def _data(namespace: str, **datum: Any) -> dict[str, Any]:
    return {"Namespace": namespace, "MetricData": [{"MetricName": "tried", **datum}]}


def _a_week_by_the_minute() -> dict[str, Any]:
    times = {"StartTime": _LONG_AGO, "EndTime": _LONG_AGO + timedelta(days=7)}
    return {"Namespace": _OWN, "MetricName": "tried", "Period": 60, "Statistics": ["Sum"], **times}


def _without_a_threshold(world: World) -> dict[str, Any]:
    return without(world.alarm_settings(f"{world.name}-tried"), "Threshold")


def _of_queries(rule: str, *queries: dict[str, Any]) -> Probe:
    """An alarm that looks at these instead of one metric."""

    def request(world: World) -> dict[str, Any]:
        settings = world.alarm_settings(f"{world.name}-tried", Metrics=queries)
        for name in ("Namespace", "MetricName", "Statistic", "Period"):
            del settings[name]
        return settings

    return worded(rule, "PutMetricAlarm", request)


def _query(id: str) -> dict[str, Any]:
    metric = {"Namespace": "GreenlightConformance", "MetricName": id}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}


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
    _alarm("alarms_period_is_uneven", Period=45),
    _alarm("alarm_wants_more_points_than_it_looks_at", DatapointsToAlarm=2),
    _alarm("alarm_looks_back_too_far", EvaluationPeriods=1441),
    _alarm("alarm_tells_another_service", AlarmActions=["arn:aws:s3:::none"]),
    worded("alarm_has_no_threshold", "PutMetricAlarm", _without_a_threshold),
    _described("alarms_action_is_no_arn", AlarmActions=["topic"]),
    _described("alarm_treats_missing_data_otherwise", TreatMissingData="never"),
    _described("alarm_has_not_one_statistic", ExtendedStatistic="p99"),
    _described("alarm_has_a_metric_and_queries", Metrics=[_query("one")]),
    breaks("alarm_looks_at_nothing", "PutMetricAlarm", _of_nothing),
    breaks("data_are_awss_own", "PutMetricData", lambda _: _data("AWS/ECS", Value=1)),
    breaks(
        "datum_has_too_many_values", "PutMetricData", lambda _: _data(_OWN, Values=[float(one) for one in range(151)])
    ),
    breaks("datum_is_of_another_time", "PutMetricData", lambda _: _data(_OWN, Value=1, Timestamp=_LONG_AGO)),
    breaks("too_many_points_are_asked_for", "GetMetricStatistics", lambda _: _a_week_by_the_minute()),
    answered(
        "cloudwatch",
        "GetMetricData",
        "a metric that nobody has put has no values",
        lambda _: {
            "MetricDataQueries": [_query("one"), {"Id": "e", "Expression": "one * 2"}],
            "StartTime": _LONG_AGO,
            "EndTime": _LONG_AGO + timedelta(hours=1),
        },
        {"MetricDataResults[*].[Id, Values]": [["one", []], ["e", []]]},
        f"{_API}/API_GetMetricData.html",
    ),
    answered(
        "cloudwatch",
        "DescribeAlarmHistory",
        "the history of an alarm begins with its creation",
        lambda world: {"AlarmName": world.alarm, "ScanBy": "TimestampAscending"},
        {
            "AlarmHistoryItems[0].HistoryItemType": "ConfigurationUpdate",
            "AlarmHistoryItems[0].HistorySummary": lambda world: f'Alarm "{world.alarm}" created',
        },
        f"{_API}/API_DescribeAlarmHistory.html",
    ),
    _of_queries("alarm_looks_at_several_things", _query("one"), _query("two")),
    _of_queries("metric_is_computed_too", _query("one") | {"Expression": "1"}),
]
