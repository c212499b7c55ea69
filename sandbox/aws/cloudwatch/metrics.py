"""Metrics: what was put and what AWS's services report, as clients ask for it."""

from __future__ import annotations

from typing import Any

from moto.cloudwatch import models
from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, Dimension
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from sandbox.aws import context
from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import replaces
from sandbox.watching import hosts
from sandbox.watching.evaluation import epoch, moment
from sandbox.watching.mathematics import ExpressionError, NotModelledExpressionError
from sandbox.watching.series import Computed, Query, Statistic, of_statistic, period
from sandbox.watching.store import MINUTE, STATISTICS, STORE, Metric, Statistics, is_percentile


@replaces(CloudWatchBackend)
def put_metric_data(self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    for index, datum in enumerate(metric_data, 1):
        self._validate_parameters_put_metric_data(datum, index)
    for datum in metric_data:
        pairs = frozenset((one["Name"], one["Value"]) for one in datum.get("Dimensions") or ())
        metric = Metric(self.region_name, namespace, datum["MetricName"], pairs)
        at = epoch(datum.get("Timestamp") or context.clock.date())
        STORE.put_set(metric, at, _given(datum), datum.get("Unit"))


def _given(datum: dict[str, Any]) -> Statistics:
    if given := datum.get("StatisticValues"):
        count, total = float(given["SampleCount"]), float(given["Sum"])
        return Statistics(count, total, float(given["Minimum"]), float(given["Maximum"]))
    found = Statistics()
    values = datum.get("Values") or [datum.get("Value", 0)]
    for value, times in zip(values, datum.get("Counts") or [1] * len(values), strict=True):
        found.add(float(value), float(times))
    return found


# What clients ask for -------------------------------------------------------------------------------------------------


@replaces(CloudWatchBackend)
def get_filtered_metrics(
    self: CloudWatchBackend, metric_name: str | None, namespace: str | None, dimensions: list[dict[str, str]]
) -> list[models.Metric]:
    hosts.catch_up(_now())
    return [
        models.Metric(metric.name, metric.namespace, [Dimension(*pair) for pair in sorted(metric.dimensions)])
        for metric in STORE.metrics(self.region_name)
        if metric_name in (None, metric.name)
        and namespace in (None, metric.namespace)
        and all(_has(metric, wanted) for wanted in dimensions or ())
    ]


def _has(metric: Metric, wanted: dict[str, str]) -> bool:
    return any(name == wanted["Name"] and wanted.get("Value") in (None, value) for name, value in metric.dimensions)


@replaces(CloudWatchResponse)
def get_metric_statistics(self: CloudWatchResponse) -> ActionResult:
    given = self._get_params()
    names = [*(given.get("Statistics") or ()), *(given.get("ExtendedStatistics") or ())]
    if not names:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    metric = _metric(self.region, given)
    if epoch(given["StartTime"]) >= epoch(given["EndTime"]):
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    starts = _starts(given, int(given["Period"]))
    hosts.catch_up(_now())
    wanted = {name: Statistic(metric, _modelled(name), int(given["Period"]), given.get("Unit")) for name in names}
    series = {name: of_statistic(STORE, one, starts, _now()) for name, one in wanted.items()}
    unit = given.get("Unit") or STORE.unit(metric)
    points = []
    for index, start in enumerate(starts):
        values = {name: values[index] for name, values in series.items() if values[index] is not None}
        extended = {name: value for name, value in values.items() if is_percentile(name)}
        if values:
            simple = {name: value for name, value in values.items() if name not in extended}
            more = {"ExtendedStatistics": extended} if extended else {}
            points.append({"Timestamp": moment(start), "Unit": unit, **simple, **more})
    return ActionResult({"Label": metric.name, "Datapoints": points})


@replaces(CloudWatchResponse)
def get_metric_data(self: CloudWatchResponse) -> ActionResult:
    """An expression has points at the longest of its metrics' periods."""
    given = self._get_params()
    start, end = epoch(given["StartTime"]), epoch(given["EndTime"])
    if start > end:
        raise ValidationError("The parameter EndTime must be greater than StartTime.")
    if start == end:
        raise ValidationError("The parameter StartTime must not equal parameter EndTime.")
    hosts.catch_up(_now())
    queries = [_query(self.region, query) for query in given["MetricDataQueries"]]
    results = []
    for query in queries:
        if not query.returned:
            continue
        starts = _starts(given, query.statistic.period if query.statistic is not None else period(queries))
        try:
            found = Computed(STORE, queries, starts, _now()).of(query.id)
        except NotModelledExpressionError as problem:
            raise NotModelled(str(problem)) from None
        except ExpressionError as problem:
            raise ValidationError(str(problem)) from None
        for series in found:
            points = [(moment(at), value) for at, value in zip(starts, series, strict=True) if value is not None]
            if given.get("ScanBy") != "TimestampAscending":
                points.reverse()
            results.append(
                {
                    "Id": query.id,
                    "Label": query.label,
                    "Timestamps": [at for at, _ in points],
                    "Values": [value for _, value in points],
                    "StatusCode": "Complete",
                }
            )
    return ActionResult({"MetricDataResults": results})


def _query(region: str, given: dict[str, Any]) -> Query:
    returned, label = given.get("ReturnData", True) is not False, given.get("Label") or ""
    if given.get("Expression"):
        if given["Expression"].lstrip().upper().startswith("SELECT"):
            raise NotModelled("Metrics Insights")
        return Query(given["Id"], expression=given["Expression"], returned=returned, label=label or given["Id"])
    if not given.get("MetricStat"):
        # AWS also returns the empty line.
        raise ValidationError("The parameter MetricDataQueries.member.1.MetricStat is required.\n")
    stat = given["MetricStat"]
    metric = _metric(region, stat["Metric"])
    wanted = Statistic(metric, _modelled(stat["Stat"]), int(stat["Period"]), stat.get("Unit"))
    return Query(given["Id"], wanted, returned=returned, label=label or f"{metric.name} {stat['Stat']}")


def _metric(region: str, given: dict[str, Any]) -> Metric:
    pairs = frozenset((one["Name"], one["Value"]) for one in given.get("Dimensions") or ())
    return Metric(region, given["Namespace"], given["MetricName"], pairs)


def _modelled(statistic: str) -> str:
    if statistic not in STATISTICS and not is_percentile(statistic):
        raise NotModelled(f"the statistic {statistic}")
    return statistic


KEPT = 15 * 86400
"""Seconds for which AWS keeps points of a minute."""


def _starts(given: dict[str, Any], length: int) -> list[int]:
    """The beginnings of all periods that begin before the end, the first of them with the time that is asked for; none
    so long ago or so far ahead that nothing can be there."""
    length = max(length, MINUTE)
    first = max(epoch(given["StartTime"]), _now() - KEPT) // length * length
    return list(range(int(first), int(min(epoch(given["EndTime"]), _now() + 86400)), length))


def _now() -> int:
    return int(epoch(context.clock.date()))
