"""What the rehearsals came to, as docs/failures.md shows it.

A run's last test holds the document against what the run has seen. To write it anew from that:

    python -m tests.failures.document FOLDER OF THE SANDBOX'S LOGS
"""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.documentation import with_parts

DOCUMENT = Path(__file__).parents[2] / "docs" / "failures.md"
FILE = "failures.jsonl"
PARTS = ("candidate", "hook", "people", "alarms", "wire", "state", "clients")
# Others each time.
_VARYING = (
    (re.compile(r"\bd-[A-Z0-9]{9}\b"), "d-…"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "ID"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "TASK"),
    (re.compile(r"(?<=/)[0-9a-f]{16}\b"), "ID"),
    (re.compile(r"\bdrill-api:\d+"), "drill-api:N"),
    (re.compile(r"\bdrill-api-(?:blue|green)\b"), "drill-api-COLOUR"),
    (re.compile(r"\b127(?:\.\d+){3}:\d+"), "ADDRESS"),
    (re.compile(r"\(\d+ attempts?"), "(N attempts"),
)


@dataclass(frozen=True, kw_only=True)
class Row:
    part: str
    fault: str
    happened: str
    exit_codes: Sequence[tuple[str, int]]
    """Of each command that saw it."""

    said: str
    """The line that names the cause."""


def steady(text: str) -> str:
    """Without what is another each time."""
    for pattern, name in _VARYING:
        text = pattern.sub(name, text)
    return text


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    lines = ["| what goes wrong | what happens | exit code | what the CLI says |", "|---|---|---|---|"]
    for row in rows:
        codes = ", ".join(f"`{command}` {code}" for command, code in row.exit_codes)
        said = steady(row.said).replace("|", "\\|")
        lines.append(f"| {row.fault} | {steady(row.happened)} | {codes} | {f'`{said}`' if said else ''} |")
    return "\n".join(lines)


def parts(rows: Sequence[Row]) -> dict[str, str]:
    """What the document has between its marks."""
    return {part: table([row for row in rows if row.part == part]) for part in PARTS}


class Log:
    """The rows of a run, in the order of its tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = folder / FILE

    def add(self, row: Row) -> None:
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(row)) + "\n")

    def rows(self) -> list[Row]:
        found = [json.loads(line) for line in self._file.read_text().splitlines()]
        return [Row(**{**one, "exit_codes": [tuple(code) for code in one["exit_codes"]]}) for one in found]


def main(logs: Path) -> None:
    DOCUMENT.write_text(with_parts(DOCUMENT.read_text(), parts(Log(logs).rows())))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
