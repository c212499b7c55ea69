"""One stack's part of a comment: in parts that can be left out, and put together from those that are kept. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from greenlight.review.findings import Consequent, Difference, Finding, Rank, Review
from greenlight.review.render import words
from greenlight.review.render.room import Level
from greenlight.review.render.text import VALUE, apart, code, html_code, prose
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

FINDINGS = 40
"""So many are told in full, those after them in one line each."""
DIFFERENCES = 12
CONSEQUENTS = 5
MEMBERS = 50
"""How many of each are shown, at most."""
_SHORT = 48
"""Two values that are not longer stand in one line."""
_MANY = 10**6

_LEFT_OUT = {
    Level.DIFFERENCES: f"_Left out here: what changes. It is {ELSEWHERE}._\n\n",
    Level.CHAINS: f"_Left out here: what follows. It is {ELSEWHERE}._\n\n",
}


class Stack:
    """The parts of one review, each the text that the comment would have; made when they are asked for."""

    def __init__(self, review: Review, *, named: bool) -> None:
        """`named`: it has a heading with its name, as there are others."""
        told: list[tuple[str, tuple[Finding, ...]]] = []
        for title, rank, findings in words.sections(review.findings):
            icon = "☑️" if title == words.ALLOWED else ICONS[rank]
            heading = f"#### {icon} {title}\n\n"
            for alike in words.alike(findings):
                told.append((heading, alike))
                heading = ""
        full, rest = told[:FINDINGS], [one for _, alike in told[FINDINGS:] for one in alike]
        self._review, self._named, self._safe = review, named, words.safe(review.findings)
        self._in_full, self._number = [len(alike) for _, alike in full], sum(len(alike) for _, alike in told)
        self._makers: dict[Level, list[Callable[[], str]]] = {
            Level.STACK: [self._frame],
            Level.NOTES: [partial(_note, note) for note in review.notes],
            Level.FINDINGS: [partial(_head, heading, alike) for heading, alike in full],
            Level.CHAINS: [partial(_chain, alike[0]) for _, alike in full],
            Level.DIFFERENCES: [partial(_changes, alike[0]) for _, alike in full],
            Level.MORE: [partial(_line, finding) for finding in rest],
            Level.QUIET: [
                *(partial(_told_safe, finding) for finding in self._safe),
                *(partial(_quiet, group) for group in words.grouped(review.quiet)),
            ],
        }
        self._made: dict[tuple[Level, int], str] = {}

    def sizes(self, level: Level) -> Iterator[int]:
        """In bytes of UTF-8. What a part belongs to has the sentence that says that it was left out, if it is."""
        for place in range(len(self._makers[level])):
            size = _size(self._part(level, place))
            if level is Level.STACK:
                more = _more(_MANY, "note") + _more(_MANY, "finding") if self._number or self._review.notes else ""
                size += _size(more + self._folded("", _MANY))
            elif level is Level.FINDINGS:
                size += sum(_size(_LEFT_OUT[below]) for below in _LEFT_OUT if self._part(below, place))
            elif level in _LEFT_OUT:
                size = max(size - _size(_LEFT_OUT[level]), 0)
            yield size

    def text(self, kept: Mapping[Level, int]) -> str:
        """With the first so many parts of each level."""
        if not kept[Level.STACK]:
            return ""
        body = self._first(Level.NOTES, kept) + _more(len(self._review.notes) - kept[Level.NOTES], "note")
        body += "".join(self._finding(place, kept) for place in range(kept[Level.FINDINGS]))
        body += self._first(Level.MORE, kept) + "\n" * bool(kept[Level.MORE])
        told = sum(self._in_full[: kept[Level.FINDINGS]]) + kept[Level.MORE]
        body += _more(self._number - told, "finding")
        folded = self._folded(self._first(Level.QUIET, kept), len(self._makers[Level.QUIET]) - kept[Level.QUIET])
        head, _, foot = self._part(Level.STACK, 0).partition("\0")
        return head + body + folded + foot

    def _part(self, level: Level, place: int) -> str:
        if (level, place) not in self._made:
            self._made[level, place] = self._makers[level][place]()
        return self._made[level, place]

    def _first(self, level: Level, kept: Mapping[Level, int]) -> str:
        return "".join(self._part(level, place) for place in range(kept[level]))

    def _finding(self, place: int, kept: Mapping[Level, int]) -> str:
        head, _, instead = self._part(Level.FINDINGS, place).partition("\0")
        below = [
            part if place < kept[level] or not part else sentence
            for level, sentence in _LEFT_OUT.items()
            for part in [self._part(level, place)]
        ]
        return head + "".join(below) + instead

    def _frame(self) -> str:
        """With a place for the rest."""
        review = self._review
        head = f"### {ICONS[review.verdict]} {code(review.stack, 60)}\n\n" if self._named else ""
        prints = [f"fingerprint {code(review.fingerprint[:12])}"] if review.fingerprint else []
        prints += [f"plan file {code('sha256:' + review.plan_sha256[:12])}"] if review.plan_sha256 else []
        foot = f"Of this plan: {', '.join(prints)}\n\n" if prints else ""
        numbers = words.counts(review.counts)
        return head + (f"**{numbers}**\n\n" if numbers else "") + f"\0{foot}"

    def _folded(self, body: str, left: int) -> str:
        """Everything else."""
        actions = Counter([*(one.action for one in self._safe), *(one.action for one in self._review.quiet)])
        if not actions:
            return ""
        each = [f"{number:,} {html_code(action, 40)}" for action, number in actions.most_common(4)]
        title = f"{plural(actions.total(), 'other change')}: {', '.join(each)}"
        return fold(title, body + (f"- {left:,} more {ELSEWHERE}\n" if left else ""))


def _size(text: str) -> int:
    return len(text.encode())


def fold(title: str, body: str) -> str:
    """`title` is HTML; `body` is Markdown."""
    return f"<details>\n<summary>{title}</summary>\n\n{body.rstrip()}\n\n</details>\n\n"


def _more(number: int, what: str) -> str:
    return f"**{number:,} more {what}{'' if number == 1 else 's'}** {ELSEWHERE}.\n\n" if number else ""


def _note(text: str) -> str:
    return f"{prose(text, 400)}\n\n"


def _head(heading: str, alike: Sequence[Finding]) -> str:
    """What it is and what it does, then a place for the rest, then what to do."""
    finding, shown = alike[0], alike[:MEMBERS]
    head = heading + "\\\n".join(map(_about, shown))
    head += f"\\\nand {len(alike) - len(shown):,} more\n\n" if len(alike) > len(shown) else "\n\n"
    head += f"{prose(finding.consequence)}\n\n"
    if finding.allowed is not None:
        return f"{head}\0**Allowed, though {words.verdict(finding.rank).lower()}:** {prose(finding.allowed)}\n\n"
    label = "Instead" if finding.rank.needs_a_look else "Next"
    return f"{head}\0" + (f"**{label}:** {prose(finding.instead)}\n\n" if finding.instead else "")


def _about(finding: Finding) -> str:
    where = f" · {code(finding.address)}" if finding.construct else ""
    return f"**{code(finding.construct or finding.address)}** · **{prose(finding.action, 60)}**{where}"


def _chain(finding: Finding) -> str:
    found = f"**Why:** {prose(finding.why)}\n\n" if finding.why and finding.rank.needs_a_look else ""
    # What is only changed is the smaller matter.
    ordered = sorted(finding.consequents, key=lambda one: one.action.startswith("changed"))
    first, rest = ordered[:CONSEQUENTS], ordered[CONSEQUENTS:]
    if not first:
        return found
    found += f"**With it:**\n\n{''.join(map(_consequent, first))}\n"
    if rest:
        left = len(rest) - len(rest[:MEMBERS])
        body = "".join(map(_consequent, rest[:MEMBERS])) + (f"- and {left:,} more\n" if left else "")
        found += fold(f"{len(rest):,} more with it", body)
    return found


def _consequent(one: Consequent) -> str:
    return f"- {code(one.construct or one.address)} {prose(one.action, 60)}, by {code(one.by)}\n"


def _changes(finding: Finding) -> str:
    """A new revision of a task definition is a replacement to Terraform only."""
    found = finding.differences
    return _differences(found if finding.rank.needs_a_look else [replace(one, forces=False) for one in found])


def _differences(differences: Sequence[Difference]) -> str:
    shown = differences[:DIFFERENCES]
    left = len(differences) - len(shown)
    return "".join(map(_difference, shown)) + (f"- and {left:,} more values\n" if left else "") + "\n" * bool(shown)


def _difference(one: Difference) -> str:
    path = f"- {code(one.path, VALUE)}"
    forces = " · **forces replacement**" if one.forces else ""
    if one.before is None or one.after is None:
        return (
            f"{path}: {'added' if one.before is None else 'removed'} {_value(one.after or one.before or '')}{forces}\n"
        )
    before, after = map(_value, apart(one.before, one.after, VALUE))
    if before == after:  # both are hidden
        return f"{path}: changed {after}{forces}\n"
    if max(len(before), len(after)) > _SHORT:
        return f"{path}{forces}\n  - was {before}\n  - becomes {after}\n"
    return f"{path}: {before} → {after}{forces}\n"


def _value(text: str) -> str:
    """Words in round brackets say why there is no value."""
    return f"_{prose(text, VALUE)}_" if text.startswith("(") and text.endswith(")") else code(text, VALUE)


def _line(finding: Finding) -> str:
    return f"- {ICONS[finding.rank]} {code(finding.construct or finding.address)} {prose(finding.action, 60)}\n"


def _told_safe(finding: Finding) -> str:
    line = f"- **{prose(finding.action, 60)}** · {prose(finding.consequence)} · {code(finding.address)}\n"
    return line + _indented(finding.differences)


def _quiet(group: Group) -> str:
    shown = group.members[:MEMBERS]
    names = ", ".join(code(one.address) for one in shown)
    left = len(group.members) - len(shown)
    names += f" and {left:,} more" if left else ""
    number = f"{len(group.members):,} " if len(group.members) > 1 else ""
    line = f"- **{number}{prose(group.action, 60)}** · {prose(group.summary)} · {names}\n"
    return line + _indented(group.differences)


def _indented(differences: Sequence[Difference]) -> str:
    lines = _differences(differences).splitlines(keepends=True)
    return "".join(f"  {line}" for line in lines if line != "\n")
