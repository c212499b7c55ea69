"""One request, and what AWS answers to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jmespath

from sandbox.access import denials
from sandbox.aws.rules import RULES
from sandbox.conformance.account import NeverError, Outcome, RefusedError
from sandbox.conformance.undo import FAILURES
from sandbox.conformance.world import World

Request = Callable[[World], dict[str, Any]]


@dataclass(frozen=True)
class Refused:
    """An error: AWS's code, the HTTP status, and a piece of its message where a report shows it."""

    code: str
    status: int = 400
    message: str = ""

    def __str__(self) -> str:
        return f"{self.code} ({self.status}){f', with “{self.message}”' if self.message else ''}"

    def agrees(self, outcome: Outcome, _world: World) -> bool:
        same = (outcome.code, outcome.status) == (self.code, self.status)
        return same and self.message in outcome.message


@dataclass(frozen=True)
class Answered:
    """Success, with these values: JMESPath -> value, or a function of the world that gives it."""

    values: dict[str, Any]

    def __str__(self) -> str:
        return ", ".join(f"{path} = {_shown(value)}" for path, value in self.values.items()) or "accepted"

    def agrees(self, outcome: Outcome, world: World) -> bool:
        return outcome.accepted and all(
            jmespath.search(path, outcome.answer) == (value(world) if callable(value) else value)
            for path, value in self.values.items()
        )


@dataclass(frozen=True)
class Probe:
    """A claim about AWS that one request can try."""

    name: str
    """Unique, and telling: it is what a difference is reported by."""

    service: str
    """botocore's name."""

    operation: str
    request: Request
    expected: Refused | Answered
    source: str
    """The address of the page, model or report that the claim rests on."""

    by_a_stranger: bool = False
    """Whether it is sent by a user who has no permission."""


@dataclass(frozen=True)
class Result:
    """What became of a probe or a scenario. ``verdict``: same, different, or not run."""

    name: str
    service: str
    operation: str
    source: str
    verdict: str
    expected: str
    got: str


def run(probe: Probe, world: World) -> Result:
    """Try it, and take back what it made. Never raises for what AWS answers."""

    def result(verdict: str, got: str) -> Result:
        about = (probe.name, probe.service, probe.operation, probe.source)
        return Result(*about, verdict, str(probe.expected), got)

    try:
        request = probe.request(world)
        account = world.stranger if probe.by_a_stranger else world.account
    except (RefusedError, NeverError, LookupError, *FAILURES) as problem:
        return result("not run", f"what it needs could not be made: {problem}")
    try:
        outcome = account.attempt(probe.service, probe.operation, request)
    except FAILURES as problem:
        return result("different", f"no answer: {problem}")
    agrees = probe.expected.agrees(outcome, world)
    if outcome.accepted:
        world.account.take_back(outcome)
        if isinstance(probe.expected, Refused):
            # It may have changed or deleted what later probes stand on.
            world.renew()
    return result("same" if agrees else "different", _told(probe.expected, outcome))


def _told(expected: Refused | Answered, outcome: Outcome) -> str:
    if not outcome.accepted:
        return f"{outcome.code} ({outcome.status}): {outcome.message}"
    if isinstance(expected, Refused) or not expected.values:
        return "accepted"
    return ", ".join(f"{path} = {jmespath.search(path, outcome.answer)!r}" for path in expected.values)


def _shown(value: Any) -> str:
    return "(as made)" if callable(value) else repr(value)


# How probes are declared ----------------------------------------------------------------------------------------------

_RULES = {rule.name: rule for rule in RULES}


def breaks(rule: str, operation: str, request: Request, case: str = "", message: str = "") -> Probe:
    """The request breaks a rule of the sandbox's table, which has the code, the status and the source. ``message``: a
    piece of AWS's, where the code stands for much else."""
    entry = _RULES[rule]
    name = f"{entry.service}: {rule}{f' ({case})' if case else ''}"
    return Probe(name, entry.service, operation, request, Refused(entry.code, entry.status, message), entry.source)


def worded(rule: str, operation: str, request: Request, case: str = "") -> Probe:
    """Breaks a rule whose source shows AWS's words: what is quoted there is in the message."""
    return breaks(rule, operation, request, case, _RULES[rule].quote)


def refused(
    service: str,
    operation: str,
    claim: str,
    request: Request,
    code: str,
    source: str,
    status: int = 400,
    message: str = "",
) -> Probe:
    return Probe(f"{service}: {claim}", service, operation, request, Refused(code, status, message), source)


def denied(action: str, service: str, operation: str, request: Request, words: str = "") -> Probe:
    """Who has no permission is told the action that he lacks, after which come these ``words`` of AWS's. Code, status
    and source are those of the sandbox's table."""
    code, status, source = denials.CODES[service]
    message = f"is not authorized to perform: {action} {words}"
    name = f"{service}: who has no permission is denied {action}"
    return Probe(name, service, operation, request, Refused(code, status, message), source, by_a_stranger=True)


def without(request: dict[str, Any], name: str) -> dict[str, Any]:
    """The request without one of its members."""
    return {key: value for key, value in request.items() if key != name}


def answered(service: str, operation: str, claim: str, request: Request, values: dict[str, Any], source: str) -> Probe:
    return Probe(f"{service}: {claim}", service, operation, request, Answered(values), source)
