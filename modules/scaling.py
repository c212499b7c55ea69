"""How a service is scaled: between which numbers of tasks, and by what."""

from dataclasses import dataclass
from typing import Any

from cdktf_cdktf_provider_aws.appautoscaling_policy import AppautoscalingPolicy
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration as Tracking,
)
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics as Query,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget
from constructs import Construct

from modules import inputs
from modules.names import ServiceId
from modules.service import ServiceAttributes
from modules.traffic import TargetGroup, TrafficRoutes


@dataclass(frozen=True, kw_only=True)
class ScalingProps:
    service: ServiceId
    """The service. Its policies are named after it."""

    running: ServiceAttributes
    """The running service."""

    routes: TrafficRoutes
    """The pair of target groups whose requests are counted."""

    settings: inputs.Scaling
    """The bounds, and what to scale by."""


class Scaling(Construct):
    """Lets Application Auto Scaling change the service's desired count, by one policy a target.

    It scales out when a metric is above its target for three minutes, and in when all are well below for 15. The
    bounds hold at once: a change of them starts or stops tasks during the apply. Releases suspend it for their shift,
    and restore it; `suspended_state` is left to them, so that an apply changes nothing of that.
    """

    def __init__(self, scope: Construct, id: str, props: ScalingProps) -> None:
        super().__init__(scope, id)
        running, settings = props.running, props.settings
        target = AppautoscalingTarget(
            self,
            "target",
            service_namespace="ecs",
            resource_id=f"service/{running.cluster_name}/{running.name}",
            scalable_dimension="ecs:service:DesiredCount",
            min_capacity=settings.min,
            max_capacity=settings.max,
        )
        wanted: list[tuple[str, int | None, dict[str, Any]]] = [
            ("cpu", settings.cpu_percent, _predefined("ECSServiceAverageCPUUtilization")),
            ("memory", settings.memory_percent, _predefined("ECSServiceAverageMemoryUtilization")),
            ("requests", settings.requests_per_target, _requests(props.routes)),
        ]
        for name, value, metric in wanted:
            if value is not None:
                AppautoscalingPolicy(
                    self,
                    name,
                    name=f"{props.service.name}-{name}",
                    policy_type="TargetTrackingScaling",
                    service_namespace=target.service_namespace,
                    resource_id=target.resource_id,
                    scalable_dimension=target.scalable_dimension,
                    target_tracking_scaling_policy_configuration=Tracking(
                        target_value=value,
                        scale_in_cooldown=settings.scale_in_cooldown_seconds,
                        scale_out_cooldown=settings.scale_out_cooldown_seconds,
                        **metric,
                    ),
                )
        self.target = target.resource_id


def _predefined(metric: str) -> dict[str, Any]:
    return {"predefined_metric_specification": {"predefined_metric_type": metric}}


def _requests(routes: TrafficRoutes) -> dict[str, Any]:
    """Requests per task, whichever of the two groups is live.

    ALBRequestCountPerTarget knows one group, and is blind after the next release: AWS does not support it here
    (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html). Both groups
    have all of the service's tasks while traffic moves, so the sum of their averages is right in the middle of a shift
    too. What AWS recommends:
    https://github.com/aws-samples/sample-amazon-ecs-blue-green-deployment-patterns/tree/main/ecs-bluegreen-autoscaling

    `+` takes a missing value for 0, and has none where both groups have none. FILL would take the minute that is not
    measured yet for one without requests, and the alarm, which wants three in a row, would never fire
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html).
    """

    def of(group: TargetGroup) -> dict[str, Any]:
        dimensions = [
            {"name": "LoadBalancer", "value": routes.load_balancer.arn_suffix},
            {"name": "TargetGroup", "value": group.arn_suffix},
        ]
        metric = {"namespace": "AWS/ApplicationELB", "metric_name": "RequestCountPerTarget", "dimensions": dimensions}
        return {"metric": metric, "stat": "Sum"}

    metrics = [
        Query(id="blue", metric_stat=of(routes.blue), return_data=False),
        Query(id="green", metric_stat=of(routes.green), return_data=False),
        Query(id="requests", expression="blue + green", label="Requests per task", return_data=True),
    ]
    return {"customized_metric_specification": {"metrics": metrics}}
