"""CloudWatch: what an alarm looks at, for how long, and whom it tells; alarms that are gone."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_WEEK, _DAY, _HOUR = 604800, 86400, 3600
_NO_VENDORS = ("s3", "sqs", "dynamodb", "kinesis", "logs", "iam", "ecs", "elasticloadbalancing")
"""Services that do nothing for an alarm. Which ones do is not in one document, so that others pass."""

_alarm = partial(rule, "cloudwatch", "PutMetricAlarm", code="ValidationError", coded=False)


def _metrics(call: Call) -> list[dict[str, Any]]:
    return call.params.get("Metrics") or []


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
    kinds = ("AlarmActions", "OKActions", "InsufficientDataActions")
    for arn in [arn for kind in kinds for arn in call.params.get(kind) or []]:
        vendor = arn.split(":")[2] if arn.count(":") > 2 else ""
        if vendor in _NO_VENDORS:
            return f"Unsupported AWS vendor {vendor}"
    return None


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
