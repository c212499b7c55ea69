"""What only several changes of a plan say together. Pure."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from greenlight.review.findings import Finding, Rank
from greenlight.review.plan import Action, Change
from greenlight.review.rules.row import at
from greenlight.review.world import LISTENERS, World

_MADE = (Action.CREATE, Action.UPDATE, Action.REPLACE)


def findings(world: World) -> Iterator[Finding]:
    yield from _ports(world)
    yield from _roles(world)


def _ports(world: World) -> Iterator[Finding]:
    """A listener's port and the rules that let it through change in one piece, or requests time out for good."""
    for listener in world.plan.of_type(*LISTENERS):
        port = at(listener.after, "port")
        if listener.action is not Action.UPDATE or port is None or port == at(listener.before, "port"):
            continue
        groups = _groups_of(world, listener)
        if groups and not any(_lets_in(one, port, groups) for one in world.plan.changes if one.managed):
            yield Finding(
                rank=Rank.TRAFFIC,
                address=listener.address,
                construct=world.plan.construct(listener.address),
                action="changed in place",
                consequence=f"No rule lets port {port} into the load balancer after this apply: every request to the "
                "listener times out.",
                instead="Let the port in with the same change: into the load balancer's group, and out of the groups "
                "of whoever calls it.",
            )


def _groups_of(world: World, listener: Change) -> set[Any]:
    arn = at(listener.after, "load_balancer_arn")
    balancers = [one for one in world.plan.of_type("aws_lb", "aws_alb") if at(one.before, "arn") == arn]
    return {group for one in balancers for group in at(one.after, "security_groups") or ()}


def _lets_in(change: Change, port: int, groups: set[Any]) -> bool:
    if change.action in (Action.DELETE, Action.FORGET) or not isinstance(change.after, dict):
        return False
    after = change.after
    is_rule = change.type == "aws_vpc_security_group_ingress_rule" or (
        change.type == "aws_security_group_rule" and after.get("type") == "ingress"
    )
    if is_rule and after.get("security_group_id") in groups:
        return _covers(after, port)
    if change.type == "aws_security_group" and after.get("id") in groups and change.action is not Action.NO_OP:
        return any(_covers(block, port) for block in after.get("ingress") or ())
    if change.type == "aws_security_group" and after.get("id") in groups:
        # Its inline rules; those of resources of their own are listed here too, as they were before.
        return any(_covers(block, port) for block in after.get("ingress") or ())
    return False


def _covers(rule: dict[str, Any], port: int) -> bool:
    first, last = rule.get("from_port"), rule.get("to_port")
    if rule.get("ip_protocol") == "-1" or rule.get("protocol") == "-1" or first is None:
        return True
    return int(first) <= port <= int(last if last is not None else first)


def _roles(world: World) -> Iterator[Finding]:
    """CodeDeploy passes the tasks' roles on; one that its policy does not name ends the next release."""
    if not world.has_codedeploy:
        return
    policies = world.plan.of_type("aws_iam_role_policy", "aws_iam_policy")
    texts = [one.after.get("policy") for one in policies if isinstance(one.after, dict)]
    if any(text is None for text in texts):
        return  # something is known after the apply only
    passed = [resource for text in texts for resource in _may_be_passed(str(text))]
    for definition in world.plan.of_type("aws_ecs_task_definition"):
        if definition.action not in _MADE or not isinstance(definition.after, dict):
            continue
        for argument in ("task_role_arn", "execution_role_arn"):
            role = definition.after.get(argument)
            if (
                role
                and role != at(definition.before, argument)
                and passed
                and not any(fnmatchcase(role, one) for one in passed)
            ):
                yield Finding(
                    rank=Rank.TRAFFIC,
                    address=definition.address,
                    construct=world.plan.construct(definition.address),
                    action="a new revision",
                    consequence=f"No policy of this stack lets CodeDeploy pass the new {argument}, "
                    f"{role.rsplit('/', 1)[-1]}: the next release fails when it starts the first task.",
                    instead="Name the role in iam:PassRole of CodeDeploy's service role, with the same change.",
                )


def _may_be_passed(policy: str) -> list[str]:
    """The resources, with their wildcards, that a policy allows to pass."""
    try:
        statements = json.loads(policy)["Statement"]
    except (ValueError, KeyError, TypeError):
        return []
    found: list[str] = []
    for one in statements if isinstance(statements, list) else [statements]:
        actions, resources = (_listed(one.get(key)) for key in ("Action", "Resource"))
        if one.get("Effect", "Allow") == "Allow" and any(fnmatchcase("iam:PassRole", action) for action in actions):
            found += resources
    return found


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []
