"""From a plan to its review: each change is judged, what follows from another stands under it, the worst is first."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from greenlight.review import drift, notes, together
from greenlight.review.allowed import concluded
from greenlight.review.causes import GONE, Causes, why
from greenlight.review.findings import Consequent, Counts, Finding, Quiet, Rank, Review
from greenlight.review.judge import Judged, judge
from greenlight.review.marked import without_marked
from greenlight.review.plan import Action, Change, Plan
from greenlight.review.policy_documents import filled_in
from greenlight.review.renamed import renamed
from greenlight.review.rules import KINDS
from greenlight.review.rules.row import Row
from greenlight.review.world import LISTENERS, RULES, World

_WORDS = {
    Action.NO_OP: "stays",
    Action.CREATE: "created",
    Action.READ: "read",
    Action.UPDATE: "changed in place",
    Action.REPLACE: "replaced",
    Action.REPLACE_AND_FORGET: "made anew, the old one forgotten",
    Action.DELETE: "deleted",
    Action.FORGET: "forgotten",
    Action.UNKNOWN: "not known",
}

# What lets requests in, the most telling of what follows from another change.
_ENTRIES = ("aws_apigatewayv2_vpc_link", "aws_lb", "aws_alb", "aws_ecs_service", "aws_lb_listener", "aws_alb_listener")


def review(plan: Plan) -> Review:
    """Everything that a reviewer should know of one stack's plan."""
    counts = _counts(plan)
    plan = filled_in(_as_it_was(plan))
    world = World(plan)
    judged = [judge(change, world) for change in plan.changes if _is_news(change)]
    found: list[Finding] = [*notes.findings(plan), *together.findings(world)]
    quiet: list[Quiet] = []
    if _is_destroy(plan):
        found.append(_destroy(plan, judged))
    else:
        more, quiet = _sorted_out(plan, world, judged)
        found += more
    sentences = list(notes.notes(plan, world))
    for one in drift.findings(world):
        if isinstance(one, str):
            sentences.append(one)
        elif isinstance(one, Finding):
            found.append(one)
        else:
            quiet.append(one)
    empty = Review(
        stack=plan.stack,
        verdict=Rank.SAFE,
        headline=notes.nothing(plan),
        counts=counts,
        notes=tuple(sentences),
        quiet=tuple(quiet),
    )
    return without_marked(concluded(empty, found) if found else empty, plan)


def _as_it_was(plan: Plan) -> Plan:
    """A listener that somebody deleted by hand comes back on the configured group, as one that is replaced does."""
    gone = {one.address: one.before for one in plan.drift if one.action is Action.DELETE and one.deposed is None}
    changes = tuple(
        replace(change, before=gone[change.address], actions=("delete", "create"), reason=GONE)
        if change.action is Action.CREATE and change.type in (*LISTENERS, *RULES) and change.address in gone
        else change
        for change in plan.changes
    )
    return replace(plan, changes=changes)


def _is_news(change: Change) -> bool:
    if change.action is Action.NO_OP:
        return change.previous_address is not None or change.importing
    return change.managed or change.action is not Action.READ


def _sorted_out(plan: Plan, world: World, judged: Sequence[Judged]) -> tuple[list[Finding], list[Quiet]]:
    """Findings, with what follows from each under it; and what nobody has to look at."""
    causes = Causes(plan)
    by_change = {id(one.change): one for one in judged}
    following: dict[int, list[tuple[Judged, str]]] = {}
    under: set[int] = set()
    reasons: dict[int, str] = {}
    for one in judged:
        root, by = causes.root(one.change, one.differences) or (None, "")
        if root is None or id(root) not in by_change:
            continue
        if by_change[id(root)].row.rank <= one.row.rank:
            following.setdefault(id(root), []).append((one, by))
            under.add(id(one.change))
        else:
            reasons[id(one.change)] = f"{by} comes from {root.address}, which is replaced"
    for service, parts in _services_that_go(plan, judged):
        following.setdefault(id(service.change), []).extend((part, "its service goes") for part in parts)
        under |= {id(part.change) for part in parts}
    found, quiet = [], []
    again = renamed(plan)
    for one in judged:
        if id(one.change) in under:
            continue
        chain = following.get(id(one.change), [])
        if one.row.rank is not Rank.SAFE:
            finding = _finding(one, chain, world, reasons.get(id(one.change)))
            found.append(_made_again(finding, again[one.change.address]) if one.change.address in again else finding)
        else:
            quiet += [_quiet(one, plan), *(_quiet(part, plan) for part, _ in chain)]
    return found, quiet


