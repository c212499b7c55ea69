"""Suspends autoscaling while traffic shifts: a change of size in the middle of it makes CodeDeploy give up.

What was before is written down in SSM first. Whoever finds that record restores it: the release itself, another
`watch`, or the next `deploy` where this one was killed. So a policy that somebody had suspended on purpose stays so.
"""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import codedeploy
from greenlight.aws import error_code, is_passing
from greenlight.context import Context
from greenlight.errors import RefusedError

_DIMENSION = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
_KINDS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
_ALL = dict.fromkeys(_KINDS, True)
_PATIENCE_SECONDS = (2.0, 4.0, 8.0, 16.0)


def suspension(context: Context) -> dict[str, dict[str, Any]]:
    """The requests that suspend it, in their order; none where the service has no autoscaling."""
    target = context.manifest.scalable_target
    if target is None:
        return {}
    suspend = {"application-autoscaling:RegisterScalableTarget": _request(target, _ALL)}
    if _record(context) is not None:
        # Left by a release that was killed: it is the truth, and what AWS says is only that all is suspended.
        return suspend
    # Only now: whoever restores it does that before the record goes.
    found = context.aws.call("application-autoscaling:DescribeScalableTargets", ResourceIds=[target], **_DIMENSION)[
        "ScalableTargets"
    ]
    if not found:
        return {}
    before = {kind: bool(found[0].get("SuspendedState", {}).get(kind)) for kind in _KINDS}
    write_down = {
        "Name": _parameter(context),
        "Description": "Autoscaling as it was before a release suspended it",
        "Type": "String",
        "Value": json.dumps(before),
        "Overwrite": True,
    }
    return {"ssm:PutParameter": write_down} | suspend


def check(context: Context) -> None:
    """Raises RefusedError where the record of a release before cannot be read. Changes nothing."""
    if context.manifest.scalable_target is not None:
        _record(context)


def suspend(context: Context) -> None:
    """Suspends it; nothing happens where the service has none."""
    requests = suspension(context)
    if write_down := requests.get("ssm:PutParameter"):
        context.aws.call("ssm:PutParameter", **write_down)
    if request := requests.get("application-autoscaling:RegisterScalableTarget"):
        context.aws.call("application-autoscaling:RegisterScalableTarget", **request)
        context.show.line("autoscaling suspended for the shift", "dim")


def restore_patiently(context: Context) -> None:
    """The same as `restore` where nobody looks again afterwards: throttling and faults are waited out, for 30 s."""
    for pause in _PATIENCE_SECONDS:
        try:
            restore(context)
        except (ClientError, BotoCoreError) as error:
            if not is_passing(error):
                raise
        else:
            return
        context.clock.sleep(pause)
    restore(context)


def restore(context: Context) -> None:
    """Brings back what was before a release suspended it, if one did.

    Not while traffic is being shifted, whoever does it: a change of size would make CodeDeploy give that release up.
    Its own follower, the next `watch` or the next `deploy` restores it then.
    """
    target = context.manifest.scalable_target
    before = _record(context) if target else None
    if target is None or before is None or codedeploy.in_mid_shift(context.aws, context.manifest):
        return
    context.aws.call("application-autoscaling:RegisterScalableTarget", **_request(target, before))
    try:
        context.aws.call("ssm:DeleteParameter", Name=_parameter(context))
    except ClientError as error:
        # Another watcher of the same release was quicker.
        if error_code(error) != "ParameterNotFound":
            raise
    context.show.line("autoscaling restored", "dim")


def remind(context: Context) -> None:
    """Says that it is still suspended, if it is, and what ends that."""
    if is_suspended(context):
        context.show.line(f"autoscaling stays suspended until {_way_back(context)}", "yellow")


def is_suspended(context: Context) -> bool:
    """Whether a release has suspended it, and nobody has restored it yet."""
    return bool(context.manifest.scalable_target) and _written_down(context) is not None


def unwatched(context: Context) -> list[str]:
    """What to say of it when a release is left to itself; asks nobody, because there may be no time for an answer."""
    if context.manifest.scalable_target is None:
        return []
    return [f"autoscaling may stay suspended until {_way_back(context)}"]


def _way_back(context: Context) -> str:
    return f"{context.command('watch')} has seen the traffic moved"


def _record(context: Context) -> dict[str, bool] | None:
    value = _written_down(context)
    if value is None:
        return None
    try:
        return dict(json.loads(value))
    except (TypeError, ValueError) as error:
        raise RefusedError(
            f"SSM parameter {_parameter(context)} should say what autoscaling was before a release suspended it, "
            f"got {value!r}: set autoscaling as you want it, and delete the parameter"
        ) from error


def _written_down(context: Context) -> str | None:
    try:
        return str(context.aws.call("ssm:GetParameter", Name=_parameter(context))["Parameter"]["Value"])
    except ClientError as error:
        if error_code(error) != "ParameterNotFound":
            raise
        return None


def _request(target: str, state: dict[str, bool]) -> dict[str, Any]:
    return {"ResourceId": target, **_DIMENSION, "SuspendedState": state}


def _parameter(context: Context) -> str:
    return f"{context.manifest.parameter}/suspended"
