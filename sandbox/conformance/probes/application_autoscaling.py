"""Application Auto Scaling: scalable targets, their suspended state, and policies."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, answered, breaks, refused, worded
from sandbox.conformance.world import World

_SERVICE = "application-autoscaling"
_API = "https://docs.aws.amazon.com/autoscaling/application/APIReference"
_SUSPENDING = (
    "https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html"
)


def _target(world: World, service: str) -> dict[str, Any]:
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{world.cluster}/{service}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }


def _policy(world: World, service: str) -> dict[str, Any]:
    return _target(world, service) | {
        "PolicyName": world.name,
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": _tracking(Predefined=_CPU),
    }


_CPU = {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}
_OWN_METRIC = {"Namespace": "GreenlightConformance", "MetricName": "nothing", "Statistic": "Sum"}
_PER_TARGET = {"PredefinedMetricType": "ALBRequestCountPerTarget"}
_STEP = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 1}],
}


def _going_by(rule: str, kind: str, **configurations: dict[str, Any]) -> Probe:
    """A policy of the target that is there, with what it goes by instead."""

    def request(world: World) -> dict[str, Any]:
        policy = _registered(world) | {"PolicyName": world.name, "PolicyType": f"{kind}Scaling"}
        return policy | {f"{of}ScalingPolicyConfiguration": given for of, given in configurations.items()}

    return worded(rule, "PutScalingPolicy", request)


def _tracking(**metrics: dict[str, Any]) -> dict[str, Any]:
    return {"TargetValue": 50.0} | {f"{kind}MetricSpecification": metric for kind, metric in metrics.items()}


def _action(world: World, service: str) -> dict[str, Any]:
    return _target(world, service) | {
        "ScheduledActionName": world.name,
        "Schedule": "rate(30 days)",
        "ScalableTargetAction": {"MinCapacity": 0},
    }


def _arn_of_none(world: World) -> str:
    return world.arn(_SERVICE, f"scalable-target/{'0' * 32}")


def _described(world: World) -> dict[str, Any]:
    return {"ServiceNamespace": "ecs", "ResourceIds": [world.scalable_target]}


def _arn(world: World) -> str:
    (target,) = world.account.read(_SERVICE, "DescribeScalableTargets", **_described(world))["ScalableTargets"]
    return str(target["ScalableTargetARN"])


def _registered(world: World) -> dict[str, Any]:
    return _target(world, world.scalable_target.split("/")[-1])


PROBES: list[Probe] = [
    answered(
        _SERVICE,
        "RegisterScalableTarget",
        "a target that is registered again is the same target",
        lambda world: _registered(world) | {"MaxCapacity": 1},
        {"ScalableTargetARN": _arn},
        f"{_API}/API_RegisterScalableTarget.html",
    ),
    answered(
        _SERVICE,
        "DescribeScalableTargets",
        "a target tells for each of the three ways to scale that it is not suspended",
        _described,
        {
            "ScalableTargets[0].SuspendedState": {
                "DynamicScalingInSuspended": False,
                "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": False,
            },
            "ScalableTargets[0].MinCapacity": 0,
            "ScalableTargets[0].MaxCapacity": 1,
        },
        _SUSPENDING,
    ),
    answered(
        _SERVICE,
        "DescribeScalingActivities",
        "a service that was within the bounds when it was registered was not scaled",
        _registered,
        {"ScalingActivities": []},
        f"{_API}/API_RegisterScalableTarget.html",
    ),
    breaks(
        "scalable_target_has_no_capacity",
        "RegisterScalableTarget",
        lambda world: _target(world, world.rolling_service) | {"MinCapacity": 0},
    ),
    breaks(
        "scalable_target_capacities_are_crossed",
        "RegisterScalableTarget",
        lambda world: _registered(world) | {"MinCapacity": 2, "MaxCapacity": 1},
    ),
    refused(
        _SERVICE,
        "RegisterScalableTarget",
        "a service that is not there does not scale",
        lambda world: _target(world, "none") | {"MinCapacity": 0, "MaxCapacity": 1},
        "ValidationException",
        "https://github.com/spinnaker/spinnaker/issues/4371",
    ),
    refused(
        _SERVICE,
        "RegisterScalableTarget",
        "a dimension is one of its service's",
        lambda world: world.scalable_target_settings(ScalableDimension="lambda:function:ProvisionedConcurrency"),
        "ValidationException",
        f"{_API}/API_RegisterScalableTarget.html",
    ),
    refused(
        _SERVICE,
        "DescribeScalableTargets",
        "targets are asked for by service",
        lambda _: {},
        "ValidationException",
        f"{_API}/API_DescribeScalableTargets.html",
    ),
    refused(
        _SERVICE,
        "DescribeScalableTargets",
        "a service that does not scale has no targets",
        lambda _: {"ServiceNamespace": "ssm"},
        "ValidationException",
        f"{_API}/API_DescribeScalableTargets.html",
    ),
    breaks(
        "scalable_target_is_not_registered", "PutScalingPolicy", lambda world: _policy(world, world.rolling_service)
    ),
    breaks(
        "scalable_target_is_not_registered",
        "PutScheduledAction",
        lambda world: _action(world, world.rolling_service),
        case="a scheduled action",
    ),
    breaks(
        "scalable_target_is_not_registered",
        "DeregisterScalableTarget",
        lambda world: _target(world, world.rolling_service),
        case="deregistered",
    ),
    breaks("scaling_policy_is_gone", "DeleteScalingPolicy", lambda world: _registered(world) | {"PolicyName": "none"}),
    breaks("tagged_scalable_target_is_gone", "ListTagsForResource", lambda world: {"ResourceARN": _arn_of_none(world)}),
    breaks(
        "tagged_scalable_target_is_gone",
        "TagResource",
        lambda world: {"ResourceARN": _arn_of_none(world), "Tags": {"color": "blue"}},
        case="tagged",
    ),
    breaks(
        "tagged_scalable_target_is_gone",
        "UntagResource",
        lambda world: {"ResourceARN": _arn_of_none(world), "TagKeys": ["color"]},
        case="untagged",
    ),
    _going_by("scaling_policy_has_no_configuration", "Step"),
    _going_by("scaling_policy_has_two_configurations", "Step", TargetTracking=_tracking(Predefined=_CPU), Step=_STEP),
    _going_by("tracked_metric_is_missing", "TargetTracking", TargetTracking=_tracking()),
    _going_by(
        "two_metrics_are_tracked", "TargetTracking", TargetTracking=_tracking(Predefined=_CPU, Customized=_OWN_METRIC)
    ),
    _going_by("tracked_requests_have_no_label", "TargetTracking", TargetTracking=_tracking(Predefined=_PER_TARGET)),
    _going_by(
        "tracked_requests_have_another_label",
        "TargetTracking",
        TargetTracking=_tracking(Predefined=_PER_TARGET | {"ResourceLabel": "app/none/0123456789abcdef"}),
    ),
]
