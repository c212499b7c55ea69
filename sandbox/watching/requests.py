"""What load balancers and HTTP APIs report of requests.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html has each
metric's dimensions. "If there are no requests flowing through the load balancer or no data for a metric, the metric is
not reported": a minute without errors has no point of them.
"""

from __future__ import annotations

from functools import cache

from sandbox.clock import Clock
from sandbox.watching.store import STORE, Metric, Store

NAMESPACE = "AWS/ApplicationELB"


def balancer(arn: str) -> tuple[str, str]:
    """The dimension of a load balancer, by its ARN or that of one of its listeners."""
    return "LoadBalancer", "/".join(arn.split(":", 5)[5].split("/")[1:4])


def target_group(arn: str) -> tuple[str, str]:
    return "TargetGroup", arn.split(":", 5)[5]


# Each of these is asked for with each request, and has the same answer each time.


@cache
def _of_both(listener: str, group: str, name: str) -> tuple[Metric, ...]:
    of = balancer(listener)
    return _metrics(listener, name, {of}, {target_group(group), of})


@cache
def _per_target(listener: str, group: str) -> tuple[Metric, ...]:
    of = target_group(group)
    return _metrics(listener, "RequestCountPerTarget", {of}, {of, balancer(listener)})


@cache
def _of_balancer(listener: str, name: str) -> tuple[Metric, ...]:
    return _metrics(listener, name, {balancer(listener)})


def _metrics(listener: str, name: str, *dimensions: set[tuple[str, str]]) -> tuple[Metric, ...]:
    return tuple(Metric(listener.split(":")[3], NAMESPACE, name, frozenset(one)) for one in dimensions)


@cache
def _of_stage(region: str, api: str, stage: str, name: str) -> tuple[Metric, ...]:
    of = ("ApiId", api)
    dimensions = (frozenset({of}), frozenset({of, ("Stage", stage)}))
    return tuple(Metric(region, "AWS/ApiGateway", name, one) for one in dimensions)


class _Reports:
    """Each point is of the minute of the answer, by the sandbox's clock."""

    def __init__(self, clock: Clock, store: Store = STORE):
        self._clock = clock
        self._store = store

    def _put(self, metrics: tuple[Metric, ...], value: float = 1, unit: str = "Count") -> None:
        at = self._clock.date().timestamp()
        for one in metrics:
            self._store.put(one, at, value, unit)


class Requests(_Reports):
    """Of load balancers. Response times are real seconds at any time scale: the program that answers does not run any
    faster."""

    def chosen(self, listener: str, group: str, targets: int) -> None:
        """A target was chosen among so many. "Requests that are rejected before a target is chosen are not reflected"
        in the counts."""
        self._put(_of_both(listener, group, "RequestCount"))
        self._put(_per_target(listener, group), 1 / max(targets, 1), "None")

    def answered(self, listener: str, group: str, status: int, seconds: float) -> None:
        """The target answered, after so many seconds."""
        self._put(_of_both(listener, group, f"HTTPCode_Target_{status // 100}XX_Count"))
        self._put(_of_both(listener, group, "TargetResponseTime"), seconds, "Seconds")

    def unreachable(self, listener: str, group: str) -> None:
        """No connection with the target was made."""
        self._put(_of_both(listener, group, "TargetConnectionErrorCount"))

    def own(self, listener: str, status: int) -> None:
        """The load balancer answered by itself."""
        names = [f"HTTPCode_ELB_{status // 100}XX_Count"] if status >= 300 else []
        names += [f"HTTPCode_ELB_{status}_Count"] if status in (500, 502, 503, 504) else []
        for name in names:
            self._put(_of_balancer(listener, name))


class GatewayRequests(_Reports):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html; route-level metrics, which a
    stage can ask for, are not reported. Latencies are real milliseconds."""

    def answered(self, region: str, api: str, stage: str, status: int, seconds: float, behind: float | None) -> None:
        """``behind``: the seconds in which the integration answered; None where it was not asked."""
        values = {"Count": (1.0, "Count"), "Latency": (seconds * 1000, "Milliseconds")}
        if status >= 400:
            values[f"{status // 100}xx"] = (1.0, "Count")
        if behind is not None:
            values["IntegrationLatency"] = (behind * 1000, "Milliseconds")
        for name, (value, unit) in values.items():
            self._put(_of_stage(region, api, stage, name), value, unit)
