"""What every form of a review says in the same words. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from greenlight.review.findings import Counts, Difference, Finding, Quiet, Rank, Review

ALLOWED = "Allowed, each for the reason given"


@dataclass(frozen=True)
class Group:
    """Quiet changes that are the same."""

    members: tuple[Quiet, ...]

    @property
    def action(self) -> str:
        return self.members[0].action

    @property
    def summary(self) -> str:
        return self.members[0].summary

    @property
    def differences(self) -> tuple[Difference, ...]:
        return self.members[0].differences


def verdict(rank: Rank) -> str:
    """In a word or few: `Blocked`."""
    return rank.title.partition(":")[0]


def worst(reviews: Sequence[Review]) -> Rank:
    return min(review.verdict for review in reviews)


def over_all(reviews: Sequence[Review]) -> str:
    """`3 stacks: 1 blocked, 2 safe`."""
    ranks = Counter(review.verdict for review in reviews)
    each = ", ".join(f"{ranks[rank]:,} {_lower(verdict(rank))}" for rank in sorted(ranks))
    return f"{plural(len(reviews), 'stack')}: {each}"


def counts(of: Counts) -> str:
    """`1 to add, 2 to replace`; what is zero is left out, and so all of it may be."""
    numbers = {
        "add": of.add,
        "change": of.change,
        "replace": of.replace,
        "destroy": of.destroy,
        "move": of.move,
        "import": of.import_,
        "forget": of.forget,
    }
    return ", ".join(f"{number:,} to {what}" for what, number in numbers.items() if number)


def sections(findings: Iterable[Finding]) -> list[tuple[str, Rank, list[Finding]]]:
    """Title, rank and findings: by rank, the worst first; then what was allowed. Without the safe ones."""
    ranked = sorted(findings, key=lambda finding: finding.rank)  # those that are allowed too
    found = [
        (rank.title, rank, [one for one in ranked if one.rank is rank and one.allowed is None])
        for rank in Rank
        if rank is not Rank.SAFE
    ]
    allowed = [one for one in ranked if one.allowed is not None]
    return [section for section in [*found, (ALLOWED, Rank.SAFE, allowed)] if section[2]]


def alike(findings: Iterable[Finding]) -> list[tuple[Finding, ...]]:
    """Those that differ in nothing but what they are about, such as both target groups, together."""
    groups: dict[Finding, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(replace(finding, address="", construct=None), []).append(finding)
    return [tuple(members) for members in groups.values()]


def safe(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.rank is Rank.SAFE and finding.allowed is None]


def grouped(changes: Iterable[Quiet]) -> list[Group]:
    """Those that say the same, such as a tag on every resource, together: in the order of their first."""
    groups: dict[tuple[str, str, tuple[Difference, ...]], list[Quiet]] = {}
    for change in changes:
        groups.setdefault((change.action, change.summary, change.differences), []).append(change)
    return [Group(tuple(members)) for members in groups.values()]


def plural(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
