"""CloudWatch: alarms have the state that nobody has set or that `sandbox.watching` found, and metrics are those that it
keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend

from sandbox.aws import context
from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import replaces
from sandbox.watching import alarms, evaluation
from sandbox.watching.store import MINUTE, STATISTICS, STORE, Metric, Statistics, is_percentile

_STATE = (
    *("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "state_transitioned_timestamp"),
    "history",
)

_waker: Callable[[], None] | None = None


def connect(waker: Callable[[], None] | None) -> None:
    """Who is told that an alarm is new or changed from now on; None when nobody is any more."""
    global _waker
    _waker = waker


def _wake() -> None:
    if _waker is not None:
        _waker()


@replaces(CloudWatchBackend)
def put_metric_alarm(self: CloudWatchBackend, **kwargs: Any) -> Alarm:
    """A new alarm has no data yet, and one that is there keeps its state. moto makes both OK."""
    _require_modelled(kwargs)
    there = self.alarms.get(kwargs["name"])
    alarm = put_metric_alarm.moto(self, **kwargs)
    now = context.clock.date()
    alarm.configuration_updated_timestamp = now
    alarm.state_updated_timestamp = alarm.state_transitioned_timestamp = now
    alarm.state_value = "INSUFFICIENT_DATA"
    for name in _STATE if there is not None else ():
        setattr(alarm, name, getattr(there, name))
    _wake()
    return alarm


def _require_modelled(given: dict[str, Any]) -> None:
    if given["comparison_operator"] not in evaluation.COMPARISONS or given.get("threshold_metric_id"):
        raise NotModelled("alarms on anomaly detection")
    queries = given.get("metric_data_queries") or []
    stats = [query.metric_stat for query in queries if query.metric_stat is not None]
    for name in [given.get("extended_statistic") or given.get("statistic"), *(stat.stat for stat in stats)]:
        if name is not None and name not in STATISTICS and not is_percentile(name):
            raise NotModelled(f"the statistic {name}")
    if any(int(period) < MINUTE for period in [given.get("period") or MINUTE, *(stat.period for stat in stats)]):
        raise NotModelled("periods of less than a minute")


@replaces(Alarm)
def update_state(self: Alarm, reason: str, reason_data: str | None, state_value: str) -> None:
    """SetAlarmState: until the next evaluation."""
    alarms.set_state(self, state_value, reason, reason_data or "{}", context.clock.date())
    _wake()


@replaces(CloudWatchBackend)
def put_metric_data(self: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
    for index, datum in enumerate(metric_data, 1):
        self._validate_parameters_put_metric_data(datum, index)
    for datum in metric_data:
        pairs = frozenset((one["Name"], one["Value"]) for one in datum.get("Dimensions") or ())
        metric = Metric(self.region_name, namespace, datum["MetricName"], pairs)
        at = (datum.get("Timestamp") or context.clock.date()).timestamp()
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
