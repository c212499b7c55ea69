"""Metric math, as far as alarms of a service need it. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html: "Missing values in a time series
are treated as 0. If the value of a data point causes a function to attempt to divide by zero, the data point is
dropped." Where both series have no value, neither has the result.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Series = list[float | None]


@dataclass(frozen=True)
class Array:
    """Several time series."""

    series: list[Series]


Value = float | Series | Array

_TOKEN = re.compile(
    r"\s*(?:(\d+\.?\d*|\.\d+)|([A-Za-z_]\w*)|(\"[^\"]*\"|'[^']*')|(==|!=|<=|>=|&&|\|\||[-+*/^<>()\[\],]))"
)


class ExpressionError(Exception):
    """The expression cannot be read. The message says why."""


class NotModelledExpressionError(ExpressionError):
    """It uses a function that the sandbox does not have. The message names it."""


@dataclass(frozen=True)
class Known:
    """What an expression may refer to."""

    series: Mapping[str, Series]
    """By id: metrics, and other expressions."""

    metrics: tuple[str, ...]
    """Those ids that are metrics: what METRICS() means."""

    period: int
    """Seconds between two points."""

    length: int


def compute(expression: str, known: Known) -> list[Series]:
    """One series, or several. Raises ExpressionError."""
    parser = _Parser(_tokens(expression), known)
    value = parser.whole()
    if isinstance(value, float):
        raise ExpressionError("The expression returns a scalar, and must return a time series.")
    return value.series if isinstance(value, Array) else [value]


def _tokens(text: str) -> list[str]:
    found, position = [], 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ExpressionError(f"Error in expression: unexpected {text[position:].strip()[:1]!r}")
        found.append(match[0].strip())
        position = match.end()
    return found


# Operators ------------------------------------------------------------------------------------------------------------


def _divided(left: float, right: float) -> float | None:
    return None if right == 0 else left / right


def _power(left: float, right: float) -> float | None:
    try:
        return float(left**right)
    except (OverflowError, ZeroDivisionError, TypeError):
        return None


_OPERATORS: dict[str, Callable[[float, float], float | None]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "^": _power,
    "<": lambda left, right: float(left < right),
    "<=": lambda left, right: float(left <= right),
    ">": lambda left, right: float(left > right),
    ">=": lambda left, right: float(left >= right),
    "==": lambda left, right: float(left == right),
    "!=": lambda left, right: float(left != right),
    "AND": lambda left, right: float(bool(left) and bool(right)),
    "OR": lambda left, right: float(bool(left) or bool(right)),
}
_SAME = {"&&": "AND", "||": "OR"}
_LEVELS = (("OR", "||"), ("AND", "&&"), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/"))
"""What binds least comes first."""


def _apply(symbol: str, left: Value, right: Value) -> Value:
    function = _OPERATORS[_SAME.get(symbol, symbol)]
    if isinstance(left, float) and isinstance(right, float):
        result = function(left, right)
        if result is None:
            raise ExpressionError("The expression divides by zero.")
        return result
    if not isinstance(left, Array) and not isinstance(right, Array):
        return _pointwise(function, left, right)
    lefts, rights = _each(left, right), _each(right, left)
    if len(lefts) != len(rights):
        raise ExpressionError("The expression combines arrays of different lengths.")
    return Array([_pointwise(function, one, other) for one, other in zip(lefts, rights, strict=True)])


def _each(value: Value, other: Value) -> list[float | Series]:
    """One for each series of the other, where that is an array."""
    if isinstance(value, Array):
        return list(value.series)
    return [value] * len(other.series) if isinstance(other, Array) else [value]


def _pointwise(function: Callable[[float, float], float | None], left: float | Series, right: float | Series) -> Series:
    """Of two of which one is a series at least."""
    if isinstance(left, float):
        assert not isinstance(right, float)
        return [None if point is None else function(left, point) for point in right]
    if isinstance(right, float):
        return [None if point is None else function(point, right) for point in left]
    return [
        None if one is None and other is None else function(one or 0.0, other or 0.0)
        for one, other in zip(left, right, strict=True)
    ]


# Functions ------------------------------------------------------------------------------------------------------------

Function = Callable[[Known, list[Value]], Value]


def _of_points(function: Callable[[float], float]) -> Function:
    def of_series(series: Series) -> Series:
        return [None if point is None else float(function(point)) for point in series]

    def apply(_known: Known, arguments: list[Value]) -> Value:
        (value,) = arguments
        if isinstance(value, float):
            return float(function(value))
        return Array([of_series(one) for one in value.series]) if isinstance(value, Array) else of_series(value)

    return apply


def _over(function: Callable[[list[float]], float]) -> Function:
    """A scalar of one series; of an array, a series."""

    def apply(_known: Known, arguments: list[Value]) -> Value:
        (value,) = arguments
        if isinstance(value, float):
            raise ExpressionError("The function takes time series, and got a scalar.")
        if isinstance(value, Array):
            columns = [_present(column) for column in zip(*value.series, strict=True)]
            return [float(function(column)) if column else None for column in columns]
        points = _present(value)
        return float(function(points)) if points else 0.0

    return apply


def _present(points: Sequence[float | None]) -> list[float]:
    return [point for point in points if point is not None]


def _average(known: Known, arguments: list[Value]) -> Value:
    """Over an array, "missing values are treated as 0"."""
    (value,) = arguments
    if isinstance(value, Array):
        return _apply("/", _over(sum)(known, arguments), float(max(len(value.series), 1)))
    return _over(lambda points: sum(points) / len(points))(known, arguments)


def _fill(_known: Known, arguments: list[Value]) -> Value:
    value, filler = arguments
    if isinstance(value, float) or isinstance(filler, Array):
        raise ExpressionError("FILL takes time series, and a scalar or a time series to fill them with.")

    def filled(series: Series) -> Series:
        fillers = [filler] * len(series) if isinstance(filler, float) else filler
        return [other if point is None else point for point, other in zip(series, fillers, strict=True)]

    return Array([filled(one) for one in value.series]) if isinstance(value, Array) else filled(value)


def _if(known: Known, arguments: list[Value]) -> Value:
    """A true point without a value is 0, a false one is dropped. A condition without a value is so too, unless what is
    false is a scalar: AWS's tables show that."""
    condition, yes, *rest = arguments
    dropped: Series = [None] * known.length
    no: Value = rest[0] if rest else dropped
    if isinstance(condition, float):
        return yes if condition else no
    if isinstance(condition, Array) or isinstance(yes, Array) or isinstance(no, Array):
        raise ExpressionError("IF takes scalars and time series, and got an array.")
    points: Series = []
    for index, point in enumerate(condition):
        when_false = no if isinstance(no, float) else no[index]
        if point:
            points.append(yes if isinstance(yes, float) else yes[index] or 0.0)
        else:
            points.append(when_false if point is not None or isinstance(no, float) else None)
    return points


