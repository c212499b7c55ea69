"""What state an alarm is in, by the points that it looks at. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

EXTRA_PERIODS = 2
"""How many more periods than asked for are looked at, in case some have no data: AWS's tables look at five for three,
and "the exact number" is not documented."""

OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"

_COMPARISONS: dict[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
"""The static ones. The others compare with a band of anomaly detection."""

COMPARISONS = frozenset(_COMPARISONS)


@dataclass(frozen=True)
class Condition:
    """What makes an alarm fire."""

    comparison: str
    threshold: float
    periods: int
    points: int | None = None
    """``DatapointsToAlarm``; None: as many as `periods`."""

    missing: str = "missing"
    """``TreatMissingData``."""

    def breaches(self, value: float) -> bool:
        return _COMPARISONS[self.comparison][0](value, self.threshold)


@dataclass(frozen=True)
class Point:
    """A period's beginning (seconds since the epoch), and its value where there is one."""

    at: int
    value: float | None


@dataclass(frozen=True)
class Outcome:
    """The state, and why, in AWS's words. None: the alarm stays as it is."""

    state: str | None
    reason: str = ""
    evaluated: tuple[Point, ...] = ()
    """The real points that decided, newest first."""


def evaluate(condition: Condition, points: Sequence[Point]) -> Outcome:
    """``points``: of each period of the evaluation range, the newest first."""
    wanted = condition.points or condition.periods
    real = [point for point in points if point.value is not None]
    bad = [point for point in real[: condition.periods] if condition.breaches(_value(point))]
    filled = max(0, condition.periods - len(real))
    evaluated = tuple(real[: condition.periods])
    if filled and condition.missing in ("missing", "ignore") and len(bad) < wanted and len(bad) == len(real):
        return _without_enough(condition, points, evaluated, wanted)
    breaching = len(bad) + (filled if condition.missing == "breaching" else 0)
    state = ALARM if breaching >= wanted else OK
    return Outcome(state, _reason(condition, state, evaluated, filled), evaluated)


def _without_enough(
    condition: Condition, points: Sequence[Point], evaluated: tuple[Point, ...], wanted: int
) -> Outcome:
    """Nothing but breaching points, and fewer than are wanted. "Alarms are designed to always go into ALARM state when
    the oldest available breaching datapoint […] is at least as old as the value of Datapoints to Alarm"."""
    if condition.missing == "ignore":
        return Outcome(None)
    oldest = max((age for age, point in enumerate(points, 1) if point.value is not None), default=0)
    if oldest >= wanted:
        return Outcome(ALARM, _reason(condition, ALARM, evaluated, 0), evaluated)
    unknown = condition.periods - len(evaluated)
    return Outcome(UNKNOWN, f"Insufficient Data: {_many(unknown, 'datapoint')} unknown.", evaluated)


def _reason(condition: Condition, state: str, evaluated: tuple[Point, ...], filled: int) -> str:
    """In AWS's words: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
    shows those with "minimum"; those without, which come where DatapointsToAlarm is not given, and those about missing
    points are in https://github.com/localstack/localstack/blob/main/tests/aws/services/cloudwatch/
    test_cloudwatch.snapshot.json."""
    fired = state == ALARM
    shown = [point for point in evaluated if condition.breaches(_value(point)) == fired]
    words = _COMPARISONS[condition.comparison][1]
    compared = f"{'' if fired else 'not '}{words} the threshold ({condition.threshold!r})"
    treated = ""
    if filled and condition.missing in ("breaching", "notBreaching"):
        as_what = "Breaching" if condition.missing == "breaching" else "NonBreaching"
        treated = f"{_many(filled, 'missing datapoint')} treated as [{as_what}]"
    if not shown:
        received = f"no datapoints were received for {condition.periods} period{_plural(condition.periods)}"
        return f"Threshold Crossed: {received}{f' and {treated}' if treated else ''}."
    values = ", ".join(f"{_value(point)!r} ({moment(point.at):%d/%m/%y %H:%M:%S})" for point in shown)
    were = "was" if len(shown) == 1 else "were"
    treated = f" and {treated}" if treated else ""
    if condition.points is None:
        return f"Threshold Crossed: {len(shown)} datapoint{_plural(len(shown))} [{values}] {were} {compared}{treated}."
    least = condition.points if fired else condition.periods - condition.points + 1
    change = "OK -> ALARM" if fired else "ALARM -> OK"
    return (
        f"Threshold Crossed: {len(shown)} out of the last {condition.periods} datapoints [{values}] {were} {compared}"
        f"{treated} (minimum {least} datapoint{_plural(least)} for {change} transition)."
    )


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def epoch(date: datetime) -> float:
    """Seconds since the epoch; moto's dates may lack their time zone, which is UTC."""
    return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()


def _value(point: Point) -> float:
    assert point.value is not None
    return float(point.value)


def _many(count: int, what: str) -> str:
    return f"{count} {what}{_plural(count)} {'was' if count == 1 else 'were'}"


def _plural(count: int) -> str:
    return "" if count == 1 else "s"
