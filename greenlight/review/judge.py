"""One change, judged by the table of its type; what no table knows raises the verdict. Pure."""

from dataclasses import dataclass, replace

from greenlight.review import causes
from greenlight.review.differences import differences, is_tags_only
from greenlight.review.findings import Difference, Rank
from greenlight.review.plan import Action, Change
from greenlight.review.rules import KINDS
from greenlight.review.rules.row import SAFE, Case, Kind, Row, blocked, decide, forgotten, safe, traffic
from greenlight.review.world import World

# Of every type: labels, and what only Terraform itself goes by.
_EVERYWHERE = {"tags", "tags_all", "timeouts"}
_LOOK = "Look it up, and say in the pull request what it does."


@dataclass(frozen=True, kw_only=True)
class Judged:
    change: Change
    row: Row
    differences: tuple[Difference, ...]


def judge(change: Change, world: World) -> Judged:
    """What a change does to live traffic. A no-op does nothing, whatever else is said of it."""
    found = differences(change, world.plan)
    row = _row(change, world, found)
    if not causes.is_known(change.reason) and change.action not in (Action.NO_OP, Action.READ):
        says = f"{row.says} Terraform gives a reason that this review does not know: {change.reason}."
        row = replace(row, rank=min(row.rank, Rank.TRAFFIC), says=says)
    return Judged(change=change, row=row, differences=found)


def _row(change: Change, world: World, found: tuple[Difference, ...]) -> Row:
    if change.action is Action.NO_OP or not change.managed:
        return SAFE
    kind = KINDS.get(change.type)
    case = Case(change, world)
    if change.deposed is not None:
        return _left_over(kind, case)
    if change.action is Action.UNKNOWN:
        return _unknown_action(change, kind, case)
    if kind is None:
        return _unknown_type(change, found)
    if change.action is Action.UPDATE:
        return _in_place(kind, case, found)
    if change.action in (Action.FORGET, Action.REPLACE_AND_FORGET):
        return forgotten(kind.what)
    return decide({Action.CREATE: kind.created, Action.DELETE: kind.deleted}.get(change.action, kind.replaced), case)


def _in_place(kind: Kind, case: Case, found: tuple[Difference, ...]) -> Row:
    rows: list[Row] = []
    unknown = []
    for one in found:
        top = one.path.split(".")[0].removesuffix("[]")
        if top in _EVERYWHERE:
            continue
        judged = kind.judge_argument(one.path)
        if judged is None:
            unknown.append(top)
        else:
            rows.append(decide(judged, case))
    if unknown:
        names = ", ".join(sorted(set(unknown)))
        rows.append(traffic(f"What a change of {names} does to traffic is not known to this review.", _LOOK))
    if not rows:
        return safe("Labels only." if found else "Only what AWS or the provider fills in.")
    # In the order of danger, and each sentence once.
    rows = sorted(dict.fromkeys(rows), key=lambda row: row.rank)
    worst = [row for row in rows if row.rank is rows[0].rank]
    instead = dict.fromkeys(row.instead for row in worst if row.instead)
    return Row(
        rows[0].rank,
        " ".join(dict.fromkeys(row.says for row in worst)),
        " ".join(instead) or None,
        releases=next((row.releases for row in worst if row.releases), None),
    )


def _unknown_type(change: Change, found: tuple[Difference, ...]) -> Row:
    if change.action is Action.UPDATE and (is_tags_only(found) or not found):
        return safe("Labels only." if found else "Only what AWS or the provider fills in.")
    return traffic(f"What {change.type} does to traffic is not known to this review.", _LOOK)


def _left_over(kind: Kind | None, case: Case) -> Row:
    """Of a replacement that did not end: the old object may still be what serves, or what holds the data."""
    row = decide(kind.deleted, case) if kind else traffic("")
    return Row(
        min(row.rank, Rank.TRAFFIC),
        f"A left-over of an earlier replacement that did not end is deleted; the current one stays. {row.says}".strip(),
        "Check that nothing uses the left-over any more.",
    )


def _unknown_action(change: Change, kind: Kind | None, case: Case) -> Row:
    words = " and ".join(change.actions) or "nothing"
    says = f"Terraform plans {words} for it, which this review does not know."
    if kind is not None and "delete" in change.actions:
        says += f" Deleting it: {decide(kind.deleted, case).says}"
    return blocked(says, _LOOK)
