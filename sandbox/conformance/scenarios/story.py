"""A scenario: a story that is told to a transcript, which is compared with the one that is expected."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.conformance.account import NeverError, RefusedError
from sandbox.conformance.probe import Result
from sandbox.conformance.scenarios.stage import Stage
from sandbox.conformance.scenarios.transcript import Transcript
from sandbox.conformance.undo import FAILURES

_FAILURES = (RefusedError, NeverError, LookupError, *FAILURES)


@dataclass(frozen=True)
class Scenario:
    """A story of a release. ``expected`` is its transcript, which is in a file of its name."""

    name: str
    tell: Callable[[Stage, Transcript], None]

    @property
    def file(self) -> Path:
        return Path(__file__).parent / f"{self.name}.txt"

    @property
    def expected(self) -> list[str]:
        """Without its comments, which name the sources."""
        return [line for line in self.file.read_text().splitlines() if line and not line.startswith("#")]


def run(scenario: Scenario, stage: Stage) -> Result:
    """Tell the story. A call that fails ends it, as the last line of what was got."""
    transcript = Transcript()
    expected = scenario.expected
    try:
        stage.begin()
    except _FAILURES as problem:
        return _result(scenario, "not run", f"what it needs could not be made: {problem}")
    try:
        scenario.tell(stage, transcript)
    except _FAILURES as problem:
        transcript.say(f"it ended here: {type(problem).__name__}: {problem}")
    lines = difflib.ndiff(expected, transcript.lines)
    difference = [line for line in lines if not line.startswith(("  ", "? "))]
    return _result(scenario, "different" if difference else "same", "\n".join(difference) or "these lines")


def _result(scenario: Scenario, verdict: str, got: str) -> Result:
    return Result(
        name=scenario.name,
        service="codedeploy",
        operation="scenario",
        source=f"sandbox/conformance/scenarios/{scenario.file.name}",
        verdict=verdict,
        expected=f"the {len(scenario.expected)} lines of its file",
        got=got,
    )
