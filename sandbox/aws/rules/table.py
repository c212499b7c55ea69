"""One rule of AWS's that its service models lack, and the table of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.aws.model.request import Call
from sandbox.aws.model.wording import Refusal

Check = Callable[[Call], str | bool | None]
"""Returns the message of the refusal, True where that is the rule's quote, or a false value where the rule is kept."""


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
    """Whether the source shows the message. Otherwise the words are ours, and only the code is AWS's."""

    coded: bool
    """Whether the source shows the code. Otherwise it is the one that the service has for a bad request."""

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
    coded: bool = True,
    name: str | None = None,
) -> Callable[[Check], Check]:
    """Put a check on the table, under its function's name unless another is given."""

    def add(check: Check) -> Check:
        called = name or check.__name__
        RULES.append(Rule(called, service, operations, code, status, source, says, quote, worded, coded, check))
        return check

    return add


def broken(call: Call) -> Refusal | None:
    """The refusal by the first rule that the call breaks."""
    for entry in RULES:
        if entry.service == call.service and call.operation.name in entry.operations:
            found = entry.check(call)
            if found:
                return Refusal(entry.code, entry.quote if found is True else found, entry.status)
    return None
