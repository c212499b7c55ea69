"""What has changed since the last apply, other than by Terraform. Pure.

Each release leaves the same traces; and a first refresh after a creation shows dozens of drifts that mean nothing. What
is left is what a person may have done.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from greenlight.review.differences import differences, is_tags_only
from greenlight.review.findings import Difference, Finding, Quiet, Rank
from greenlight.review.plan import Action, Change, Plan
from greenlight.review.rules.row import at
from greenlight.review.world import LISTENERS, RULES, Pair, World, shares

# What releases change: listeners and rules move, the service has another task set, scaling rests for a shift.
_RELEASED = {
    "aws_ecs_service": {"task_definition", "load_balancer", "platform_version", "network_configuration"},
    "aws_appautoscaling_target": {"suspended_state"},
    **{kind: {"default_action"} for kind in LISTENERS},
    **{kind: {"action"} for kind in RULES},
}
# By what Terraform's own resources do to others: these show the rules that a group has from elsewhere in the plan.
_SHOWN_TWICE = {
    "aws_security_group": {"ingress", "egress"},
    "aws_default_security_group": {"ingress", "egress"},
    "aws_iam_role": {"inline_policy", "managed_policy_arns"},
    "aws_route_table": {"route"},
}


def findings(world: World) -> Iterator[Finding | Quiet | str]:
    """A finding for what traffic may depend on, a quiet line for the rest, and a note of what was released."""
    released = []
    for change in world.plan.drift:
        if not change.managed or change.action is Action.DELETE:
            continue  # what is gone is made anew, which is among the changes
        found = tuple(one for one in differences(change, world.plan) if _could_be_a_person(one, change, world.plan))
        expected = _RELEASED.get(change.type, set())
        ours = tuple(one for one in found if _top(one) in expected)
        pair = world.pair_of(change) or _pair_of_scaling(change, world)
        if ours and pair is not None and _stays_in(pair, change, world.group_names):
            released.append(change)
            found = tuple(one for one in found if one not in ours)
        if found and not is_tags_only(found):
            yield _shown(change, found, world)
    if released:
        yield _released(world)


def _shown(change: Change, found: tuple[Difference, ...], world: World) -> Finding | Quiet:
    construct = world.plan.construct(change.address)
    if change.type in (*LISTENERS, *RULES) and world.pair_of(change):
        return Finding(
            rank=Rank.TRAFFIC,
            address=change.address,
            construct=construct,
            action="changed outside of Terraform",
            consequence="It forwards to a target group that is none of the two that CodeDeploy moves traffic between: "
            "releases fail, or take the traffic away from there.",
            instead="Find out who changed it and why; the next release expects one of the pair.",
            differences=found,
        )
    return Quiet(
        address=change.address,
        construct=construct,
        action="changed outside of Terraform",
        summary=f"{', '.join(sorted({one.path for one in found}))}: somebody, or something, changed it since the last "
        "apply; what Terraform does about it is among the changes",
        differences=found,
    )


def _could_be_a_person(one: Difference, change: Change, plan: Plan) -> bool:
    """Not what AWS computes: an argument that is configured, or one that people set by hand."""
    top = _top(one)
    if top in _SHOWN_TWICE.get(change.type, set()):
        return not _is_told_elsewhere(one, change, plan)
    arguments = plan.references.get(change.configured_as)
    configured = arguments is None or any(path == top or path.startswith(f"{top}.") for path in arguments)
    return configured or top in _RELEASED.get(change.type, set())


def _is_told_elsewhere(one: Difference, change: Change, plan: Plan) -> bool:
    """Whether resources of their own account for as many rules, policies or routes as there are now."""
    own = {
        "ingress": ("aws_vpc_security_group_ingress_rule", "aws_security_group_rule"),
        "egress": ("aws_vpc_security_group_egress_rule", "aws_security_group_rule"),
        "inline_policy": ("aws_iam_role_policy",),
        "managed_policy_arns": ("aws_iam_role_policy_attachment",),
        "route": ("aws_route",),
    }[_top(one)]
    ids = {at(change.after, "id"), at(change.after, "name")} - {None}
    places = ("security_group_id", "role", "route_table_id")
    theirs = [
        other
        for other in plan.of_type(*own)
        if other.before and any(other.before.get(place) in ids for place in places)
    ]
    now = at(change.after, _top(one)) or []
    return _openings(now) <= max(len(theirs), 0)


def _openings(blocks: Any) -> int:
    """How many rules a group's list stands for: one block holds several peers of the same ports."""
    total = 0
    for block in blocks if isinstance(blocks, list) else ():
        peers = ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups")
        several = sum(len(block.get(peer) or ()) for peer in peers) if isinstance(block, Mapping) else 0
        total += several + bool(isinstance(block, Mapping) and block.get("self")) or 1
    return total


def _top(one: Difference) -> str:
    return one.path.split(".")[0].removesuffix("[]")


def _pair_of_scaling(change: Change, world: World) -> Pair | None:
    if change.type != "aws_appautoscaling_target":
        return None
    service = str(at(change.before, "resource_id") or "").rsplit("/", 1)[-1]
    return next((pair for pair in world.pairs if pair.service == service), None)


def _stays_in(pair: Pair, change: Change, names: Mapping[str, str]) -> bool:
    """Whether all target groups that are named now are of the pair; where none is, the service tells."""
    if change.type in LISTENERS or change.type in RULES:
        block = "default_action" if change.type in LISTENERS else "action"
        return set(shares(change.after, block, names)) <= set(pair.groups)
    if change.type == "aws_ecs_service":
        arn = at(change.after, "load_balancer.target_group_arn")
        return arn is None or names.get(arn, arn) in pair.groups
    return True


def _released(world: World) -> str:
    live = []
    for pair in world.pairs:
        service = next(
            (one for one in world.plan.of_type("aws_ecs_service") if at(one.before, "name") == pair.service), None
        )
        listeners = [one for one in world.plan.of_type(*LISTENERS) if at(one.before, "arn") in pair.prod]
        groups = [group for one in listeners for group in shares(one.before, "default_action", world.group_names)]
        if service is not None:
            arn = at(service.before, "load_balancer.target_group_arn")
            groups = groups or [world.group_names[arn]] * (arn in world.group_names)
        revision = str(at(service.before, "task_definition") or "").rsplit("/", 1)[-1] if service else ""
        words = [revision, f"in {' and '.join(groups)}" if groups else ""]
        live.append(f"{pair.service} {' '.join(word for word in words if word)}".strip())
    return f"Released since the last apply, which Terraform leaves as it is. Live now: {', '.join(live)}."
