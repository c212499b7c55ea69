"""What a stream of requests saw, phase by phase: pure arithmetic on its answers."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.stream import Answer


@dataclass(frozen=True, kw_only=True)
class Shift:
    """Which versions may answer when. Revisions are `family:revision`, times monotonic seconds."""

    live: str
    candidate: str
    begun: float | None
    """When AllowTraffic began; None: it never did."""

    over: float | None
    """From when on one version has all of the traffic again; None: the live one never shared it."""

    winner: str

    @classmethod
    def none(cls, live: str) -> "Shift":
        """Between releases."""
        return cls(live=live, candidate=live, begun=None, over=None, winner=live)

    def may_answer(self, answer: Answer) -> set[str]:
        if self.over is not None and answer.sent >= self.over:
            return {self.winner}
        if self.begun is not None and answer.done >= self.begun:
            return {self.live, self.candidate}
        return {self.live}


@dataclass(frozen=True, kw_only=True)
class Phase:
    """From `begin` on, until the next phase begins."""

    name: str
    begin: float
    shift: Shift


@dataclass(frozen=True, kw_only=True)
class Row:
    """Latencies are seconds from the moment that a request was due; of requests that failed, too."""

    name: str
    sent: int
    failed: int
    wrong: int
    """Answers of a version that had no production traffic then."""

    p50: float
    p99: float


def rows(answers: Iterable[Answer], phases: Sequence[Phase]) -> list[Row]:
    """One row for each phase in which a request was due. A request belongs to the phase in which it was due."""
    found: list[list[Answer]] = [[] for _ in phases]
    for answer in answers:
        index = max((number for number, phase in enumerate(phases) if phase.begin <= answer.due), default=0)
        found[index].append(answer)
    return [_row(phase, these) for phase, these in zip(phases, found, strict=True) if these]


def _row(phase: Phase, answers: list[Answer]) -> Row:
    good = [answer for answer in answers if not answer.failed]
    seconds = sorted(answer.seconds for answer in answers)
    return Row(
        name=phase.name,
        sent=len(answers),
        failed=len(answers) - len(good),
        wrong=sum(answer.revision not in phase.shift.may_answer(answer) for answer in good),
        p50=percentile(seconds, 50),
        p99=percentile(seconds, 99),
    )


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of them do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def bound(sent: int) -> float:
    """Where none of so many requests failed: how large the share of failures is at most, at 95 % confidence (the rule
    of three)."""
    return 3 / sent
