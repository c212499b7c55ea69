"""What came of a run: a table for people, and JSON that can be sent to others."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.conformance.probe import Result

VERSION = 1
NOBODY = "000000000000"
"""Stands for the account in what can be sent."""


@dataclass(frozen=True)
class Run:
    """One run of the kit. ``left`` is what could not be removed, one line each."""

    endpoint: str
    account: str
    region: str
    started: str
    finished: bool
    """False where it was interrupted: the results are those until then."""

    results: list[Result]
    left: list[str]

    @property
    def differences(self) -> list[Result]:
        return [result for result in self.results if result.verdict != "same"]


def table(run: Run) -> str:
    """The differences, and how many of everything."""
    lines = []
    for result in run.differences:
        lines += [
            f"{result.verdict.upper()}  {result.name}  ({result.service} {result.operation})",
            f"    expected  {_indented(result.expected)}",
            f"    got       {_indented(result.got)}",
            f"    source    {result.source}",
        ]
    for line in run.left:
        lines.append(f"LEFT BEHIND  {line}")
    counts = Counter(result.verdict for result in run.results)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in ("same", "different", "not run"))
    state = "" if run.finished else "interrupted; "
    lines.append(f"{state}{len(run.results)} claims tried: {told}")
    return "\n".join(lines)


def write(run: Run, path: Path) -> None:
    """As JSON, without the account's number."""
    document = {
        "version": VERSION,
        "endpoint": run.endpoint,
        "region": run.region,
        "started": run.started,
        "finished": run.finished,
        "results": [asdict(result) for result in run.results],
        "left": run.left,
    }
    path.write_text(json.dumps(document, indent=2).replace(run.account, NOBODY) + "\n")


def _indented(text: str) -> str:
    return text.replace("\n", "\n              ")
