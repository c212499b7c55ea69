"""What `--fix` does: no more than brings back what a release takes for granted, and nothing while one is under way."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenlight import autoscaling, codedeploy, hook_function
from greenlight.clock import Pace
from greenlight.context import Context
from greenlight.errors import RefusedError
from greenlight.manifest import TargetGroup

HEALTHY_SECONDS = 120.0
"""How long targets may take to become healthy once their group is behind a listener."""


@dataclass(frozen=True)
class Forward:
    """Sends all requests of a listener's rule to one of the target groups that it may name.

    A group that no rule names is first given no part of the requests: only then are its targets checked, and without
    a healthy one it gets none.
    """

    rule: Mapping[str, Any]
    """As DescribeRules gives it."""

    listener: str
    to: TargetGroup

    unless_healthy: bool
    """Production: not without a healthy target there."""

    def make(self, context: Context) -> None:
        if codedeploy.under_way(context):
            raise RefusedError("a deployment has begun meanwhile: its listeners are left alone")
        if self.unless_healthy and not _healthy(context, self.to):
            self._change(context, self._actions(attached_only=True))
            self._await_healthy(context)
        self._change(context, self._actions())

    def command(self, options: str) -> str:
        """The same, for the AWS CLI."""
        actions = shlex.quote(json.dumps(self._actions(), separators=(",", ":")))
        if self.rule["IsDefault"]:
            return f"aws elbv2 modify-listener --listener-arn {self.listener} --default-actions {actions} {options}"
        return f"aws elbv2 modify-rule --rule-arn {self.rule['RuleArn']} --actions {actions} {options}"

    def _actions(self, *, attached_only: bool = False) -> list[dict[str, Any]]:
        actions = [dict(action) for action in self.rule["Actions"]]
        if not any(action["Type"] == "forward" for action in actions):
            return [{"Type": "forward", "ForwardConfig": {"TargetGroups": [_part(self.to.arn, 100)]}}]
        return [self._forwarding(one, attached_only) if one["Type"] == "forward" else one for one in actions]

    def _forwarding(self, action: dict[str, Any], attached_only: bool) -> dict[str, Any]:
        config = dict(action.pop("ForwardConfig", None) or {})
        single = action.pop("TargetGroupArn", None)
        groups = config.get("TargetGroups") or [_part(single, 100)]
        others = [group for group in groups if group["TargetGroupArn"] != self.to.arn]
        if attached_only:
            config["TargetGroups"] = [*others, _part(self.to.arn, 0)]
        else:
            config["TargetGroups"] = [_part(self.to.arn, 100), *(_part(one["TargetGroupArn"], 0) for one in others)]
        return action | {"ForwardConfig": config}

    def _change(self, context: Context, actions: Sequence[Mapping[str, Any]]) -> None:
        if self.rule["IsDefault"]:
            context.aws.call(
                "elasticloadbalancing:ModifyListener", ListenerArn=self.listener, DefaultActions=list(actions)
            )
        else:
            context.aws.call("elasticloadbalancing:ModifyRule", RuleArn=self.rule["RuleArn"], Actions=list(actions))

    def _await_healthy(self, context: Context) -> None:
        pace, end = Pace(), context.clock.now() + HEALTHY_SECONDS
        while not _healthy(context, self.to):
            if context.clock.now() >= end:
                waited = f"{HEALTHY_SECONDS:.0f} seconds"
                raise RefusedError(f"no target of {self.to.name} is healthy after {waited}, so it gets no requests")
            context.show.status(f"waiting for a healthy target of {self.to.name}")
            context.clock.sleep(pace.next())


@dataclass(frozen=True)
class RestoreAutoscaling:
    def make(self, context: Context) -> None:
        autoscaling.restore(context)


@dataclass(frozen=True)
class WakeHooks:
    def make(self, context: Context) -> None:
        hook_function.prepare(context)


def _healthy(context: Context, group: TargetGroup) -> bool:
    found = context.aws.call("elasticloadbalancing:DescribeTargetHealth", TargetGroupArn=group.arn)
    return any(target["TargetHealth"]["State"] == "healthy" for target in found["TargetHealthDescriptions"])


def _part(group: str, weight: int) -> dict[str, Any]:
    return {"TargetGroupArn": group, "Weight": weight}
