"""What a plan was made against: the version and the colour of each service that CodeDeploy releases. Pure.

A release changes both and leaves Terraform's state as it is, so that Terraform does not notice that a plan is old. The
values are those from before the change, as the plan's refresh saw them; what a plan does not change carries them too.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from greenlight.review.plan import Change, Plan
from greenlight.review.world import LISTENERS, RULES

_GROUP = "aws_codedeploy_deployment_group"


@dataclass(frozen=True, kw_only=True)
class Group:
    """A CodeDeploy deployment group of ECS."""

    application: str
    name: str
    cluster: str
    service: str
    listeners: tuple[str, ...]
    """ARNs of those with production traffic; empty where they are not made yet."""
    pair: tuple[str, ...]
    """Names of the target groups that traffic moves between."""
    arn: str | None
    """None: it is not made yet."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """An ECS service that CodeDeploy releases."""

    arn: str
    cluster: str
    name: str
    group: Group | None
    """None where the plan does not have it."""
    live: str
    """`dev-api:7 on dev-api-blue`: the revision, and where production traffic goes."""

    @property
    def key(self) -> str:
        return f"{self.cluster}/{self.name}"


def made_against(plan: Plan) -> dict[str, str]:
    """`cluster/service` -> `dev-api:7 on dev-api-blue`; empty where CodeDeploy releases nothing of the plan's yet."""
    return {service.key: service.live for service in services(plan)}


def services(plan: Plan) -> list[Service]:
    """Those that there are already."""
    known = {(group.cluster, group.service): group for group in groups(plan)}
    found = []
    for change in plan.of_type("aws_ecs_service"):
        before = change.before
        if change.value(before, "deployment_controller", 0, "type") != "CODE_DEPLOY":
            continue
        cluster = last(str(before["cluster"]))
        group = known.get((cluster, before["name"]))
        balancers = before.get("load_balancer") or ()
        colour = (group and _colour(plan, group)) or own_colour(one["target_group_arn"] for one in balancers)
        found.append(
            Service(
                arn=str(before["id"]),
                cluster=cluster,
                name=before["name"],
                group=group,
                live=described(str(before["task_definition"]), colour),
            )
        )
    return found


def groups(plan: Plan) -> list[Group]:
    """Those that there are, and those that the plan makes; not those of EC2 and Lambda."""
    sides = (change.before or change.after for change in plan.of_type(_GROUP))
    return [group for side in sides if (group := _group(side))]


def untouched_groups(document: Mapping[str, Any]) -> list[Group]:
    """All that the state has: of a plan for some resources only, `resource_changes` leaves out the others."""
    state = (document.get("prior_state") or {}).get("values") or {}
    found = (one["values"] for one in _resources(state.get("root_module") or {}) if one.get("type") == _GROUP)
    return [group for values in found if (group := _group(values))]


def described(task_definition: str, colour: str) -> str:
    return f"{last(task_definition)} on {colour}"


def colour(rules: Iterable[Mapping[str, int]], pair: Sequence[str]) -> str:
    """Where the rules of the production listeners, each target group's ARN -> weight, send the pair's traffic."""
    found = set()
    for rule in rules:
        parts = {group_name(arn): weight for arn, weight in rule.items() if weight}
        if parts.keys() & set(pair):
            whole = sum(parts.values())
            shares = [f"{round(100 * weight / whole)} % {name}" for name, weight in sorted(parts.items())]
            found.add(", ".join(shares) if len(parts) > 1 else next(iter(parts)))
    return " or ".join(sorted(found)) or "neither of its target groups"


def own_colour(arns: Iterable[str]) -> str:
    """By the service's own word, where listeners say nothing."""
    return ", ".join(sorted(group_name(arn) for arn in arns if arn)) or "no target group"


def group_name(arn: str) -> str:
    parts = arn.split("/")
    return parts[-2] if arn.startswith("arn:") and len(parts) == 3 else arn


def last(arn: str) -> str:
    """The name at the end of an ARN; a name itself as it is."""
    return arn.rsplit("/", 1)[-1]


def _colour(plan: Plan, group: Group) -> str | None:
    """By the listeners; None where they are not in the plan, or do not say it.

    The provider reads an action as it is configured. If that names one target group, CodeDeploy's weights over two
    leave it without any.
    """
    rules: list[dict[str, int]] = []
    for arn in group.listeners:
        actions = [one.before["default_action"] for one in plan.of_type(*LISTENERS) if _arn(one, "arn") == arn]
        actions += [one.before["action"] for one in plan.of_type(*RULES) if _arn(one, "listener_arn") == arn]
        for action in actions:
            parts = _forwards(action)
            if parts is None:
                return None
            rules.append(parts)
    return colour(rules, group.pair) if rules else None


def _arn(change: Change, key: str) -> Any:
    return change.value(change.before, key)


def _forwards(actions: Any) -> dict[str, int] | None:
    """Target group's ARN -> weight; empty where requests are not forwarded, None where it does not say to whom."""
    for action in actions:
        if action.get("type") != "forward":
            continue
        weights = [one for block in action.get("forward") or () for one in block.get("target_group") or ()]
        if weights:
            return {str(one["arn"]): int(one["weight"]) for one in weights}
        return {str(action["target_group_arn"]): 1} if action.get("target_group_arn") else None
    return {}


def _group(values: Mapping[str, Any]) -> Group | None:
    """None where it is not one of ECS, and where its names are not known before the apply."""
    service = (values.get("ecs_service") or [{}])[0]
    names = [values.get("app_name"), values.get("deployment_group_name")]
    names += [service.get("cluster_name"), service.get("service_name")]
    if not all(names):
        return None
    info = (values.get("load_balancer_info") or [{}])[0]
    pair = (info.get("target_group_pair_info") or [{}])[0]
    return Group(
        application=str(names[0]),
        name=str(names[1]),
        cluster=str(names[2]),
        service=str(names[3]),
        listeners=tuple(arn for one in pair.get("prod_traffic_route") or () for arn in one.get("listener_arns") or ()),
        pair=tuple(one["name"] for one in pair.get("target_group") or () if one.get("name")),
        arn=values.get("arn"),
    )


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _resources(child)
