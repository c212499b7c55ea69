"""Alarms as moto keeps them, and what each looks at. Call this with the lock held."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.cloudwatch.models import Alarm, cloudwatch_backends

from sandbox.state import ACCOUNT
from sandbox.watching.evaluation import EXTRA_PERIODS, Condition
from sandbox.watching.series import Query, Statistic, period
from sandbox.watching.store import Metric

MOST_HISTORY = 500
"""Entries of one alarm that are kept, at most."""


@dataclass(frozen=True)
class Definition:
    """What a metric alarm compares with what."""

    condition: Condition
    queries: tuple[Query, ...]

    @property
    def watched(self) -> Query:
        """What is compared."""
        return next(query for query in self.queries if query.returned)

    @property
    def period(self) -> int:
        return period(self.queries)

    @property
    def range(self) -> int:
        """How many periods are looked at."""
        return self.condition.periods + EXTRA_PERIODS


@dataclass(frozen=True)
class Change:
    """An alarm went from one state to another. `before` and `after` are `snapshot`."""

    region: str
    name: str
    before: dict[str, Any]
    after: dict[str, Any]
    actions: tuple[str, ...]
    """What is to be done in the new state."""


def everywhere() -> Iterable[Alarm]:
    for backend in list(cloudwatch_backends[ACCOUNT].values()):
        yield from list(backend.alarms.values())


def find(region: str, name: str) -> Alarm | None:
    return cloudwatch_backends[ACCOUNT][region].alarms.get(name)


def definition(alarm: Alarm) -> Definition:
    """Of a metric alarm with a static threshold: there are no others (`sandbox.aws.rules.cloudwatch`)."""
    condition = Condition(
        comparison=alarm.comparison_operator,
        threshold=float(alarm.threshold),
        periods=int(alarm.evaluation_periods),
        points=None if alarm.datapoints_to_alarm is None else int(alarm.datapoints_to_alarm),
        missing=alarm.treat_missing_data or "missing",
    )
    if alarm.metric_data_queries:
        return Definition(condition, tuple(_query(alarm.region_name, query) for query in alarm.metric_data_queries))
    metric = Metric(alarm.region_name, alarm.namespace, alarm.metric_name, _pairs(alarm.dimensions))
    name = alarm.extended_statistic or alarm.statistic
    return Definition(condition, (Query("m", Statistic(metric, name, int(alarm.period), alarm.unit or None)),))


def _query(region: str, query: Any) -> Query:
    returned = query.return_data is not False
    if query.metric_stat is None:
        return Query(query.id, expression=query.expression or "", returned=returned)
    stat = query.metric_stat
    metric = Metric(region, stat.metric.namespace, stat.metric.metric_name, _pairs(stat.metric.dimensions))
    wanted = Statistic(metric, stat.stat, int(stat.period), stat.unit or None)
    return Query(query.id, wanted, returned=returned)


def _pairs(dimensions: Iterable[Any]) -> frozenset[tuple[str, str]]:
    return frozenset((dimension.name, dimension.value) for dimension in dimensions)


def actions(alarm: Alarm) -> tuple[str, ...]:
    """What is to be done in the state that it has."""
    if not alarm.actions_enabled:
        return ()
    named = {"OK": alarm.ok_actions, "ALARM": alarm.alarm_actions}
    return tuple(named.get(alarm.state_value, alarm.insufficient_data_actions) or ())


def set_state(alarm: Alarm, state: str, reason: str, data: str, at: datetime) -> Change | None:
    """The alarm goes to this state; its history says so. None where it had it already."""
    shown, before = snapshot(alarm), _state(alarm)
    summary = f"Alarm updated from {alarm.state_value} to {state}"
    changed = alarm.state_value != state
    if changed:
        alarm.state_transitioned_timestamp = at
    alarm.state_value, alarm.state_reason, alarm.state_reason_data = state, reason, data
    alarm.state_updated_timestamp = at
    history = {"version": "1.0", "oldState": before, "newState": _state(alarm)}
    remember(alarm, "StateUpdate", summary, json.dumps(history), at)
    return Change(alarm.region_name, alarm.name, shown, snapshot(alarm), actions(alarm)) if changed else None


def _state(alarm: Alarm) -> dict[str, Any]:
    state = {"stateValue": alarm.state_value, "stateReason": alarm.state_reason}
    data = json.loads(alarm.state_reason_data or "{}")
    return state | ({"stateReasonData": data} if data else {})


def remember(alarm: Alarm, kind: str, summary: str, data: str, at: datetime) -> None:
    alarm.history.append(
        {
            "AlarmName": alarm.name,
            "AlarmType": "MetricAlarm" if alarm.rule is None else "CompositeAlarm",
            "Timestamp": at,
            "HistoryItemType": kind,
            "HistorySummary": summary,
            "HistoryData": data,
        }
    )
    del alarm.history[:-MOST_HISTORY]


def snapshot(alarm: Alarm) -> dict[str, Any]:
    """What there is to tell of an alarm, of its own: it may change meanwhile."""
    return {
        "name": alarm.name,
        "arn": alarm.alarm_arn,
        "description": alarm.description,
        "configured": _seconds(alarm.configuration_updated_timestamp),
        "state": alarm.state_value,
        "reason": alarm.state_reason,
        "reason_data": alarm.state_reason_data,
        "updated": _seconds(alarm.state_updated_timestamp),
        "ok_actions": list(alarm.ok_actions or ()),
        "alarm_actions": list(alarm.alarm_actions or ()),
        "insufficient_data_actions": list(alarm.insufficient_data_actions or ()),
        "metric_name": alarm.metric_name,
        "namespace": alarm.namespace,
        "statistic": alarm.statistic,
        "extended_statistic": alarm.extended_statistic,
        "unit": alarm.unit,
        "dimensions": [(dimension.name, dimension.value) for dimension in alarm.dimensions],
        "period": alarm.period,
        "evaluation_periods": alarm.evaluation_periods,
        "datapoints_to_alarm": alarm.datapoints_to_alarm,
        "comparison_operator": alarm.comparison_operator,
        "threshold": alarm.threshold,
        "treat_missing_data": alarm.treat_missing_data,
        "low_samples": alarm.evaluate_low_sample_count_percentile,
        "metrics": [_shown(query) for query in alarm.metric_data_queries],
    }


def _shown(query: Any) -> dict[str, Any]:
    shown = {"id": query.id, "returned": query.return_data is not False, "label": query.label or ""}
    if query.metric_stat is None:
        return shown | {"expression": query.expression}
    stat = query.metric_stat
    return shown | {
        "expression": "",
        "namespace": stat.metric.namespace,
        "metric_name": stat.metric.metric_name,
        "dimensions": [(dimension.name, dimension.value) for dimension in stat.metric.dimensions],
        "period": stat.period,
        "stat": stat.stat,
    }


def _seconds(date: datetime) -> float:
    return date.timestamp()
