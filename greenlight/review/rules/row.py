"""How a rule is written down: a row says what one change of one type of resource does to live traffic. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from greenlight.review.findings import Rank
from greenlight.review.plan import Change
from greenlight.review.world import World


@dataclass(frozen=True)
class Row:
    rank: Rank
    says: str
    """One sentence: what live traffic will see."""
    instead: str | None = None
    """What to do instead, or next."""
    releases: str | None = None
    """Of what takes effect with the next release: the ECS service's name, for the command."""


@dataclass(frozen=True)
class Case:
    """One change, and the stack around it."""

    change: Change
    world: World


Judge = Row | Callable[[Case], Row]


def blocked(says: str, instead: str | None = None) -> Row:
    return Row(Rank.BLOCKED, says, instead)


def refused(says: str, instead: str | None = None) -> Row:
    return Row(Rank.REFUSED, says, instead)


def traffic(says: str, instead: str | None = None) -> Row:
    return Row(Rank.TRAFFIC, says, instead)


def release(says: str, instead: str | None = None) -> Row:
    return Row(Rank.RELEASE, says, instead)


def next_release(says: str, instead: str | None = None) -> Row:
    return Row(Rank.NEXT_RELEASE, says, instead)


def safe(says: str, instead: str | None = None) -> Row:
    return Row(Rank.SAFE, says, instead)


SAFE = safe("Live traffic sees nothing of it.")


def each(names: str, judge: Judge) -> dict[str, Judge]:
    """The same judgement for several arguments, their names separated by spaces."""
    return dict.fromkeys(names.split(), judge)


def becomes(path: str, value: Any, then: Judge, otherwise: Judge = SAFE) -> Judge:
    """By what the argument at a dotted path is afterwards; blocks that there are one of need no index."""

    def judge(case: Case) -> Row:
        return decide(then if at(case.change.after, path) == value else otherwise, case)

    return judge


def decide(judge: Judge, case: Case) -> Row:
    return judge if isinstance(judge, Row) else judge(case)


def at(side: Any, path: str) -> Any:
    """The value at a dotted path, through the first of each list of blocks; None where that leads nowhere."""
    for key in path.split("."):
        if isinstance(side, list):
            side = side[0] if side else None
        side = side.get(key) if isinstance(side, Mapping) else None
    return side


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What changes of one type of resource do.

    What replaces a resource is read from the plan, never from here: it differs from one version of the provider to
    the next. `arguments` say what a change in place does; the longest dotted path that fits is taken.
    """

    what: str
    """What it is, for sentences about it: `the load balancer`."""
    replaced: Judge
    deleted: Judge
    arguments: Mapping[str, Judge] = field(default_factory=dict)
    created: Judge = SAFE

    def judge_argument(self, path: str) -> Judge | None:
        parts = path.replace("[]", "").split(".")
        for length in range(len(parts), 0, -1):
            found = self.arguments.get(".".join(parts[:length]))
            if found is not None:
                return found
        return None


def forgotten(what: str) -> Row:
    return traffic(
        f"Terraform lets go of {what}: it goes on serving as it is, and nobody manages it any longer; a later apply "
        "that makes one of the same name will collide with it.",
        "If it is to go, delete it; if it is managed elsewhere from now on, say where in the pull request.",
    )
