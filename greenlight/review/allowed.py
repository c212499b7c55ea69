"""Considered exceptions: `--allow ADDRESS=ACTION:REASON`. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from greenlight.errors import RefusedError
from greenlight.review.findings import Finding, Rank, Review
from greenlight.review.notes import headline

_ACTIONS = ("create", "update", "replace", "delete", "forget", "any")
_FORM = re.compile(rf"(?P<address>.+?)=(?P<action>{'|'.join(_ACTIONS)}):(?P<reason>.*)", re.DOTALL)
# How a finding says what happens -> Terraform's word for it.
_WORDS = {"created": "create", "changed in place": "update", "replaced": "replace", "deleted": "delete"}
_WORDS |= {"forgotten": "forget", "made anew, the old one forgotten": "forget", "a new revision": "replace"}


@dataclass(frozen=True)
class Allowed:
    address: str
    action: str
    reason: str


def parse(text: str) -> Allowed:
    """Raises RefusedError where it has another form, or no reason."""
    found = _FORM.fullmatch(text)
    if found is None or not found["reason"].strip():
        raise RefusedError(
            f"--allow {text!r}: must be ADDRESS=ACTION:REASON, such as "
            f"'aws_lb_listener.prod=replace:nobody is served yet'; ACTION is one of {', '.join(_ACTIONS[:-1])}, or any"
        )
    return Allowed(found["address"], found["action"], found["reason"].strip())


def apply(allowed: Sequence[Allowed], reviews: Sequence[Review]) -> list[Review]:
    """The reviews, with the verdict that is left. Raises RefusedError where one allows nothing in any of them.

    It allows what follows from the change as well, which the finding lists.
    """
    there = [finding for review in reviews for finding in review.findings]
    for one in allowed:
        if not any(_is_meant(one, finding) for finding in there):
            known = ", ".join(f"{finding.address}={_WORDS.get(finding.action, 'any')}" for finding in there[:10])
            raise RefusedError(
                f"--allow {one.address}={one.action}: there is no such finding, and an exception for nothing hides the "
                f"next one. There are: {known or 'none'}"
            )
    return [_allowed(allowed, review) for review in reviews]


def _allowed(allowed: Sequence[Allowed], review: Review) -> Review:
    found = []
    for finding in review.findings:
        reason = next((one.reason for one in allowed if _is_meant(one, finding)), None)
        found.append(finding if reason is None else replace(finding, allowed=reason))
    return review if found == list(review.findings) else concluded(review, found)


def _is_meant(one: Allowed, finding: Finding) -> bool:
    return finding.address == one.address and one.action in ("any", _WORDS.get(finding.action, "any"))


def concluded(review: Review, findings: Sequence[Finding]) -> Review:
    """The review with these findings, in their order, and the verdict that they lead to."""
    ordered = sorted(findings, key=lambda one: (one.allowed is not None, one.rank))
    verdict = min((one.rank for one in ordered if one.allowed is None), default=Rank.SAFE)
    return replace(review, findings=tuple(ordered), verdict=verdict, headline=headline(verdict, ordered))
