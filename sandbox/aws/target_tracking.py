"""Application Auto Scaling: the two alarms that a policy for an ECS service makes.

Their configuration is that of an account whose alarms were exported to Terraform
(https://github.com/lankston-consulting/FPL-HWPC): of a target of 70 per cent the low threshold is 63.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy as Policy
from moto.cloudwatch.models import Alarm, Dimension, Metric, MetricDataQuery, MetricStat, cloudwatch_backends

from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import replaces

LOW = 0.9
"""The share of the target below which a policy may scale in: "usually more than 10% lower"."""

_OF_SERVICE = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}


@replaces(Policy)
def _generate_ecs_alarms(self: Policy) -> list[Alarm]:
    """moto's have a threshold of 6 and, whatever is tracked, a metric of ECS."""
    configured = self.target_tracking_scaling_policy_configuration
    target = float(configured["TargetValue"])
    conditions = (("High", "GreaterThanThreshold", 3, target), ("Low", "LessThanThreshold", 15, target * LOW))
    created_by = f"{self.policy_arn}:createdBy/{uuid4()}"
    return [
        cloudwatch_backends[self.account_id][self.region_name].put_metric_alarm(
            name=f"TargetTracking-{self.resource_id}-Alarm{which}-{uuid4()}",
            description=f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {created_by}.",
            comparison_operator=comparison,
            evaluation_periods=periods,
            threshold=round(threshold, 9),
            alarm_actions=[created_by],
            treat_missing_data="missing",
            **_metric(self, configured),
        )
        for which, comparison, periods, threshold in conditions
    ]


def _metric(policy: Policy, configured: dict[str, Any]) -> dict[str, Any]:
    predefined = configured.get("PredefinedMetricSpecification")
    if predefined is None:
        custom = configured["CustomizedMetricSpecification"]
        if custom.get("Metrics"):
            return _single(period=None) | {"metric_data_queries": [_query(one) for one in custom["Metrics"]]}
        return _single(
            custom["Namespace"],
            custom["MetricName"],
            [(one["Name"], one["Value"]) for one in custom.get("Dimensions", ())],
            custom["Statistic"],
            custom.get("Unit"),
        )
    kind = predefined["PredefinedMetricType"]
    if kind == "ALBRequestCountPerTarget":
        balancer, _, group = predefined["ResourceLabel"].rpartition("/targetgroup/")
        dimensions = [("LoadBalancer", balancer), ("TargetGroup", f"targetgroup/{group}")]
        return _single("AWS/ApplicationELB", "RequestCountPerTarget", dimensions, "Sum")
    if kind not in _OF_SERVICE:
        raise NotModelled(f"the metric {kind} of a scaling policy")
    _, cluster, service = policy.resource_id.split("/")
    dimensions = [("ClusterName", cluster), ("ServiceName", service)]
    return _single("AWS/ECS", _OF_SERVICE[kind], dimensions, "Average", "Percent")


def _single(
    namespace: str | None = None,
    name: str | None = None,
    dimensions: list[tuple[str, str]] | None = None,
    statistic: str | None = None,
    unit: str | None = None,
    period: int | None = 60,
) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "metric_name": name,
        "dimensions": [{"Name": key, "Value": value} for key, value in dimensions or ()],
        "statistic": statistic,
        "unit": unit,
        "period": period,
    }


def _query(given: dict[str, Any]) -> MetricDataQuery:
    """Minutes: a policy's query names no period."""
    stat = given.get("MetricStat")
    return MetricDataQuery(
        query_id=given["Id"],
        label=given.get("Label"),
        period=None,
        return_data=given.get("ReturnData", True),
        expression=given.get("Expression"),
        metric_stat=stat
        and MetricStat(
            Metric(
                stat["Metric"]["MetricName"],
                stat["Metric"]["Namespace"],
                [Dimension(one["Name"], one["Value"]) for one in stat["Metric"].get("Dimensions", ())],
            ),
            60,
            stat["Stat"],
            stat.get("Unit"),
        ),
    )


@replaces(ApplicationAutoscalingBackend)
def put_scaling_policy(self: ApplicationAutoscalingBackend, *args: Any, **params: Any) -> Policy:
    """A policy that is put again keeps its ARN, and its alarms are made anew: moto leaves the old ones behind."""
    named = ("service_namespace", "resource_id", "scalable_dimension", "policy_name")
    there = self.policies.get(Policy.formulate_key(*(params[name] for name in named)))
    if there is None:
        return put_scaling_policy.moto(self, *args, **params)
    there.delete_alarms(self.account_id, self.region_name)
    there.alarms = []
    if params["policy_body"]:
        there._policy_body = params["policy_body"]
        tracks = there.policy_type == "TargetTrackingScaling"
        there.target_tracking_scaling_policy_configuration = there._policy_body if tracks else None
        there.step_scaling_policy_configuration = None if tracks else there._policy_body
    there.create_alarms()
    return there
