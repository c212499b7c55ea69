"""What a review says. The renderers take it as it is: every value in it may be shown. Pure.

In sentences, names and values stand between back-ticks, addresses above all, whose keys may be whole sentences.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Rank(IntEnum):
    """What a change does, the worst first. All but the last two need a reviewer's eyes: exit code 2."""

    BLOCKED = 0
    REFUSED = 1
    TRAFFIC = 2
    RELEASE = 3
    NEXT_RELEASE = 4
    SAFE = 5

    @property
    def key(self) -> str:
        """Its name in JSON and in tests."""
        return self.name.lower().replace("_", "-")

    @property
    def title(self) -> str:
        return _TITLES[self]

    @property
    def needs_a_look(self) -> bool:
        return self < Rank.NEXT_RELEASE


_TITLES = {
    Rank.BLOCKED: "Blocked: what carries traffic or state would be replaced or deleted",
    Rank.REFUSED: "Refused half-way: AWS will refuse it and leave the rest undone",
    Rank.TRAFFIC: "Traffic risk",
    Rank.RELEASE: "Would disturb a release",
    Rank.NEXT_RELEASE: "Takes effect with the next release",
    Rank.SAFE: "Safe",
}


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One value that changes. The texts are JSON, or words in round brackets where the value is not shown."""

    path: str
    """Dotted, as a person says it: `health_check.path`, `container_definitions.api.environment.LOG_LEVEL`."""
    before: str | None
    """None: was not there."""
    after: str | None
    """None: goes."""
    forces: bool = False
    """It is why the resource is replaced."""


@dataclass(frozen=True, kw_only=True)
class Consequent:
    """A resource that is replaced, or changed, only because another one is."""

    address: str
    construct: str | None
    action: str
    by: str
    """The argument through which the change reaches it."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One resource's change, or what several of them do together."""

    rank: Rank
    address: str
    construct: str | None
    """The path of the construct, such as `dev/service-api/traffic/prod`; None where it is not known."""
    action: str
    """What happens to it, in a word or two: `replaced`, `changed in place`, `deleted`."""
    consequence: str
    """One sentence: what live traffic will see."""
    instead: str | None
    """What to do instead, or next. Commands stand between back-ticks."""
    why: str | None = None
    """Why it is replaced or deleted, if it is."""
    differences: tuple[Difference, ...] = ()
    consequents: tuple[Consequent, ...] = ()
    allowed: str | None = None
    """The reason with which somebody allowed it: it no longer counts for the verdict."""


@dataclass(frozen=True, kw_only=True)
class Quiet:
    """A change that nobody has to look at."""

    address: str
    construct: str | None
    action: str
    summary: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Counts:
    """A resource can be in several: moved and changed, imported and changed."""

    add: int = 0
    change: int = 0
    replace: int = 0
    destroy: int = 0
    move: int = 0
    import_: int = 0
    forget: int = 0


@dataclass(frozen=True, kw_only=True)
class Review:
    """One stack's."""

    stack: str
    verdict: Rank
    """The worst rank of what is not allowed; never lowered by what a renderer leaves out."""
    headline: str
    """The verdict in one line."""
    counts: Counts
    notes: tuple[str, ...] = ()
    """Sentences about the plan as a whole: errored, incomplete, a destroy, what was released since the last apply."""
    findings: tuple[Finding, ...] = ()
    """By rank, the worst first."""
    quiet: tuple[Quiet, ...] = ()
    fingerprint: str = ""
    plan_sha256: str | None = None
    """Of the plan file itself, where it was given."""
    live: Mapping[str, str] = field(default_factory=dict)
    """ECS service -> what the plan was made against: see greenlight/review/fingerprint.py."""
