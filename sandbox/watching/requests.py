"""What load balancers and HTTP APIs report of requests.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html has each
metric's dimensions. "If there are no requests flowing through the load balancer or no data for a metric, the metric is
not reported": a minute without errors has no point of them.
"""

from __future__ import annotations

from sandbox.clock import Clock
from sandbox.watching.store import STORE, Metric, Store

NAMESPACE = "AWS/ApplicationELB"


def balancer(arn: str) -> tuple[str, str]:
    """The dimension of a load balancer, by its ARN or that of one of its listeners."""
    return "LoadBalancer", "/".join(arn.split(":", 5)[5].split("/")[1:4])


def target_group(arn: str) -> tuple[str, str]:
    return "TargetGroup", arn.split(":", 5)[5]


class Requests:
    """Counts each request in the minute of its answer, by the sandbox's clock. Response times are real seconds at any
    time scale: the program that answers does not run any faster."""

    def __init__(self, clock: Clock, store: Store = STORE):
        self._clock = clock
        self._store = store

    def chosen(self, listener: str, group: str, targets: int) -> None:
        """A target was chosen among so many. "Requests that are rejected before a target is chosen are not reflected"
        in the counts."""
        self._count(listener, group, "RequestCount")
        each = [{target_group(group)}, {target_group(group), balancer(listener)}]
        self._put(listener, "RequestCountPerTarget", 1 / max(targets, 1), each, "None")

    def answered(self, listener: str, group: str, status: int, seconds: float) -> None:
        """The target answered, after so many seconds."""
        self._count(listener, group, f"HTTPCode_Target_{status // 100}XX_Count")
        self._count(listener, group, "TargetResponseTime", seconds, "Seconds")

    def unreachable(self, listener: str, group: str) -> None:
        """No connection with the target was made."""
        self._count(listener, group, "TargetConnectionErrorCount")

    def own(self, listener: str, status: int) -> None:
        """The load balancer answered by itself."""
        names = [f"HTTPCode_ELB_{status // 100}XX_Count"] if status >= 300 else []
        names += [f"HTTPCode_ELB_{status}_Count"] if status in (500, 502, 503, 504) else []
        for name in names:
            self._put(listener, name, 1, [{balancer(listener)}], "Count")

    def _count(self, listener: str, group: str, name: str, value: float = 1, unit: str = "Count") -> None:
        of = balancer(listener)
        self._put(listener, name, value, [{of}, {target_group(group), of}], unit)

    def _put(self, arn: str, name: str, value: float, dimensions: list[set[tuple[str, str]]], unit: str) -> None:
        region, at = arn.split(":")[3], self._clock.date().timestamp()
        for one in dimensions:
            self._store.put(Metric(region, NAMESPACE, name, frozenset(one)), at, value, unit)


class GatewayRequests:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html; route-level metrics, which a
    stage can ask for, are not reported. Latencies are real milliseconds."""

    def __init__(self, clock: Clock, store: Store = STORE):
        self._clock = clock
        self._store = store

    def answered(self, region: str, api: str, stage: str, status: int, seconds: float, behind: float | None) -> None:
        """``behind``: the seconds in which the integration answered; None where it was not asked."""
        values = {"Count": (1.0, "Count"), "Latency": (seconds * 1000, "Milliseconds")}
        if status >= 400:
            values[f"{status // 100}xx"] = (1.0, "Count")
        if behind is not None:
            values["IntegrationLatency"] = (behind * 1000, "Milliseconds")
        at = self._clock.date().timestamp()
        for name, (value, unit) in values.items():
            for pairs in ({("ApiId", api)}, {("ApiId", api), ("Stage", stage)}):
                self._store.put(Metric(region, "AWS/ApiGateway", name, frozenset(pairs)), at, value, unit)
