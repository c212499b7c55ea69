"""Application Auto Scaling: limits of targets, and what a policy goes by."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

_BLOCKS = {
    "StepScaling": "StepScalingPolicyConfiguration",
    "TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
}
_PER_TARGET = "ALBRequestCountPerTarget"

_policy = partial(rule, "application-autoscaling", "PutScalingPolicy", code="ValidationException", coded=False)


@rule(
    "application-autoscaling",
    "RegisterScalableTarget",
    code="ValidationException",
    source=tried("applicationautoscaling/pf-appautoscaling-min-max-capacity"),
    says="The most is not less than the least.",
    quote="Maximum capacity cannot be less than minimum capacity",
    coded=False,
)
def capacity_ends_before_it_begins(call: Call) -> bool:
    least, most = call.params.get("MinCapacity"), call.params.get("MaxCapacity")
    return least is not None and most is not None and most < least


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
