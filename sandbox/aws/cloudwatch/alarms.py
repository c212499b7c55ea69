"""Alarms: their state is what `sandbox.watching` found, or somebody set, and their history tells of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult

from sandbox.aws import context
from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import adds, replaces
from sandbox.watching import alarms, evaluation
from sandbox.watching.alarms import Change
from sandbox.watching.evaluation import epoch
from sandbox.watching.mathematics import ExpressionError, Known, NotModelledExpressionError, Series, compute
from sandbox.watching.store import MINUTE, STATISTICS, is_percentile

_STATE = (
    *("state_value", "state_reason", "state_reason_data", "state_updated_timestamp", "state_transitioned_timestamp"),
    "history",
)

_waker: Callable[[], None] | None = None
_changed: Callable[[Change], None] | None = None


def connect(waker: Callable[[], None] | None, changed: Callable[[Change], None] | None) -> None:
    """Who is told that an alarm is new or other from now on, and of states that are set; None when nobody is."""
    global _waker, _changed
    _waker, _changed = waker, changed


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
    alarm.state_value, alarm.state_reason_data = "INSUFFICIENT_DATA", None
    for name in _STATE if there is not None else ():
        setattr(alarm, name, getattr(there, name))
    done = "created" if there is None else "updated"
    data = json.dumps({"version": "1.0", "type": "Create" if there is None else "Update"})
    alarms.remember(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {done}', data, now)
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
    _require_expressions(queries)
    if any(int(period) < MINUTE for period in [given.get("period") or MINUTE, *(stat.period for stat in stats)]):
        raise NotModelled("periods of less than a minute")


def _require_expressions(queries: list[Any]) -> None:
    """That each of them can be computed, whatever the metrics will be."""
    nothing: dict[str, Series] = {query.id: [None] for query in queries}
    metrics = tuple(query.id for query in queries if query.metric_stat is not None)
    for query in queries:
        if query.metric_stat is not None:
            continue
        if (query.expression or "").lstrip().upper().startswith("SELECT"):
            raise NotModelled("Metrics Insights")
        try:
            compute(query.expression or "", Known(nothing, metrics, MINUTE, 1))
        except NotModelledExpressionError as problem:
            raise NotModelled(str(problem)) from None
        except ExpressionError as problem:
            raise ValidationError(str(problem)) from None


@replaces(Alarm)
def update_state(self: Alarm, reason: str, reason_data: str | None, state_value: str) -> None:
    """SetAlarmState: until the next evaluation."""
    change = alarms.set_state(self, state_value, reason, reason_data or "{}", context.clock.date())
    if change is not None and _changed is not None:
        _changed(change)
    _wake()


MOST_RECORDS = 100


@adds(CloudWatchResponse)
def describe_alarm_history(self: CloudWatchResponse) -> ActionResult:
    """Of the alarms that are there: AWS also keeps that of those that are gone."""
    given = self._get_params()
    kinds = given.get("AlarmTypes") or ["MetricAlarm"]
    found = [
        entry
        for alarm in self.cloudwatch_backend.alarms.values()
        for entry in alarm.history
        if given.get("AlarmName") in (None, alarm.name)
        and entry["AlarmType"] in kinds
        and given.get("HistoryItemType") in (None, entry["HistoryItemType"])
        and _within(entry["Timestamp"], given.get("StartDate"), given.get("EndDate"))
    ]
    found.sort(key=lambda entry: entry["Timestamp"], reverse=given.get("ScanBy") != "TimestampAscending")
    first, most = _first(given.get("NextToken") or "0"), int(given.get("MaxRecords") or MOST_RECORDS)
    token = {"NextToken": str(first + most)} if len(found) > first + most else {}
    return ActionResult({"AlarmHistoryItems": found[first : first + most], **token})


def _first(token: str) -> int:
    if not token.isdecimal():
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
        raise InvalidNextToken
    return int(token)


class InvalidNextToken(ServiceException):  # type: ignore[misc]
    code = "InvalidNextToken"
    message = "The next token specified is invalid."


def _within(at: datetime, start: datetime | None, end: datetime | None) -> bool:
    seconds = at.timestamp()
    return (start is None or epoch(start) <= seconds) and (end is None or seconds <= epoch(end))
