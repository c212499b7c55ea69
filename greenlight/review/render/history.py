"""The first line of a comment, which nobody sees: the verdict now, and those before it. Pure.

A comment is text that people can edit and anybody can forge. Only what has exactly this form is read, and it holds
nothing but names of ranks and hexadecimal numbers; anything else is no history.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from greenlight.review.findings import Rank, Review
from greenlight.review.render import words

MARKER = "<!-- greenlight-review"
"""How every comment begins."""
EARLIER = 10
"""How many former verdicts are kept."""

_RANKS = {rank.key: rank for rank in Rank}
_ENTRY = rf"(?:{'|'.join(_RANKS)}):[0-9a-f]{{12}}:(?:[0-9a-f]{{7,40}}|-)"
_HEADER = re.compile(rf"{MARKER}/1((?: {_ENTRY})+) -->")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")


@dataclass(frozen=True)
class Entry:
    """A verdict over all stacks."""

    verdict: Rank
    plans: str
    """A short digest of all fingerprints: the same while the plans mean the same."""
    commit: str | None

    def __str__(self) -> str:
        return f"{self.verdict.key}:{self.plans}:{self.commit or '-'}"


def entry(reviews: Sequence[Review], commit: str | None) -> Entry:
    prints = json.dumps(sorted((review.stack, review.fingerprint) for review in reviews))
    known = commit if commit and _COMMIT.fullmatch(commit) else None
    return Entry(words.worst(reviews), hashlib.sha256(prints.encode()).hexdigest()[:12], known)


def earlier(previous: str | None, now: Entry) -> list[Entry]:
    """The former verdicts, the newest first. A verdict on plans that mean the same is not another one."""
    match = _HEADER.fullmatch((previous or "").partition("\n")[0].rstrip("\r"))
    found = [_read(text) for text in match[1].split()] if match else []
    if found and (found[0].verdict, found[0].plans) == (now.verdict, now.plans):
        found = found[1:]
    return found[:EARLIER]


def header(now: Entry, before: Sequence[Entry]) -> str:
    return f"{MARKER}/1 {' '.join(str(one) for one in [now, *before])} -->"


def _read(text: str) -> Entry:
    verdict, plans, commit = text.split(":")
    return Entry(_RANKS[verdict], plans, None if commit == "-" else commit)
