"""One rule of AWS's that its service models lack, and the table of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.aws.model.request import Call
from sandbox.aws.model.wording import Refusal

Check = Callable[[Call], str | None]
"""Returns the message of the refusal, or None where the rule is kept."""


@dataclass(frozen=True)
class Rule:
    """What AWS refuses, with what it answers, and how that is known."""

    name: str
    service: str
    """botocore's name."""

    operations: tuple[str, ...]
    code: str
    status: int
    source: str
    """The address of the page or report that the rule rests on."""

    says: str
    """What is said there, in our words."""

    quote: str
    """The phrase that it rests on."""

    worded: bool
    """Whether the message was seen in a report. Otherwise the words are ours, and only the code is AWS's."""

    check: Check


RULES: list[Rule] = []


def rule(
    service: str,
    *operations: str,
    code: str,
    source: str,
    says: str,
    quote: str,
    status: int = 400,
    worded: bool = True,
) -> Callable[[Check], Check]:
    """Put a check on the table, under its function's name."""

    def add(check: Check) -> Check:
        name = check.__name__
        RULES.append(Rule(name, service, operations, code, status, source, says, quote, worded, check))
        return check

    return add


def broken(call: Call) -> Refusal | None:
    """The refusal by the first rule that the call breaks."""
    for entry in RULES:
        if entry.service == call.service and call.operation.name in entry.operations:
            message = entry.check(call)
            if message is not None:
                return Refusal(entry.code, message, entry.status)
    return None
