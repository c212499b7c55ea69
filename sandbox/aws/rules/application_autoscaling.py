"""Application Auto Scaling: a scalable target's capacities, what a policy goes by, and what is not there."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from moto.applicationautoscaling.models import FakeApplicationAutoscalingPolicy as Policy
from moto.applicationautoscaling.models import FakeScalableTarget, applicationautoscaling_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_API = "https://docs.aws.amazon.com/autoscaling/application/APIReference"


def _target(call: Call) -> FakeScalableTarget | None:
    targets = applicationautoscaling_backends[ACCOUNT][call.region].targets
    return targets.get(call.params["ScalableDimension"], {}).get(call.params["ResourceId"])


@rule(
    "application-autoscaling",
    "RegisterScalableTarget",
    code="ValidationException",
    source=f"{_API}/API_RegisterScalableTarget.html",
    says="A new target is given both of its capacities.",
    quote="This property is required when registering a new scalable target.",
    worded=False,
)
def scalable_target_has_no_capacity(call: Call) -> str | None:
    missing = [name for name in ("MinCapacity", "MaxCapacity") if name not in call.params]
    if not missing or _target(call) is not None:
        return None
    return f"{' and '.join(missing)} must be given when a new scalable target is registered."


@rule(
    "application-autoscaling",
    "RegisterScalableTarget",
    code="ValidationException",
    source="https://github.com/hashicorp/terraform-provider-aws/pull/8777",
    says="A target's least capacity is not above its most.",
    quote="Maximum capacity cannot be less than minimum capacity",
)
def scalable_target_capacities_are_crossed(call: Call) -> str | None:
    there = _target(call)
    least = call.params.get("MinCapacity", there and there.min_capacity)
    most = call.params.get("MaxCapacity", there and there.max_capacity)
    crossed = least is not None and most is not None and most < least
    return "Maximum capacity cannot be less than minimum capacity" if crossed else None


@rule(
    "application-autoscaling",
    *("DeregisterScalableTarget", "PutScalingPolicy", "PutScheduledAction"),
    code="ObjectNotFoundException",
    source=f"{_API}/API_PutScalingPolicy.html",
    says="What depends on a target is for one that is registered.",
    quote="For any operation that depends on the existence of a scalable target, this exception is thrown",
    worded=False,
)
def scalable_target_is_not_registered(call: Call) -> str | None:
    if _target(call) is not None:
        return None
    return (
        f"No scalable target registered for service namespace: {call.params['ServiceNamespace']}, "
        f"resource ID: {call.params['ResourceId']}, scalable dimension: {call.params['ScalableDimension']}"
    )


@rule(
    "application-autoscaling",
    "DeleteScalingPolicy",
    code="ObjectNotFoundException",
    source=f"{_API}/API_DeleteScalingPolicy.html",
    says="A policy that is gone is not deleted again.",
    quote="For any operation that deletes or deregisters a resource, this exception is thrown if the resource cannot",
    worded=False,
)
def scaling_policy_is_gone(call: Call) -> str | None:
    names = ("ServiceNamespace", "ResourceId", "ScalableDimension", "PolicyName")
    key = Policy.formulate_key(*(call.params[name] for name in names))
    if key in applicationautoscaling_backends[ACCOUNT][call.region].policies:
        return None
    return f"No scaling policy found for {', '.join(call.params[name] for name in names)}"


@rule(
    "application-autoscaling",
    *("ListTagsForResource", "TagResource", "UntagResource"),
    code="ResourceNotFoundException",
    source=f"{_API}/API_ListTagsForResource.html",
    says="A target that is gone has no tags.",
    quote="The specified resource doesn't exist.",
    worded=False,
)
def tagged_scalable_target_is_gone(call: Call) -> str | None:
    arn = call.params["ResourceARN"]
    targets = applicationautoscaling_backends[ACCOUNT][call.region].targets.values()
    if any(target.arn == arn for found in targets for target in found.values()):
        return None
    return f"No scalable target found for resource ARN: {arn}"


# What a policy goes by -----------------------------------------------------------------------------------------------

_BLOCKS = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
}
_PER_TARGET = "ALBRequestCountPerTarget"

_policy = partial(rule, "application-autoscaling", "PutScalingPolicy", code="ValidationException", coded=False)


@_policy(
    source=tried("applicationautoscaling/pf-appautoscaling-policy-type-config-required"),
    says="A policy has the configuration of its kind.",
    quote="policy configuration must be specified",
)
def scaling_policy_has_no_configuration(call: Call) -> str | None:
    # A policy that is there may be put again without.
    kind = call.params.get("PolicyType")
    missing = kind in _BLOCKS and not call.params.get(_BLOCKS[kind])
    return f"{kind} policy configuration must be specified" if missing else None


@_policy(
    source=tried("applicationautoscaling/pf-appautoscaling-policy-type-config-mismatch"),
    says="A policy has no configuration of another kind.",
    quote="You must only provide a single scaling policy configuration, which must match the scaling policy type "
    "specified.",
)
def scaling_policy_has_two_configurations(call: Call) -> bool:
    return all(call.params.get(block) for block in _BLOCKS.values())


def _tracking(call: Call) -> dict[str, Any]:
    return call.params.get(_BLOCKS["TargetTrackingScaling"]) or {}


def _metrics(call: Call) -> list[str]:
    names = ("PredefinedMetricSpecification", "CustomizedMetricSpecification")
    return [name for name in names if _tracking(call).get(name)]


@_policy(
    source=tried("applicationautoscaling/pf-appautoscaling-tt-metric-spec-missing"),
    says="What is tracked is a metric.",
    quote="PredefinedMetricSpecification or CustomizedMetricSpecification must be set for target tracking scaling.",
)
def tracked_metric_is_missing(call: Call) -> bool:
    return bool(_tracking(call)) and not _metrics(call)


@_policy(
    source=tried("applicationautoscaling/pf-appautoscaling-tt-metric-spec-exclusive"),
    says="One metric is tracked.",
    quote="Only one of PredefinedMetricSpecification or CustomizedMetricSpecification can be set for target tracking "
    "scaling.",
)
def two_metrics_are_tracked(call: Call) -> bool:
    return len(_metrics(call)) > 1


def _label(call: Call) -> tuple[str | None, str | None]:
    given = _tracking(call).get("PredefinedMetricSpecification") or {}
    return given.get("PredefinedMetricType"), given.get("ResourceLabel")


@_policy(
    source=tried("applicationautoscaling/pf-appautoscaling-alb-metric-requires-resource-label"),
    says="Requests are those of a target group, which is named.",
    quote=f"Resource label should be specified for predefined metric type {_PER_TARGET}",
)
def tracked_requests_have_no_label(call: Call) -> bool:
    metric, label = _label(call)
    return metric == _PER_TARGET and not label


@_policy(
    source=tried("applicationautoscaling/pf-appautoscaling-resource-label-format"),
    says="A target group is named with its load balancer.",
    quote=f"for predefined metric type {_PER_TARGET}",
)
def tracked_requests_have_another_label(call: Call) -> str | None:
    metric, label = _label(call)
    if metric != _PER_TARGET or not label or re.fullmatch(r"app/[^/]+/[^/]+/targetgroup/[^/]+/[^/]+", label):
        return None
    return f"Invalid resource label '{label}' for predefined metric type {_PER_TARGET}"
