"""CloudWatch: what an alarm looks at, for how long, and whom it tells; alarms that are gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from sandbox.aws import context
from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_WEEK, _DAY, _HOUR = 604800, 86400, 3600
MOST_VALUES = 150
MOST_POINTS = 1440
_NO_VENDORS = ("s3", "sqs", "dynamodb", "kinesis", "logs", "iam", "ecs", "elasticloadbalancing")
"""Services that do nothing for an alarm. Which ones do is not in one document, so that others pass."""

_alarm = partial(rule, "cloudwatch", "PutMetricAlarm", code="ValidationError", coded=False)


def _metrics(call: Call) -> list[dict[str, Any]]:
    return call.params.get("Metrics") or []


def _actions(call: Call) -> list[str]:
    kinds = ("AlarmActions", "OKActions", "InsufficientDataActions")
    return [arn for kind in kinds for arn in call.params.get(kind) or []]


def _periods(call: Call) -> list[int]:
    given = [call.params.get("Period")]
    for query in _metrics(call):
        given += [query.get("Period"), (query.get("MetricStat") or {}).get("Period")]
    return [period for period in given if period is not None]


@_alarm(
    source=tried("cloudwatch/pf-cloudwatch-alarm-period"),
    says="A period is of whole minutes, or one of three shorter ones.",
    quote="Period must be 10, 20, 30 or a multiple of 60",
)
def alarms_period_is_uneven(call: Call) -> bool:
    return any(period not in (10, 20, 30) and (period < 60 or period % 60) for period in _periods(call))


@_alarm(
    source=tried("cloudwatch/pf-cloudwatch-datapoints-evaluation"),
    says="No more points are to be bad than are looked at.",
    quote="DatapointsToAlarm must be less than or equal to EvaluationPeriods",
)
def alarm_wants_more_points_than_it_looks_at(call: Call) -> bool:
    points, looked_at = call.params.get("DatapointsToAlarm"), call.params.get("EvaluationPeriods")
    return points is not None and looked_at is not None and points > looked_at


@_alarm(
    source=tried("cloudwatch/pf-cloudwatch-alarm-evaluation-window"),
    says="An alarm looks back for a day, or for a week where its periods are hours.",
    quote="Metrics cannot be checked across more than a",
)
def alarm_looks_back_too_far(call: Call) -> str | None:
    period, looked_at = call.params.get("Period"), call.params.get("EvaluationPeriods")
    if period is None or looked_at is None:
        return None
    words, most = ("week", _WEEK) if period >= _HOUR else ("day", _DAY)
    if period * looked_at <= most:
        return None
    ending = " for alarms using period >= 3600" if words == "week" else ""
    return (
        f"Metrics cannot be checked across more than a {words} (EvaluationPeriods * Period must be <= {most}){ending}"
    )


@_alarm(
    source=tried("cloudwatch/pf-cloudwatch-alarm-threshold"),
    says="What is compared is compared with something.",
    quote="PutMetricAlarm request should have valid Threshold parameter",
)
def alarm_has_no_threshold(call: Call) -> bool:
    return call.params.get("Threshold") is None and not call.params.get("ThresholdMetricId")


@_alarm(
    source=tried("cloudwatch/pf-cloudwatch-metric-query-returndata"),
    says="An alarm looks at one thing.",
    quote="Exactly one element of the metrics list should return data.",
)
def alarm_looks_at_several_things(call: Call) -> bool:
    returned = [query for query in _metrics(call) if query.get("ReturnData") is not False]
    # A band that is compared with returns data as well.
    return bool(_metrics(call)) and not call.params.get("ThresholdMetricId") and len(returned) != 1


@_alarm(
    source=tried("cloudwatch/pf-cloudwatch-metric-query-exclusive"),
    says="What is looked at is a metric, or computed.",
    quote="The parameters MetricDataQuery Expression and MetricStat are mutually exclusive and you have specified "
    "both.",
)
def metric_is_computed_too(call: Call) -> bool:
    return any(query.get("Expression") and query.get("MetricStat") for query in _metrics(call))


@_alarm(
    source=tried("cloudwatch/pf-cloudwatch-alarm-action-vendor"),
    says="An alarm tells a topic, or has something done.",
    quote="Unsupported AWS vendor",
)
def alarm_tells_another_service(call: Call) -> str | None:
    for arn in _actions(call):
        vendor = arn.split(":")[2] if arn.count(":") > 2 else ""
        if vendor in _NO_VENDORS:
            return f"Unsupported AWS vendor {vendor}"
    return None


_API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference"
_OF_ONE_METRIC = ("Namespace", "MetricName", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic")

_described = partial(_alarm, source=f"{_API}/API_PutMetricAlarm.html", worded=False)


@_described(
    says="An alarm looks at one metric, or at queries.",
    quote="If you use the Metrics parameter, you cannot include the Namespace, MetricName, Dimensions, Period, Unit, "
    "Statistic, or ExtendedStatistic parameters of PutMetricAlarm in the same operation.",
)
def alarm_has_a_metric_and_queries(call: Call) -> bool:
    return bool(_metrics(call)) and any(call.params.get(name) for name in _OF_ONE_METRIC)


@_described(
    says="An alarm looks at something.",
    quote="For each PutMetricAlarm operation, you must specify either MetricName, a Metrics array",
)
def alarm_looks_at_nothing(call: Call) -> bool:
    return not _metrics(call) and not (call.params.get("MetricName") and call.params.get("Namespace"))


@_described(
    says="Of a metric an alarm looks at one statistic.",
    quote="When you call PutMetricAlarm and specify a MetricName, you must specify either Statistic or "
    "ExtendedStatistic, but not both.",
)
def alarm_has_not_one_statistic(call: Call) -> bool:
    given = [name for name in ("Statistic", "ExtendedStatistic") if call.params.get(name)]
    return bool(call.params.get("MetricName")) and len(given) != 1


@_described(
    says="Missing data are treated in one of four ways.",
    quote="Valid Values: breaching | notBreaching | ignore | missing",
)
def alarm_treats_missing_data_otherwise(call: Call) -> bool:
    given = call.params.get("TreatMissingData")
    return given is not None and given not in ("breaching", "notBreaching", "ignore", "missing")


@_described(
    says="What an alarm does is named by an ARN.", quote="Each action is specified as an Amazon Resource Name (ARN)."
)
def alarms_action_is_no_arn(call: Call) -> str | None:
    for action in _actions(call):
        if not action.startswith("arn:") or action.count(":") < 4:
            return f"Invalid arn syntax: {action}"
    return None


_data = partial(rule, "cloudwatch", "PutMetricData", code="InvalidParameterValue", coded=False, worded=False)


@_data(
    source=f"{_API}/API_PutMetricData.html",
    says="What begins with AWS/ is told by AWS.",
    quote="To avoid conflicts with AWS service namespaces, you should not specify a namespace that begins with AWS/",
)
def data_are_awss_own(call: Call) -> str | None:
    reserved = call.params["Namespace"].startswith("AWS/")
    return "The value AWS/ for parameter Namespace is invalid." if reserved else None


@_data(
    source=f"{_API}/API_PutMetricData.html",
    says="A request brings some values of each metric.",
    quote="publish up to 150 values per metric with one PutMetricData request",
)
def datum_has_too_many_values(call: Call) -> str | None:
    most = max((len(datum.get("Values") or ()) for datum in call.params.get("MetricData") or ()), default=0)
    too_many = f"The collection Values must not have a size greater than {MOST_VALUES}."
    return too_many if most > MOST_VALUES else None


@_data(
    source=f"{_API}/API_MetricDatum.html",
    says="Data are of now: not much older, and not of the future.",
    quote="Time stamps can be up to two weeks in the past and up to two hours in the future",
)
def datum_is_of_another_time(call: Call) -> str | None:
    now = context.clock.date()
    # A client's clock is this machine's, which the sandbox's may be far ahead of.
    earliest, latest = min(now, datetime.now(UTC)) - timedelta(weeks=2), now + timedelta(hours=2)
    for index, datum in enumerate(call.params.get("MetricData") or (), 1):
        at = datum.get("Timestamp")
        if at is None:
            continue
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        if not earliest <= at <= latest:
            return (
                f"The parameter MetricData.member.{index}.Timestamp must specify a time no more than two weeks in the "
                f"past and two hours in the future, got {at:%Y-%m-%dT%H:%M:%SZ} at {now:%Y-%m-%dT%H:%M:%SZ}."
            )
    return None


@rule(
    "cloudwatch",
    "GetMetricStatistics",
    code="InvalidParameterCombination",
    source=f"{_API}/API_GetMetricStatistics.html",
    says="One answer has some points.",
    quote="If you request more than 1,440 data points, CloudWatch returns an error.",
    worded=False,
    coded=False,
)
def too_many_points_are_asked_for(call: Call) -> str | None:
    seconds = (call.params["EndTime"] - call.params["StartTime"]).total_seconds()
    points = int(seconds // max(call.params["Period"], 1))
    if points <= MOST_POINTS:
        return None
    return (
        f"You have requested up to {points:,} datapoints, which exceeds the limit of {MOST_POINTS:,}. You may reduce "
        "the datapoints requested by increasing Period, or decreasing the time range."
    )


@rule(
    "cloudwatch",
    # moto says so of the other two verbs.
    "ListTagsForResource",
    code="ResourceNotFoundException",
    status=404,
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html",
    says="An alarm that is gone has no tags.",
    quote="The named resource does not exist.",
    worded=False,
)
def tagged_alarm_is_gone(call: Call) -> str | None:
    _, found, name = call.params["ResourceARN"].partition(":alarm:")
    known = cloudwatch_backends[ACCOUNT][call.region].alarms
    return None if not found or name in known else f"The alarm {name} does not exist."
