"""Considered exceptions: `--allow ADDRESS=ACTION:REASON`. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from greenlight.errors import RefusedError
from greenlight.review.findings import Finding

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


def apply(allowed: Sequence[Allowed], findings: Sequence[Finding]) -> list[Finding]:
    """The findings, those that are allowed with the reason. Raises RefusedError where one allows nothing.

    It allows what follows from the change as well, which the finding lists.
    """
    found = list(findings)
    for one in allowed:
        matching = [
            place
            for place, finding in enumerate(found)
            if finding.address == one.address and one.action in ("any", _WORDS.get(finding.action, "any"))
        ]
        if not matching:
            there = ", ".join(f"{finding.address}={_WORDS.get(finding.action, 'any')}" for finding in findings[:10])
            raise RefusedError(
                f"--allow {one.address}={one.action}: there is no such finding, and an exception for nothing hides the "
                f"next one. There are: {there or 'none'}"
            )
        for place in matching:
            found[place] = replace(found[place], allowed=one.reason)
    return found
