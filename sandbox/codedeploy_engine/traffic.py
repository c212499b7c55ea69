"""Elastic Load Balancing as CodeDeploy uses it: both groups of the pair stay in the forward action, with weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.clients import Caller
from sandbox.codedeploy_engine.ports import PortError
from sandbox.codedeploy_engine.role import ServiceRole

Action = dict[str, Any]

MOST_WEIGHT = 999
"""AWS's own limit."""


def weights(actions: Sequence[Action]) -> dict[str, int]:
    """What the forward action among these gives to which target group."""
    for action in actions:
        if action["Type"] != "forward":
            continue
        groups = (action.get("ForwardConfig") or {}).get("TargetGroups")
        if groups:
            return {group["TargetGroupArn"]: int(group.get("Weight", 1)) for group in groups}
        if action.get("TargetGroupArn"):
            return {action["TargetGroupArn"]: 1}
    return {}


def moved(actions: Sequence[Action], live: str, other: str, percent: float) -> list[Action] | None:
    """The same actions with the new shares; None when they have nothing to do with the pair, or are so already."""
    now = weights(actions)
    if not {live, other} & now.keys():
        return None
    wanted = _wanted(now, live, other, percent)
    if _shares(now) == _shares(wanted):
        return None
    changed = []
    for action in actions:
        if action["Type"] == "forward":
            config = {"TargetGroups": [{"TargetGroupArn": arn, "Weight": wanted[arn]} for arn in wanted]}
            stickiness = (action.get("ForwardConfig") or {}).get("TargetGroupStickinessConfig")
            if stickiness:
                config["TargetGroupStickinessConfig"] = stickiness
            order = {"Order": action["Order"]} if "Order" in action else {}
            action = {"Type": "forward", "ForwardConfig": config, **order}
        changed.append(action)
    return changed


def _wanted(now: dict[str, int], live: str, other: str, percent: float) -> dict[str, int]:
    """The pair's part split anew. What goes to other groups is not CodeDeploy's, and keeps its share."""
    others = {arn: weight for arn, weight in now.items() if arn not in (live, other)}
    pair = now.get(live, 0) + now.get(other, 0)
    if others:
        # Weights are whole numbers: a tenth of 1 is none. So all are made as big as they may be.
        scale = MOST_WEIGHT / max(pair, *others.values(), 1)
        pair, others = round(pair * scale), {arn: round(weight * scale) for arn, weight in others.items()}
    else:
        pair = 100
    moving = round(pair * percent / 100)
    return {live: pair - moving, other: moving, **others}


def _shares(given: dict[str, int]) -> dict[str, float]:
    total = sum(given.values()) or 1
    return {arn: weight / total for arn, weight in given.items()}


class LoadBalancing:
    """The port `Traffic`, over the API."""

    def __init__(self, role: ServiceRole, ecs: Caller):
        self._role = role
        self._ecs = ecs

    async def target_groups(self, names: Sequence[str]) -> list[str]:
        answer = await self._call("describe_target_groups", Names=list(names))
        arns = {group["TargetGroupName"]: str(group["TargetGroupArn"]) for group in answer["TargetGroups"]}
        return [arns[name] for name in names]

    async def carries(self, listeners: Sequence[str], group: str) -> bool:
        found = [weights(actions).get(group, 0) for actions, _, _ in await self._actions(listeners)]
        return any(found)

    async def is_attached(self, group: str) -> bool:
        answer = await self._call("describe_target_groups", TargetGroupArns=[group])
        return bool(answer["TargetGroups"][0]["LoadBalancerArns"])

    async def move(self, listeners: Sequence[str], live: str, other: str, percent: float) -> None:
        for actions, operation, named in await self._actions(listeners):
            await self._change(operation, named, moved(actions, live, other, percent))

    async def restore(self, listeners: Sequence[str], live: str, other: str) -> None:
        for actions, operation, named in await self._actions(listeners):
            if weights(actions).get(other):
                await self._change(operation, named, moved(actions, live, other, 0))

    async def _change(self, operation: str, named: dict[str, str], changed: list[Action] | None) -> None:
        if changed is not None:
            key = "DefaultActions" if operation == "modify_listener" else "Actions"
            await self._call(operation, **named, **{key: changed})

    async def healthy_targets(self, group: str) -> int | None:
        # ECS says whether a task set is steady, its targets included: AWS's policy for CodeDeploy's role
        # (AWSCodeDeployRoleForECS) has no DescribeTargetHealth, the one for ECS's own role has.
        region = group.split(":")[3]
        try:
            answer = await self._ecs.call("elbv2", region, "describe_target_health", TargetGroupArn=group)
        except (ClientError, BotoCoreError) as problem:
            raise PortError(str(problem)) from None
        states = [entry["TargetHealth"]["State"] for entry in answer["TargetHealthDescriptions"]]
        # The tasks of an earlier release may still be leaving the group.
        states = [state for state in states if state != "draining"]
        return len(states) if set(states) <= {"healthy"} else None

    async def _actions(self, listeners: Sequence[str]) -> list[tuple[list[Action], str, dict[str, str]]]:
        """All actions of these listeners, with the call that changes them: of each by default, then of its rules."""
        found: list[tuple[list[Action], str, dict[str, str]]] = []
        for arn in listeners:
            answer = await self._call("describe_listeners", ListenerArns=[arn])
            found += [
                (listener["DefaultActions"], "modify_listener", {"ListenerArn": arn})
                for listener in answer["Listeners"]
            ]
            found += [
                (rule["Actions"], "modify_rule", {"RuleArn": rule["RuleArn"]})
                for rule in await self._rules(arn)
                if not rule["IsDefault"]
            ]
        return found

    async def _rules(self, listener: str) -> list[dict[str, Any]]:
        """All of them: a page has fifty, and a rule that stayed behind would keep sending to the tasks that end."""
        rules: list[dict[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            page = await self._call("describe_rules", ListenerArn=listener, **more)
            rules += page["Rules"]
            if not page.get("NextMarker"):
                return rules
            more = {"Marker": page["NextMarker"]}

    async def _call(self, operation: str, **params: Any) -> Any:
        return await self._role.call("elbv2", operation, **params)
