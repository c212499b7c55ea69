"""Metrics by the minute, as CloudWatch aggregates them, in bounded memory.

A minute keeps its sum, count, extremes, and how often there was each value: counts have one value only. What has more
than `MOST_VALUES` different ones is kept to three digits, so that a percentile is at most half a per cent off.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

MINUTE = 60
MOST_MINUTES = 25 * 60
"""Alarms look back for a day."""

MOST_VALUES = 1000
STATISTICS = frozenset({"SampleCount", "Sum", "Average", "Minimum", "Maximum"})
_PERCENTILE = re.compile(r"p(100(\.0{1,2})?|\d{1,2}(\.\d{1,2})?)")

Dimensions = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Metric:
    """ "CloudWatch treats each unique combination of dimensions as a separate metric"."""

    region: str
    namespace: str
    name: str
    dimensions: Dimensions = frozenset()


@dataclass
class Statistics:
    """What is known of a span of time."""

    count: float = 0
    sum: float = 0
    minimum: float = float("inf")
    maximum: float = float("-inf")
    values: dict[float, float] = field(default_factory=dict)
    """Value -> how often. Empty where only statistics were given."""

    def add(self, value: float, times: float = 1) -> None:
        self._count(times, value * times, value, value)
        self._keep(value, times)

    def add_set(self, other: Statistics) -> None:
        self._count(other.count, other.sum, other.minimum, other.maximum)
        for value, times in other.values.items():
            self._keep(value, times)

    def _count(self, count: float, total: float, minimum: float, maximum: float) -> None:
        self.count += count
        self.sum += total
        self.minimum = min(self.minimum, minimum)
        self.maximum = max(self.maximum, maximum)

    def _keep(self, value: float, times: float) -> None:
        crowded = value not in self.values and len(self.values) >= MOST_VALUES
        kept = float(f"{value:.3g}") if crowded else value
        self.values[kept] = self.values.get(kept, 0) + times

    def get(self, statistic: str) -> float | None:
        """A statistic by AWS's name: ``Sum``, ``p99.9``. None where there is no data for it."""
        if not self.count:
            return None
        simple = {
            "SampleCount": self.count,
            "Sum": self.sum,
            "Average": self.sum / self.count,
            "Minimum": self.minimum,
            "Maximum": self.maximum,
        }
        return simple[statistic] if statistic in simple else self._percentile(float(statistic[1:]))

    def _percentile(self, percent: float) -> float | None:
        """The least value that so many per cent do not exceed. Statistics that were given have percentiles only where
        all values are one: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html"""
        if sum(self.values.values()) < self.count:
            return self.minimum if self.minimum == self.maximum else None
        wanted, seen = percent / 100 * self.count, 0.0
        for value in sorted(self.values):
            seen += self.values[value]
            if seen >= wanted:
                return value
        return self.maximum


def is_percentile(statistic: str) -> bool:
    return _PERCENTILE.fullmatch(statistic) is not None


class Store:
    """All metrics of all regions. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._series: dict[Metric, dict[str | None, dict[int, Statistics]]] = {}
        """By unit, by the minute's beginning (seconds since the epoch)."""

        self.changed: Callable[[float], None] = lambda _: None
        """Called after each new point with its time, in the thread that brought it."""

    def put(self, metric: Metric, at: float, value: float, unit: str | None = None, *, quietly: bool = False) -> None:
        """``at``: seconds since the epoch. ``quietly``: nobody is told, because it is no news."""
        with self._lock:
            self._at(metric, at, unit).add(value)
        if not quietly:
            self.changed(at)

    def put_set(self, metric: Metric, at: float, given: Statistics, unit: str | None = None) -> None:
        with self._lock:
            self._at(metric, at, unit).add_set(given)
        self.changed(at)

    def _at(self, metric: Metric, at: float, unit: str | None) -> Statistics:
        """Of this minute, with room for it."""
        minutes = self._series.setdefault(metric, {}).setdefault(unit, {})
        minute = int(at // MINUTE) * MINUTE
        found = minutes.get(minute)
        if found is None:
            found = minutes[minute] = Statistics()
            while len(minutes) > MOST_MINUTES:
                del minutes[min(minutes)]
        return found

    def read(self, metric: Metric, start: int, end: int, unit: str | None = None) -> Statistics:
        """What was put from ``start`` until before ``end``; of any unit where none is named."""
        found = Statistics()
        with self._lock:
            for given, minutes in self._series.get(metric, {}).items():
                if unit not in (None, given):
                    continue
                for minute in _between(minutes, start, end):
                    found.add_set(minutes[minute])
        return found

    def unit(self, metric: Metric) -> str:
        """The unit that the metric's points have; ``None``, as AWS writes it, where nobody gave one."""
        with self._lock:
            return next((unit for unit in self._series.get(metric, {}) if unit), "None")

    def metrics(self, region: str) -> list[Metric]:
        with self._lock:
            return [metric for metric in self._series if metric.region == region]


def _between(minutes: dict[int, Statistics], start: int, end: int) -> Iterator[int]:
    span: Iterable[int] = range(-(-start // MINUTE) * MINUTE, end, MINUTE)
    if (end - start) // MINUTE > len(minutes):
        span = [minute for minute in minutes if start <= minute < end]
    return (minute for minute in span if minute in minutes)


STORE = Store()
"""Of this sandbox: written by the data plane and PutMetricData, read by alarms and the API."""
