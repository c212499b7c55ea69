"""What a plan tells of the stack around a change: who releases what, and where the traffic is. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from greenlight.review.plan import Action, Change, Plan

LISTENERS = ("aws_lb_listener", "aws_alb_listener")
RULES = ("aws_lb_listener_rule", "aws_alb_listener_rule")
TARGET_GROUPS = ("aws_lb_target_group", "aws_alb_target_group")


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A CodeDeploy deployment group of ECS, as it is before the plan is applied; where it is new, after."""

    change: Change
    service: str
    groups: tuple[str, ...]
    """Names of the target groups that traffic moves between."""
    prod: tuple[str, ...]
    """Listener ARNs."""
    test: tuple[str, ...]


class World:
    """One plan's. Everything is taken from the values before the change, which are what runs now."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        found = []
        for change in self.plan.of_type("aws_codedeploy_deployment_group"):
            now = _now(change)
            service = _first(now, "ecs_service", "service_name")
            info = change.value(now, "load_balancer_info", 0, "target_group_pair_info", 0) or {}
            if service or info:
                found.append(
                    Pair(
                        change=change,
                        service=str(service or ""),
                        groups=tuple(str(one["name"]) for one in info.get("target_group") or () if one.get("name")),
                        prod=_arns(info.get("prod_traffic_route")),
                        test=_arns(info.get("test_traffic_route")),
                    )
                )
        return tuple(found)

    @cached_property
    def has_codedeploy(self) -> bool:
        """Whether CodeDeploy releases a service of this stack. Where it does not, nothing is said of it."""
        services = self.plan.of_type("aws_ecs_service")
        return bool(self.pairs) or any(controller(one) == "CODE_DEPLOY" for one in services)

    @cached_property
    def group_names(self) -> Mapping[str, str]:
        """Target group's ARN -> its name."""
        groups = self.plan.of_type(*TARGET_GROUPS)
        return {one.before["arn"]: one.before["name"] for one in groups if one.before and one.before.get("arn")}

    @cached_property
    def manifests(self) -> tuple[Mapping[str, Any], ...]:
        """The release manifests that the stack has."""
        found = []
        for change in self.plan.of_type("aws_ssm_parameter"):
            now = _now(change)
            if str(now.get("name", "")).startswith("/greenlight/"):
                try:
                    content = json.loads(now.get("insecure_value") or now.get("value") or "")
                except ValueError:
                    continue
                if isinstance(content, dict) and {"environment", "service", "ecs_service"} <= content.keys():
                    found.append(content)
        return tuple(found)

    def pair_of(self, change: Change) -> Pair | None:
        """The deployment group that a service, target group, listener or listener rule belongs to."""
        now = _now(change)
        for pair in self.pairs:
            if change.type == "aws_ecs_service" and now.get("name") == pair.service:
                return pair
            if change.type in TARGET_GROUPS and now.get("name") in pair.groups:
                return pair
            if self._listener(change) in pair.prod + pair.test:
                return pair
            if change.type in RULES and set(shares(change.before, "action", self.group_names)) & set(pair.groups):
                return pair
        return None

    def pair_of_group(self, group: Change) -> Pair | None:
        """Of a deployment group."""
        return next((pair for pair in self.pairs if pair.change is group), None)

    def role_of(self, change: Change) -> str | None:
        """`prod` or `test`, of a listener or a rule of it; None where no deployment group names it."""
        pair = self.pair_of(change)
        if pair is None:
            return None
        arn = self._listener(change)
        return "prod" if arn in pair.prod else "test" if arn in pair.test else None

    def _listener(self, change: Change) -> str | None:
        now = _now(change)
        if change.type in LISTENERS:
            return now.get("arn")
        return now.get("listener_arn") if change.type in RULES else None

    def listens_on(self, group: Change) -> list[Change]:
        """The listeners and rules that forward to a target group now and are not deleted by this plan."""
        arn = (group.before or {}).get("arn")
        return [
            one
            for one in self.plan.of_type(*LISTENERS, *RULES)
            if one.action not in (Action.DELETE, Action.CREATE) and arn in _forwards(one.before, _block(one))
        ]

    def shows_production(self, pair: Pair) -> bool:
        """Whether the plan tells where the pair's production listener forwards."""
        listeners = [one for one in self.plan.of_type(*LISTENERS) if self._listener(one) in pair.prod]
        return any(_forwards(one.before, _block(one)) for one in listeners)

    def service_of(self, definition: Change) -> Change | None:
        """The ECS service that runs revisions of a task definition's family."""
        family = _now(definition).get("family")
        for service in self.plan.of_type("aws_ecs_service"):
            runs = str(_now(service).get("task_definition") or "")
            if runs.rsplit("/", 1)[-1].split(":")[0] == family:
                return service
        return None

    def address(self, service: str | None) -> str | None:
        """NAME/SERVICE, by which the release CLI knows an ECS service."""
        known = [one for one in self.manifests if service is None or one["ecs_service"] == service]
        return f"{known[0]['environment']}/{known[0]['service']}" if len(known) == 1 else None

    def release(self, service: str | None) -> str | None:
        """The command that releases it; None where the release CLI does not know it."""
        address = self.address(service)
        return f"greenlight deploy {address}" if address else None


def controller(service: Change) -> str:
    """Who changes an ECS service's tasks, now."""
    now = _now(service)
    return str(_first(now, "deployment_controller", "type") or "ECS")


def strategy(service: Change) -> str | None:
    """Of ECS's own deployments; only the provider's versions since 6.4 know another than rolling ones."""
    return _first(_now(service), "deployment_configuration", "strategy")


def shares(side: Any, block: str, names: Mapping[str, str]) -> dict[str, int]:
    """Target group's name, or its ARN where that is all there is -> its weight, where a listener or rule forwards.

    Empty where it does not forward, or does not say to whom.
    """
    return {names.get(arn, arn): weight for arn, weight in _forwards(side, block).items() if weight}


def _forwards(side: Any, block: str) -> dict[str, int]:
    for action in (side or {}).get(block) or ():
        if not isinstance(action, dict) or action.get("type") != "forward":
            continue
        groups = [group for forward in action.get("forward") or () for group in forward.get("target_group") or ()]
        if groups:
            return {str(group["arn"]): int(group.get("weight") or 0) for group in groups if group.get("arn")}
        if action.get("target_group_arn"):
            return {str(action["target_group_arn"]): 100}
    return {}


def _block(change: Change) -> str:
    return "default_action" if change.type in LISTENERS else "action"


def _now(change: Change) -> Mapping[str, Any]:
    side = change.before if change.before is not None else change.after
    return side if isinstance(side, dict) else {}


def _first(now: Mapping[str, Any], block: str, key: str) -> str | None:
    blocks = now.get(block) or [{}]
    found = blocks[0].get(key) if isinstance(blocks[0], dict) else None
    return str(found) if found else None


def _arns(route: Any) -> tuple[str, ...]:
    return tuple(str(arn) for one in route or () for arn in (one or {}).get("listener_arns") or () if arn)
