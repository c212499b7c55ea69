"""One stack's part of a comment: in parts that can be left out, and put together from those that are kept. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from greenlight.review.findings import Difference, Finding, Rank, Review
from greenlight.review.render import words
from greenlight.review.render.room import Level, Sizes
from greenlight.review.render.text import VALUE, code, html_code, prose
from greenlight.review.render.words import Group, plural

ICONS = {
    Rank.BLOCKED: "⛔",
    Rank.REFUSED: "🛑",
    Rank.TRAFFIC: "⚠️",
    Rank.RELEASE: "🔄",
    Rank.NEXT_RELEASE: "⏭️",
    Rank.SAFE: "✅",
}
ELSEWHERE = "in the job's log and in `-o json`"

NOTES = 10
FINDINGS = 40
"""So many are told in full, those after them in one line each."""
DIFFERENCES = 12
CONSEQUENTS = 10
MEMBERS = 50
"""How many of each are shown, at most."""
_SHORT = 48
"""Two values that are not longer stand in one line."""
_RESERVE = 400
"""Bytes for the sentences that say what was left out of a stack, and for what folds the rest."""
_RESERVE_EACH = 80
"""The same for one finding."""


@dataclass
class Stack:
    """The parts of one review, each of them the text that the comment would have."""

    review: Review
    named: bool
    """It has a heading with its name: there are others."""
    parts: dict[Level, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        told: list[tuple[str, Finding]] = []
        for title, rank, findings in words.sections(self.review.findings):
            icon = "☑️" if title is words.ALLOWED else ICONS[rank]
            told += [(f"#### {icon} {title}\n\n" if one is findings[0] else "", one) for one in findings]
        full = told[:FINDINGS]
        quiet = [_safe(finding) for finding in words.safe(self.review.findings)]
        quiet += [_quiet(group) for group in words.grouped(self.review.quiet)]
        self.parts = {
            Level.STACK: [self._frame()],
            Level.NOTES: [f"{prose(note, 400)}\n\n" for note in self.review.notes],
            Level.FINDINGS: [heading + _head(finding) for heading, finding in full],
            Level.CHAINS: [_chain(finding) for _, finding in full],
            Level.DIFFERENCES: [_differences(finding.differences) for _, finding in full],
            Level.MORE: [_line(finding) for _, finding in told[FINDINGS:]],
            Level.QUIET: quiet,
        }

    @property
    def sizes(self) -> Sizes:
        extra = {Level.STACK: _RESERVE, Level.FINDINGS: _RESERVE_EACH}
        return {
            level: [len(part.encode()) + extra.get(level, 0) if part else 0 for part in parts]
            for level, parts in self.parts.items()
        }

    def text(self, kept: Mapping[Level, int]) -> str:
        """With the first so many parts of each level."""
        if not kept[Level.STACK]:
            return ""
        frame, parts = self.parts[Level.STACK][0], self.parts
        body = "".join(parts[Level.NOTES][: kept[Level.NOTES]])
        body += _more(len(parts[Level.NOTES]) - kept[Level.NOTES], "note")
        for place in range(kept[Level.FINDINGS]):
            body += self._finding(place, kept)
        if kept[Level.MORE]:
            body += "".join(parts[Level.MORE][: kept[Level.MORE]]) + "\n"
        whole = len(parts[Level.FINDINGS]) + len(parts[Level.MORE])
        body += _more(whole - kept[Level.FINDINGS] - kept[Level.MORE], "finding")
        return frame.replace("\0", body + self._folded(kept[Level.QUIET]))

    def _finding(self, place: int, kept: Mapping[Level, int]) -> str:
        found = ""
        head, _, instead = self.parts[Level.FINDINGS][place].partition("\0")
        for level, what in ((Level.DIFFERENCES, "what changes"), (Level.CHAINS, "what follows")):
            part = self.parts[level][place]
            found += part if place < kept[level] or not part else f"_Left out here: {what}; it is {ELSEWHERE}._\n\n"
        return head + found + instead

    def _frame(self) -> str:
        """With a place for the rest."""
        review = self.review
        head = f"### {ICONS[review.verdict]} {code(review.stack, 60)}\n\n" if self.named else ""
        prints = [f"fingerprint {code(review.fingerprint[:12])}"] if review.fingerprint else []
        prints += [f"plan file {code(review.plan_sha256[:12])}"] if review.plan_sha256 else []
        foot = f"Of this plan: {', '.join(prints)} (SHA-256)\n\n" if prints else ""
        return f"{head}**{words.counts(review.counts)}**\n\n\0{foot}"

    def _folded(self, kept: int) -> str:
        """Everything else."""
        safe = words.safe(self.review.findings)
        actions = Counter([*(one.action for one in safe), *(one.action for one in self.review.quiet)])
        if not actions:
            return ""
        each = [f"{number:,} {html_code(action, 40)}" for action, number in actions.most_common(4)]
        title = f"{plural(actions.total(), 'other change')}: {', '.join(each)}"
        body = "".join(self.parts[Level.QUIET][:kept])
        left = len(self.parts[Level.QUIET]) - kept
        body += f"- {left:,} more {ELSEWHERE}\n" if left else ""
        return fold(title, body)


def fold(title: str, body: str) -> str:
    """`title` is HTML; `body` is Markdown."""
    return f"<details>\n<summary>{title}</summary>\n\n{body.rstrip()}\n\n</details>\n\n"


def _more(number: int, what: str) -> str:
    return f"**{number:,} more {what}{'' if number == 1 else 's'}** {ELSEWHERE}.\n\n" if number else ""


def _names(address: str, construct: str | None) -> str:
    return f"**{code(construct or address)}**"


def _head(finding: Finding) -> str:
    """What it is and what it does, then a place for the rest, then what to do."""
    where = f" · {code(finding.address)}" if finding.construct else ""
    head = f"{_names(finding.address, finding.construct)} · **{prose(finding.action, 60)}**{where}\n\n"
    head += f"{prose(finding.consequence)}\n\n"
    allowed = f"**Allowed:** {prose(finding.allowed)}\n\n" if finding.allowed is not None else ""
    label = "Instead" if finding.rank.needs_a_look else "Next"
    instead = f"**{label}:** {prose(finding.instead)}\n\n" if finding.instead else ""
    return f"{head}\0{allowed or instead}"


def _chain(finding: Finding) -> str:
    found = f"{prose(finding.why)}\n\n" if finding.why else ""
    shown = finding.consequents[:CONSEQUENTS]
    for one in shown:
        where = f" ({code(one.address)})" if one.construct else ""
        found += f"- {code(one.construct or one.address)} {prose(one.action, 60)}, by {code(one.by)}{where}\n"
    left = len(finding.consequents) - len(shown)
    found += f"- and {left:,} more\n" if left else ""
    return f"{found}\n" if shown else found


def _differences(differences: Sequence[Difference]) -> str:
    shown = differences[:DIFFERENCES]
    left = len(differences) - len(shown)
    return "".join(map(_difference, shown)) + (f"- and {left:,} more values\n" if left else "") + "\n" * bool(shown)


def _difference(one: Difference) -> str:
    path = f"- {code(one.path, VALUE)}"
    forces = " · **forces replacement**" if one.forces else ""
    before, after = (None if side is None else _value(side) for side in (one.before, one.after))
    if before is None or after is None:
        return f"{path}: {'added' if before is None else 'removed'} {after or before or ''}{forces}\n"
    if max(len(before), len(after)) > _SHORT:
        return f"{path}{forces}\n  - {before}\n  - → {after}\n"
    return f"{path}: {before} → {after}{forces}\n"


def _value(text: str) -> str:
    """Words in round brackets say why there is no value."""
    return f"_{prose(text, VALUE)}_" if text.startswith("(") and text.endswith(")") else code(text, VALUE)


def _line(finding: Finding) -> str:
    return f"- {ICONS[finding.rank]} {code(finding.construct or finding.address)} {prose(finding.action, 60)}\n"


def _safe(finding: Finding) -> str:
    return f"- {code(finding.address)} {prose(finding.action, 60)}: {prose(finding.consequence)}\n" + _indented(
        map(_difference, finding.differences[:DIFFERENCES])
    )


def _quiet(group: Group) -> str:
    shown = group.members[:MEMBERS]
    names = ", ".join(code(one.address) for one in shown)
    left = len(group.members) - len(shown)
    names += f" and {left:,} more" if left else ""
    number = f"{len(group.members):,} resources " if len(group.members) > 1 else ""
    return f"- {number}{prose(group.action, 60)}, {prose(group.summary)}: {names}\n" + _indented(
        map(_difference, group.differences[:DIFFERENCES])
    )


def _indented(lines: Iterable[str]) -> str:
    return "".join(f"  {line}" for part in lines for line in part.splitlines(keepends=True))
