"""What the rehearsals came to, as docs/failures.md shows it. After a whole run, `make test-failures` holds it against
that:

    python -m tests.failures.document FOLDER OF THE RUN [--write]

With `--write`, it is written anew. A row that is new comes last in its part.
"""

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import unified_diff
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


class Log:
    """The rows of one process of the run."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / FILE

    def add(self, row: Row) -> None:
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(row)) + "\n")


def rows(run: Path) -> list[Row]:
    """Of all its processes."""
    lines = [line for file in sorted(run.rglob(FILE)) for line in file.read_text().splitlines()]
    found = [json.loads(line) for line in lines]
    return [Row(**{**one, "exit_codes": [tuple(code) for code in one["exit_codes"]]}) for one in found]


def document(text: str, seen: Sequence[Row]) -> str:
    """The text, with these rows between its marks. They keep the places that it gives them."""

    def place(row: Row) -> int:
        found = text.find(f"\n| {row.fault} |")
        return found if found >= 0 else len(text)

    ordered = sorted(seen, key=place)
    return with_parts(text, {part: table([row for row in ordered if row.part == part]) for part in PARTS})


def main(run: str, *options: str) -> int:
    text = DOCUMENT.read_text()
    new = document(text, rows(Path(run)))
    if options == ("--write",):
        DOCUMENT.write_text(new)
        return 0
    sys.stdout.writelines(unified_diff(text.splitlines(True), new.splitlines(True), "docs/failures.md", run, n=0))
    if new != text:
        print(f"docs/failures.md says otherwise. To write it anew: python -m tests.failures.document {run} --write")
    return int(new != text)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
