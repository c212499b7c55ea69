"""Application Auto Scaling: scalable targets, policies and scheduled actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.applicationautoscaling.models import applicationautoscaling_backends

from sandbox.access.model import Need
from sandbox.access.needs import needs
from sandbox.access.needs.arns import arn
from sandbox.access.needs.linked_roles import linked_role
from sandbox.access.needs.tags import given, without_values
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT


@needs("application-autoscaling", "RegisterScalableTarget")
def new_target(call: Call) -> Iterator[Need]:
    """A service's linked role is made with its first target:
    https://docs.aws.amazon.com/autoscaling/application/userguide/services-that-can-integrate-ecs.html"""
    tags = given(call.params.get("Tags"))
    target = _of_target(call, tags)
    yield target
    if tags:
        yield Need(
            "application-autoscaling:TagResource",
            target.resource,
            request_tags=tags,
            resource_tags=target.resource_tags,
        )
    if _registered(call) is None and call.params["ServiceNamespace"] == "ecs":
        name = "AWSServiceRoleForApplicationAutoScaling_ECSService"
        yield from linked_role("ecs.application-autoscaling.amazonaws.com", name)
    yield from _validated(call)


@needs("application-autoscaling", "PutScheduledAction")
def new_action(call: Call) -> Iterator[Need]:
    yield _of_target(call)
    yield from _validated(call)


@needs("application-autoscaling", "PutScalingPolicy")
def new_policy(call: Call) -> Iterator[Need]:
    yield _of_target(call)
    yield from _validated(call)
    for action in ("DescribeAlarms", "PutMetricAlarm", "DeleteAlarms"):
        yield Need(f"cloudwatch:{action}", arn(call, "cloudwatch", "alarm:*"), request_tags={}, resource_tags={})


@needs("application-autoscaling", "DeleteScalingPolicy", "DeleteScheduledAction", "DeregisterScalableTarget")
def of_target(call: Call) -> Iterator[Need]:
    yield _of_target(call)


@needs("application-autoscaling", "ListTagsForResource")
def listed_tags(call: Call) -> Iterator[Need]:
    yield _of_arn(call, {})


@needs("application-autoscaling", "TagResource")
def new_tags(call: Call) -> Iterator[Need]:
    yield _of_arn(call, given(call.params["Tags"]))


@needs("application-autoscaling", "UntagResource")
def old_tags(call: Call) -> Iterator[Need]:
    yield _of_arn(call, without_values(call.params["TagKeys"]))


def _of_target(call: Call, request_tags: dict[str, str] | None = None) -> Need:
    there = _registered(call)
    return Need(
        f"application-autoscaling:{call.operation.name}",
        there.arn if there is not None else arn(call, "application-autoscaling", "scalable-target/*"),
        keys={
            "application-autoscaling:service-namespace": (call.params["ServiceNamespace"],),
            "application-autoscaling:scalable-dimension": (call.params["ScalableDimension"],),
        },
        request_tags=request_tags or {},
        resource_tags=_tags(there),
    )


def _of_arn(call: Call, request_tags: dict[str, str]) -> Need:
    resource = call.params["ResourceARN"]
    there = next((target for target in _targets(call) if target.arn == resource), None)
    action = f"application-autoscaling:{call.operation.name}"
    return Need(action, resource, request_tags=request_tags, resource_tags=_tags(there))


def _validated(call: Call) -> Iterator[Need]:
    """What the service finds out by itself that its caller may do, "before proceeding with the request".

    https://docs.aws.amazon.com/autoscaling/application/userguide/security_iam_permission_validation.html
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/auto-scaling-IAM.html
    """
    kind, _, name = call.params["ResourceId"].partition("/")
    if call.params["ServiceNamespace"] == "ecs" and kind == "service":
        service = arn(call, "ecs", f"service/{name}")
        cluster = arn(call, "ecs", f"cluster/{name.partition('/')[0]}")
        yield Need("ecs:DescribeServices", service, keys={"ecs:cluster": (cluster,)})
        yield Need("ecs:UpdateService", service)


def _registered(call: Call) -> Any:
    wanted = tuple(call.params[name] for name in ("ServiceNamespace", "ResourceId", "ScalableDimension"))
    return next(
        (one for one in _targets(call) if (one.service_namespace, one.resource_id, one.scalable_dimension) == wanted),
        None,
    )


def _targets(call: Call) -> Iterator[Any]:
    for targets in applicationautoscaling_backends[ACCOUNT][call.region].targets.values():
        yield from targets.values()


def _tags(target: Any) -> dict[str, str]:
    """`sandbox.aws.application_autoscaling` keeps them; moto itself has none."""
    return dict(getattr(target, "tags", {}))