def _metric_count(_known: Known, arguments: list[Value]) -> Value:
    (value,) = arguments
    return float(len(value.series)) if isinstance(value, Array) else 1.0


_FUNCTIONS: dict[str, tuple[Function, range]] = {
    "ABS": (_of_points(abs), range(1, 2)),
    "AVG": (_average, range(1, 2)),
    "CEIL": (_of_points(math.ceil), range(1, 2)),
    "FILL": (_fill, range(2, 3)),
    "FLOOR": (_of_points(math.floor), range(1, 2)),
    "IF": (_if, range(2, 4)),
    "MAX": (_over(max), range(1, 2)),
    "METRIC_COUNT": (_metric_count, range(1, 2)),
    "MIN": (_over(min), range(1, 2)),
    "PERIOD": (lambda known, _: float(known.period), range(1, 2)),
    "SUM": (_over(sum), range(1, 2)),
}
"""With how many arguments."""


class _Parser:
    """Reads and computes at once: an expression is looked at once a minute."""

    def __init__(self, tokens: list[str], known: Known):
        self._tokens = tokens
        self._known = known
        self._position = 0

    def whole(self) -> Value:
        value = self._level(0)
        if self._next is not None:
            raise ExpressionError(f"Error in expression: unexpected {self._next!r}")
        return value

    @property
    def _next(self) -> str | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _take(self, wanted: str | None = None) -> str:
        token = self._next
        if token is None or wanted not in (None, token):
            raise ExpressionError(f"Error in expression: expected {wanted or 'more'!r}, got {token!r}")
        self._position += 1
        return token

    def _level(self, level: int) -> Value:
        if level == len(_LEVELS):
            return self._power()
        value = self._level(level + 1)
        while self._next in _LEVELS[level]:
            symbol = self._take()
            value = _apply(symbol, value, self._level(level + 1))
        return value

    def _power(self) -> Value:
        if self._next == "-":
            self._take()
            return _apply("-", 0.0, self._power())
        value = self._atom()
        if self._next == "^":
            self._take()
            return _apply("^", value, self._power())
        return value

    def _atom(self) -> Value:
        token = self._take()
        if token == "(":
            value = self._level(0)
            self._take(")")
            return value
        if token == "[":
            return Array([self._series(value) for value in self._list("]")])
        if token[0].isdigit() or token[0] == ".":
            return float(token)
        if self._next == "(":
            return self._call(token)
        if token in self._known.series:
            return list(self._known.series[token])
        raise ExpressionError(f"Error in expression: {token!r} is not defined")

    def _list(self, end: str) -> list[Value]:
        values: list[Value] = []
        while self._next != end:
            values.append(self._level(0))
            if self._next != end:
                self._take(",")
        self._take(end)
        return values

    def _series(self, value: Value) -> Series:
        if isinstance(value, float | Array):
            raise ExpressionError("An array has time series.")
        return value

    def _call(self, name: str) -> Value:
        self._take("(")
        if name == "METRICS":
            part = "" if self._next == ")" else self._take().strip("\"'")
            self._take(")")
            return Array([list(self._known.series[one]) for one in self._known.metrics if part in one])
        if name not in _FUNCTIONS:
            raise NotModelledExpressionError(f"the function {name} of metric math")
        arguments = self._list(")")
        function, counts = _FUNCTIONS[name]
        if len(arguments) not in counts:
            raise ExpressionError(f"Error in expression: {name} got {len(arguments)} arguments")
        return function(self._known, arguments)
