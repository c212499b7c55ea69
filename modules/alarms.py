"""The alarms that stop a release: of what requests meet in each of a service's two target groups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from constructs import Construct

from modules.inputs import AlarmSettings
from modules.names import ServiceId
from modules.traffic import TargetGroup, TrafficRoutes

PERIOD_SECONDS = 60  # as often as load balancers report
BALANCERS = "AWS/ApplicationELB"


@dataclass(frozen=True, kw_only=True)
class Metric:
    name: str
    stat: str
    dimensions: Mapping[str, str]
    namespace: str = BALANCERS


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What an alarm computes each minute, and when that is bad."""

    label: str
    """What the computed value is, for graphs."""

    expression: str
    """CloudWatch's metric math on the ids of `metrics`."""

    metrics: Mapping[str, Metric]

    threshold: float
    """Bad is what is over it, or, with `below`, under it."""

    below: bool = False
    missing: str = "notBreaching"
    """What a minute without a value is: notBreaching or breaching."""


@dataclass(frozen=True, kw_only=True)
class AlarmsProps:
    service: ServiceId
    """The service whose releases are stopped."""

    routes: TrafficRoutes
    """The pair of target groups: the candidate is in either, in turn."""

    settings: AlarmSettings = field(default_factory=AlarmSettings)
    """Which alarms there are."""

    topic_arn: str | None = None
    """The SNS topic that is told when one fires, and when it is over; None: nobody is."""


@dataclass(frozen=True, kw_only=True)
class AlarmsAttributes:
    names: Sequence[str] = ()
    """Of all that stop a release, the team's own ones too."""

    made: Sequence[ITerraformDependable] = ()
    """For depends_on: the deployment group takes only alarms that are there."""


class Alarms(Construct):
    """One alarm for each target group and kind: a release is rolled back while one fires, and none begins.

    They are about requests only, and what is not asked fires nothing: an alarm on the number of tasks would always fire
    for the group that is idle, and stop each release. The load balancer's own 502 to 504 are not known by target group;
    of what leads to them, tasks that take no connection are.
    """

    def __init__(self, scope: Construct, id: str, props: AlarmsProps) -> None:
        super().__init__(scope, id)
        pairs = {"blue": props.routes.blue, "green": props.routes.green}
        made = {
            f"{color}-{kind}": condition
            for color, group in pairs.items()
            for kind, condition in _conditions(props, group).items()
        }
        alarms = [
            metric_alarm(self, name, f"{props.service.name}-{name}", condition, _words(props, name), props.topic_arn)
            for name, condition in made.items()
        ]
        names = [f"{props.service.name}-{name}" for name in made]
        self.attributes = AlarmsAttributes(names=[*names, *props.settings.more], made=alarms)


def metric_alarm(
    scope: Construct, id: str, name: str, condition: Condition, description: str, topic_arn: str | None
) -> CloudwatchMetricAlarm:
    """An alarm that fires when two of three minutes in a row were bad, and tells the topic then and when it is over."""
    told = [topic_arn] if topic_arn else None
    computed = CloudwatchMetricAlarmMetricQuery(
        id="value", expression=condition.expression, label=condition.label, return_data=True
    )
    looked_at = [
        CloudwatchMetricAlarmMetricQuery(
            id=key,
            metric=CloudwatchMetricAlarmMetricQueryMetric(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions),
                stat=metric.stat,
                period=PERIOD_SECONDS,
            ),
        )
        for key, metric in condition.metrics.items()
    ]
    return CloudwatchMetricAlarm(
        scope,
        id,
        alarm_name=name,
        alarm_description=description,
        comparison_operator="LessThanThreshold" if condition.below else "GreaterThanThreshold",
        threshold=condition.threshold,
        evaluation_periods=3,
        datapoints_to_alarm=2,
        treat_missing_data=condition.missing,
        metric_query=[computed, *looked_at],
        alarm_actions=told,
        ok_actions=told,
    )


def words(what: str, *, traffic: str, do: str) -> str:
    """The description of an alarm, which is in each message that it sends: what happened, what that does to the
    traffic, and what to type. The CLI shows the first paragraph."""
    return f"{what}\n\nTraffic: {traffic}\n\nDo: {do}"


def of_group(routes: TrafficRoutes, group: TargetGroup) -> dict[str, str]:
    """The dimensions of what a load balancer reports of one of its target groups."""
    return {"LoadBalancer": routes.load_balancer.arn_suffix, "TargetGroup": group.arn_suffix}


def judged(expression: str, minimum_requests: int) -> str:
    """The expression's value in minutes with so many requests, else 0."""
    return f"IF(requests >= {minimum_requests}, {expression}, 0)"


def _conditions(props: AlarmsProps, group: TargetGroup) -> dict[str, Condition]:
    settings, dimensions = props.settings, of_group(props.routes, group)
    # CloudWatch's own floor for percentiles, evaluate_low_sample_count_percentiles, asks for 1,000 requests a minute of
    # a p99, which a canary's candidate seldom gets; so both kinds have the same one.
    requests = Metric(name="RequestCount", stat="Sum", dimensions=dimensions)
    found = {}
    if settings.error_percent is not None:
        found["errors"] = Condition(
            label="Failed requests, %",
            # What did not happen in a minute is not reported. SUM takes what is there, where + would need both.
            expression=judged("100 * SUM([FILL(errors, 0), FILL(unreached, 0)]) / requests", settings.minimum_requests),
            metrics={
                "requests": requests,
                "errors": Metric(name="HTTPCode_Target_5XX_Count", stat="Sum", dimensions=dimensions),
                "unreached": Metric(name="TargetConnectionErrorCount", stat="Sum", dimensions=dimensions),
            },
            threshold=settings.error_percent,
        )
    if settings.latency_p99_seconds is not None:
        found["latency"] = Condition(
            label="Response time, p99, seconds",
            expression=judged("latency", settings.minimum_requests),
            metrics={
                "requests": requests,
                "latency": Metric(name="TargetResponseTime", stat="p99", dimensions=dimensions),
            },
            threshold=settings.latency_p99_seconds,
        )
    return found


def _words(props: AlarmsProps, name: str) -> str:
    color, kind = name.split("-")
    service, settings = props.service, props.settings
    of = f"{service.address}, {color} target group"
    if kind == "errors":
        what = f"more than {settings.error_percent:g} % of requests failed (5xx, or no connection to a task)"
    else:
        what = f"the slowest hundredth of answers took more than {settings.latency_p99_seconds:g} s"
    minutes = f"in 2 of 3 minutes with at least {settings.minimum_requests} requests"
    return words(
        f"{of}: {what} {minutes}.",
        traffic="a release under way is stopped, and the version before gets the traffic back. While this fires no "
        "release begins. Otherwise nothing moves by itself.",
        do=f"see which version has the traffic: {service.command('status')}. Go back to the one before it, which no "
        f"alarm stops: {service.command('rollback')}",
    )
