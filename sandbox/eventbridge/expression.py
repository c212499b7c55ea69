"""Schedule expressions: ``rate(3 days)`` and ``cron(0 10 * * ? *)``, in UTC.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html. What that page does not list is
refused, also where AWS is known to be lenient (a comma at the end of a field).
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

FIRST_YEAR, LAST_YEAR = 1970, 2199
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_RATE = re.compile(r"rate\(([1-9]\d*) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\((.*)\)")
_PART = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


class InvalidExpressionError(ValueError):
    """It is no schedule expression."""


class Schedule(Protocol):
    def next(self, after: datetime) -> datetime | None:
        """When it fires next, later than this (UTC); None when never."""


@dataclass(frozen=True)
class Rate:
    interval: timedelta

    def next(self, after: datetime) -> datetime:
        return after + self.interval


@dataclass(frozen=True)
class Cron:
    minutes: list[int]
    hours: list[int]
    on: Callable[[date], bool]

    def next(self, after: datetime) -> datetime | None:
        day = after.date()
        while day.year <= LAST_YEAR:
            if self.on(day):
                for hour in self.hours:
                    for minute in self.minutes:
                        moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)
                        if moment > after:
                            return moment
            day += timedelta(days=1)
        return None


def parse(text: str) -> Schedule:
    """Raises InvalidExpressionError."""
    if match := _RATE.fullmatch(text):
        return _rate(int(match[1]), match[2], plural=bool(match[3]))
    if (match := _CRON.fullmatch(text)) and len(fields := match[1].split()) == 6:
        return _cron(*fields)
    raise InvalidExpressionError(text)


def _rate(value: int, unit: str, *, plural: bool) -> Rate:
    if plural != (value > 1):
        raise InvalidExpressionError(f"{value} {unit}")
    try:
        return Rate(timedelta(seconds=value * _SECONDS[unit]))
    except OverflowError:
        raise InvalidExpressionError(str(value)) from None


def _cron(minute: str, hour: str, day: str, month: str, weekday: str, year: str) -> Cron:
    if (day == "?") == (weekday == "?"):
        raise InvalidExpressionError("one of day-of-month and day-of-week is ?, and only one")
    months = _numbers(month, 1, 12, _MONTHS)
    years = _numbers(year, FIRST_YEAR, LAST_YEAR)
    is_day = _days_of_month(day) if weekday == "?" else _days_of_week(weekday)
    return Cron(
        sorted(_numbers(minute, 0, 59)),
        sorted(_numbers(hour, 0, 23)),
        lambda today: today.year in years and today.month in months and is_day(today),
    )


def _numbers(field: str, lowest: int, highest: int, names: tuple[str, ...] = ()) -> frozenset[int]:
    """What ``*``, ``1``, ``1-5``, ``0/15`` and lists of those stand for."""

    def number(word: str) -> int:
        value = names.index(word) + lowest if word in names else int(word) if word.isdecimal() else -1
        if not lowest <= value <= highest:
            raise InvalidExpressionError(word)
        return value

    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            raise InvalidExpressionError(part)
        first = number(match["first"]) if match["first"] else lowest
        alone = match["first"] and not match["last"] and not match["step"]
        last = number(match["last"]) if match["last"] else first if alone else highest
        step = int(match["step"] or 1)
        if last < first or not 1 <= step <= highest:
            raise InvalidExpressionError(part)
        found.update(range(first, last + 1, step))
    return frozenset(found)


def _days_of_month(field: str) -> Callable[[date], bool]:
    """Also ``L``, the last, and ``3W``, the weekday nearest to the third."""
    if field == "L":
        return lambda today: today.day == _length(today)
    if match := re.fullmatch(r"(\d+)W", field):
        (wanted,) = _numbers(match[1], 1, 31)
        return lambda today: today.day == _nearest_weekday(today, wanted)
    days = _numbers(field, 1, 31)
    return lambda today: today.day in days


def _days_of_week(field: str) -> Callable[[date], bool]:
    """Also ``L``, the last of the week, and ``3#2``, the second Tuesday."""
    if field == "L":
        field = "SAT"
    if match := re.fullmatch(r"(\w+)#([1-5])", field):
        (wanted,), week = _numbers(match[1], 1, 7, _WEEKDAYS), int(match[2])
        return lambda today: _weekday(today) == wanted and (today.day + 6) // 7 == week
    if "/" in field:
        raise InvalidExpressionError(field)
    days = _numbers(field, 1, 7, _WEEKDAYS)
    return lambda today: _weekday(today) in days


def _weekday(today: date) -> int:
    """1 is Sunday."""
    return today.isoweekday() % 7 + 1


def _length(month: date) -> int:
    return monthrange(month.year, month.month)[1]


def _nearest_weekday(month: date, wanted: int) -> int:
    """Its day, in the same month; 0 where the month is too short."""
    if wanted > _length(month):
        return 0
    day = month.replace(day=wanted)
    if day.isoweekday() == 6:
        return wanted - 1 if wanted > 1 else wanted + 2
    if day.isoweekday() == 7:
        return wanted + 1 if wanted < _length(month) else wanted - 2
    return wanted
