"""Suspends autoscaling while traffic shifts: a change of size in the middle of it makes CodeDeploy give up.

What was before is written down in SSM first. Whoever finds that record restores it: the release itself, another
`watch`, or the next `deploy` where this one was killed. So a policy that somebody had suspended on purpose stays so.
"""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import codedeploy
from greenlight.aws import error_code, is_passing
from greenlight.clock import backoff
from greenlight.context import Context
from greenlight.errors import RefusedError

_DIMENSION = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
_KINDS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
_ALL = dict.fromkeys(_KINDS, True)
_PATIENCE = 4  # attempts more


def suspension(context: Context) -> dict[str, dict[str, Any]]:
    """The requests that suspend it, in their order; none where the service has no autoscaling."""
    return _suspension(context)[1]


def _suspension(context: Context) -> tuple[dict[str, bool] | None, dict[str, dict[str, Any]]]:
    """And what it was before, in front of them."""
    target = context.manifest.scalable_target
    if target is None:
        return None, {}
    suspend = {"application-autoscaling:RegisterScalableTarget": _request(target, _ALL)}
    if (known := _record(context)) is not None:
        # Left by a release that was killed: it is the truth, and what AWS says is only that all is suspended.
        return known, suspend
    # Only now: whoever restores it does that before the record goes.
    found = context.aws.call("application-autoscaling:DescribeScalableTargets", ResourceIds=[target], **_DIMENSION)[
        "ScalableTargets"
    ]
    if not found:
        return None, {}
    before = {kind: bool(found[0].get("SuspendedState", {}).get(kind)) for kind in _KINDS}
    return before, {"ssm:PutParameter": _write_down(context, before)} | suspend


def _write_down(context: Context, before: dict[str, bool]) -> dict[str, Any]:
    return {
        "Name": _parameter(context),
        "Description": "Autoscaling as it was before a release suspended it",
        "Type": "String",
        "Value": json.dumps(before),
        # Another release may have written it since we looked: what it found is what was before.
        "Overwrite": False,
    }


def check(context: Context) -> None:
    """Raises RefusedError where the record of a release before cannot be read. Changes nothing."""
    if context.manifest.scalable_target is not None:
        _record(context)


def suspend(context: Context) -> dict[str, bool] | None:
    """Suspends it, and returns what it was before; None, and nothing happens, where the service has none."""
    before, requests = _suspension(context)
    if write_down := requests.get("ssm:PutParameter"):
        before = _first(context, write_down) or before
    if request := requests.get("application-autoscaling:RegisterScalableTarget"):
        context.aws.call("application-autoscaling:RegisterScalableTarget", **request)
        context.show.line("autoscaling suspended for the shift", "dim")
    return before


def hold(context: Context, before: dict[str, bool] | None) -> None:
    """Once its release has begun, which lets no other begin: suspends it again where one has restored it in between."""
    target = context.manifest.scalable_target
    if target is None or before is None or _written_down(context) is not None:
        return
    _suspend_again(context, target, before)
    context.show.line("autoscaling suspended again: another release has restored it", "dim")


def _suspend_again(context: Context, target: str, before: dict[str, bool]) -> None:
    _first(context, _write_down(context, before))
    context.aws.call("application-autoscaling:RegisterScalableTarget", **_request(target, _ALL))


def _first(context: Context, write_down: dict[str, Any]) -> dict[str, bool] | None:
    """None where this record is the first one; else what the first one says."""
    try:
        context.aws.call("ssm:PutParameter", **write_down)
    except ClientError as error:
        if error_code(error) != "ParameterAlreadyExists":
            raise
        return _record(context)
    return None


def restore_patiently(context: Context) -> bool:
    """The same as `restore` where nobody looks again afterwards: throttling and faults are waited out, for 30 s, and
    what stays suspended is told."""
    restored = _patiently(context)
    if not restored:
        remind(context)
    return restored


def _patiently(context: Context) -> bool:
    for attempt in range(_PATIENCE):
        try:
            return restore(context)
        except (ClientError, BotoCoreError) as error:
            if not is_passing(error):
                raise
        context.clock.sleep(backoff(attempt + 1))
    return restore(context)


def restore(context: Context) -> bool:
    """Brings back what was before a release suspended it, if one did; whether no release's suspension is left.

    Not while traffic is being shifted, whoever does it: a change of size would make CodeDeploy give that release up.
    Its own follower, the next `watch` or the next `deploy` restores it then.
    """
    target = context.manifest.scalable_target
    before = _record(context) if target else None
    if target is None or before is None:
        return True
    if codedeploy.in_mid_shift(context.aws, context.manifest):
        return False
    context.aws.call("application-autoscaling:RegisterScalableTarget", **_request(target, before))
    try:
        context.aws.call("ssm:DeleteParameter", Name=_parameter(context))
    except ClientError as error:
        # Another watcher of the same release was quicker.
        if error_code(error) != "ParameterNotFound":
            raise
    # Now that the record is gone: a release that begins from here on sees that, and holds.
    if codedeploy.in_mid_shift(context.aws, context.manifest):
        _suspend_again(context, target, before)
        context.show.line("autoscaling suspended again: a release has just begun", "dim")
        return False
    context.show.line("autoscaling restored", "dim")
    return True


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
