"""Autoscaling rests while traffic is shifted: a change of size in the middle of it makes CodeDeploy give up.

What was before is written down in SSM first. Whoever finds that record restores it: the release itself, another
`watch`, or the next release where this one was killed. So a policy that somebody had suspended on purpose stays so.
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from greenlight.aws import error_code
from greenlight.context import Context

_DIMENSION = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
_KINDS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")


def suspend(context: Context) -> None:
    """Suspends it; nothing happens where the service has none."""
    target = context.manifest.scalable_target
    if target is None:
        return
    # Left by a release that was killed: what it says is the truth, what AWS says is only that it was suspended.
    restore(context)
    found = context.aws.call(
        "application-autoscaling:DescribeScalableTargets",
        ServiceNamespace="ecs",
        ResourceIds=[target],
        ScalableDimension=_DIMENSION["ScalableDimension"],
    )["ScalableTargets"]
    if not found:
        return
    before = {kind: bool(found[0].get("SuspendedState", {}).get(kind)) for kind in _KINDS}
    context.aws.call(
        "ssm:PutParameter",
        Name=_record(context),
        Description="Autoscaling as it was before a release suspended it",
        Type="String",
        Value=json.dumps(before),
        Overwrite=True,
    )
    _set(context, target, dict.fromkeys(_KINDS, True))
    context.show.line("autoscaling suspended for the shift", "dim")


def restore(context: Context) -> bool:
    """Brings back what was before a release suspended it; False if there is nothing to bring back."""
    target = context.manifest.scalable_target
    if target is None:
        return False
    try:
        record = context.aws.call("ssm:GetParameter", Name=_record(context))["Parameter"]["Value"]
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        return False
    _set(context, target, json.loads(record))
    try:
        context.aws.call("ssm:DeleteParameter", Name=_record(context))
    except ClientError as error:
        # Another watcher of the same release was quicker.
        if error_code(error) != "ParameterNotFound":
            raise
    context.show.line("autoscaling restored", "dim")
    return True


def _set(context: Context, target: str, state: dict[str, Any]) -> None:
    context.aws.call(
        "application-autoscaling:RegisterScalableTarget", ResourceId=target, **_DIMENSION, SuspendedState=state
    )


def _record(context: Context) -> str:
    return f"{context.manifest.parameter}/suspended"
