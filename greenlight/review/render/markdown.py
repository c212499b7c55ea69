"""Reviews as one comment on a pull request. Pure."""

from collections import Counter
from collections.abc import Sequence

from greenlight.review.findings import Rank, Review
from greenlight.review.render import history, words
from greenlight.review.render.history import Entry
from greenlight.review.render.room import Level, kept
from greenlight.review.render.stack import ELSEWHERE, ICONS, Stack, fold
from greenlight.review.render.text import code, prose

LIMIT = 65_000
"""Bytes of UTF-8. GitHub refuses more than 65,536 characters, and has counted characters, code points or bytes, by
place and by year: below 65,536 bytes is below each of them."""

_VERDICTS = 45_000
"""Of these, for the verdict lines, which no detail may push out."""
_SHARE = 1500
"""So many are for each stack's own part, if it needs them; where there are too few, the worst stacks have one."""
_HEADLINE = 300
_RESERVE = 300
"""For what folds the earlier verdicts and says what was left out."""

_ALERTS = {
    Rank.BLOCKED: "CAUTION",
    Rank.REFUSED: "CAUTION",
    Rank.TRAFFIC: "WARNING",
    Rank.RELEASE: "WARNING",
    Rank.NEXT_RELEASE: "NOTE",
    Rank.SAFE: "TIP",
}


def markdown(reviews: Sequence[Review], previous: str | None = None, commit: str | None = None) -> str:
    """One comment, at most LIMIT bytes long, whatever the number of stacks.

    `previous` is the comment that this one replaces: its verdict, and those before it, are kept in a line each. Pass
    only a comment of the workflow's own bot that begins with `history.MARKER`: anybody can write the marker.
    `commit` is the one that was planned: hexadecimal, or it is left out.
    """
    now = history.entry(reviews, commit)
    before = history.earlier(previous, now)
    ordered = sorted(reviews, key=lambda review: review.verdict)
    head = f"{history.header(now, before)}\n{_top(ordered)}"
    foot = fold(f"Earlier verdicts: {len(before)}", "".join(map(_earlier, before))) if before else ""
    stacks = [Stack(review, named=True) for review in ordered if _has_more(review)]
    if len(ordered) == 1:
        stacks = [Stack(ordered[0], named=False)]
    room = LIMIT - len((head + foot).encode()) - _RESERVE
    counts = kept([stack.sizes for stack in stacks], room, _SHARE)
    texts = [stack.text(count) for stack, count in zip(stacks, counts, strict=True)]
    without = sum(not count[Level.STACK] for count in counts)
    left = f"There is no room here for what {words.plural(without, 'stack')} would do: it is {ELSEWHERE}.\n\n"
    return (head + "".join(texts) + (left if without else "") + foot).rstrip() + "\n"


def _top(reviews: Sequence[Review]) -> str:
    """The verdict over all stacks, and each one's."""
    worst = words.worst(reviews)
    alert = f"> [!{_ALERTS[worst]}]\n"
    if len(reviews) == 1:
        one = reviews[0]
        return f"## {ICONS[worst]} Plan of {code(one.stack, 60)}\n\n{alert}> {prose(one.headline)}\n\n"
    return f"## {ICONS[worst]} Plans of {words.over_all(reviews)}\n\n{alert}{_verdicts(reviews)}\n"


def _verdicts(reviews: Sequence[Review]) -> str:
    """A line each; the more there are, the shorter. Thousands are counted, the worst of them named."""
    share = _VERDICTS // len(reviews)
    lines = [_verdict(review, share) for review in reviews]
    left = _VERDICTS
    for place, line in enumerate(lines):
        left -= len(line.encode())
        if left < 0:
            ranks = Counter(review.verdict for review in reviews[place:])
            rest = ", ".join(f"{ranks[rank]:,} {words.verdict(rank)}" for rank in sorted(ranks))
            return "".join(lines[:place]) + f"> - and {len(reviews) - place:,} more: {rest}\n"
    return "".join(lines)


def _verdict(review: Review, share: int) -> str:
    start = f"> - {ICONS[review.verdict]} **{code(review.stack, 60)}**"
    numbers = words.counts(review.counts)
    end = f" · {numbers}\n" if numbers else "\n"
    full = f"{start} · {prose(review.headline, _HEADLINE)}{end}"
    short = f"{start} · {words.verdict(review.verdict)}{end}"
    return full if len(full.encode()) <= share else short


def _has_more(review: Review) -> bool:
    """Than its verdict line says."""
    return bool(review.notes or review.findings or review.quiet)


def _earlier(entry: Entry) -> str:
    commit = f" · commit {code(entry.commit[:7])}" if entry.commit else ""
    return f"- {ICONS[entry.verdict]} {words.verdict(entry.verdict)}{commit}\n"