def _services_that_go(plan: Plan, judged: Sequence[Judged]) -> list[tuple[Judged, list[Judged]]]:
    """Each ECS service that is deleted, with what the same construct made and goes along with it."""
    found = []
    for one in judged:
        if one.change.type != "aws_ecs_service" or one.change.action is not Action.DELETE:
            continue
        path = (plan.construct(one.change.address) or "").split("/")
        home = "/".join(path[:2]) + "/" if len(path) > 2 else None
        parts = [
            other
            for other in judged
            if other is not one
            and other.change.action is Action.DELETE
            and home is not None
            and (plan.construct(other.change.address) or "").startswith(home)
        ]
        found.append((one, parts))
    return found


def _finding(one: Judged, chain: Sequence[tuple[Judged, str]], world: World, reason: str | None) -> Finding:
    plan, change, row = world.plan, one.change, one.row
    # What hurts most of what follows is said as well: a security group alone explains no lost VPC link.
    worst = next((part for part, _ in chain if part.row.rank is Rank.BLOCKED and part.change.type in _ENTRIES), None)
    with_it = f" With it goes {KINDS[worst.change.type].what}: {worst.row.says}" if worst else ""
    return Finding(
        rank=row.rank,
        address=change.address,
        construct=plan.construct(change.address),
        action=_action(change),
        consequence=row.says + with_it,
        instead=_instead(row, world),
        why=reason or why(change),
        differences=one.differences,
        consequents=tuple(
            Consequent(
                address=part.change.address,
                construct=plan.construct(part.change.address),
                action=_action(part.change),
                by=by,
            )
            for part, by in chain
        ),
    )


def _made_again(finding: Finding, address: str) -> Finding:
    return replace(
        finding,
        why=f"{finding.why or 'its address has changed'}; {address}, which is created, looks like the same thing",
        instead="If it is, say so with a moved block (`move_from_id` in CDKTF), and nothing happens to it: from "
        f"`{finding.address}` to `{address}`.",
    )


def _quiet(one: Judged, plan: Plan) -> Quiet:
    change = one.change
    origin = f"moved from {change.previous_address}" if change.previous_address else ""
    words = [_action(change), origin, "imported" if change.importing else ""]
    return Quiet(
        address=change.address,
        construct=plan.construct(change.address),
        action=", ".join(word for word in words if word and not (word == "stays" and any(words[1:]))),
        summary=one.row.says,
        differences=one.differences,
    )


def _instead(row: Row, world: World) -> str | None:
    command = world.release(row.releases) if row.releases else None
    return f"{row.instead} `{command}`" if command else row.instead


def _action(change: Change) -> str:
    if change.type == "aws_ecs_task_definition" and change.action is Action.REPLACE:
        return "a new revision"
    return "left-over deleted" if change.deposed is not None else _WORDS[change.action]


def _is_destroy(plan: Plan) -> bool:
    """Nothing records that it is one: every managed resource is deleted."""
    managed = [one for one in plan.changes if one.managed]
    return bool(managed) and all(one.action is Action.DELETE for one in managed)


def _destroy(plan: Plan, judged: Sequence[Judged]) -> Finding:
    worst = sorted(judged, key=lambda one: one.row.rank)
    return Finding(
        rank=min((one.row.rank for one in judged), default=Rank.SAFE),
        address=plan.stack,
        construct=None,
        action="destroyed",
        consequence=f"Everything in this stack is deleted, {len(judged)} resources: nothing serves afterwards.",
        instead="Apply it only where the whole stack is meant to go.",
        consequents=tuple(
            Consequent(
                address=one.change.address,
                construct=plan.construct(one.change.address),
                action=_action(one.change),
                by="the whole stack goes",
            )
            for one in worst
        ),
    )


def _counts(plan: Plan) -> Counts:
    """As Terraform's own line, which counts an import or a move apart from what else is done to it."""
    managed = [one for one in plan.changes if one.managed]
    actions = Counter(one.action for one in managed if one.deposed is None)
    return Counts(
        add=actions[Action.CREATE],
        change=actions[Action.UPDATE],
        replace=actions[Action.REPLACE] + actions[Action.REPLACE_AND_FORGET],
        destroy=actions[Action.DELETE] + sum(one.deposed is not None for one in managed),
        move=sum(one.previous_address is not None for one in managed),
        import_=sum(one.importing for one in managed),
        forget=actions[Action.FORGET] + actions[Action.REPLACE_AND_FORGET],
    )
