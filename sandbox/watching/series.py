"""The points of queries: of metrics, and of expressions on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.watching import mathematics
from sandbox.watching.mathematics import ExpressionError, Known, Series
from sandbox.watching.store import MINUTE, Metric, Store


@dataclass(frozen=True)
class Statistic:
    """What of a metric."""

    metric: Metric
    name: str
    """``Sum``, ``p99`` and the like."""

    period: int
    unit: str | None = None


@dataclass(frozen=True)
class Query:
    """A ``MetricDataQuery``: a statistic, or an expression."""

    id: str
    statistic: Statistic | None = None
    expression: str = ""
    returned: bool = True
    label: str = ""


def of_statistic(store: Store, wanted: Statistic, starts: Sequence[int], until: int) -> Series:
    """One value for each period that begins at ``starts``, as it is known at ``until`` (seconds since the epoch): what
    AWS's services report of a minute is there when the minute is over."""
    if wanted.metric.namespace.startswith("AWS/"):
        until = until // MINUTE * MINUTE
    spans = [(start, min(start + wanted.period, max(until, start))) for start in starts]
    return [store.read(wanted.metric, start, end, wanted.unit).get(wanted.name) for start, end in spans]


def period(queries: Sequence[Query]) -> int:
    """That of an expression on them."""
    return max((query.statistic.period for query in queries if query.statistic is not None), default=60)


class Computed:
    """The series of one set of queries, each computed once."""

    def __init__(self, store: Store, queries: Sequence[Query], starts: Sequence[int], until: int):
        self._store = store
        self._queries = {query.id: query for query in queries}
        self._starts = starts
        self._until = until
        self._period = period(queries)
        self._done: dict[str, list[Series]] = {}
        self._doing: set[str] = set()

    def of(self, id: str) -> list[Series]:
        """One series, or those of an array. Raises ExpressionError."""
        if id in self._doing:
            raise ExpressionError(f"Error in expression {id!r}: it refers to itself")
        if id not in self._done:
            self._doing.add(id)
            try:
                self._done[id] = self._compute(self._queries[id])
            finally:
                self._doing.remove(id)
        return self._done[id]

    def _compute(self, query: Query) -> list[Series]:
        if query.statistic is not None:
            return [of_statistic(self._store, query.statistic, self._starts, self._until)]
        metrics = tuple(one.id for one in self._queries.values() if one.statistic is not None)
        named = [one for one in self._queries if one in metrics or one in query.expression]
        series = {one: self.of(one)[0] for one in named if one != query.id}
        return mathematics.compute(query.expression, Known(series, metrics, self._period, len(self._starts)))
