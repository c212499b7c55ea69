"""What was asked of an account, in the order it was asked: one JSON line before each call and one after it.

A call that has its first line only was sent, and nobody knows whether it was carried out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Entry:
    """One call. ``answer`` is None while nobody knows what came of it."""

    number: int
    service: str
    """botocore's name."""

    operation: str
    request: dict[str, Any]
    answer: dict[str, Any] | None = None
    over: bool = False
    """Whether nothing is left to undo: it was refused, or it has been undone."""


class Ledger:
    """A file that is written to as things happen. Raises OSError where it cannot be written."""

    def __init__(self, path: Path):
        self._file = path.open("x")
        self._number = 0

    def before(self, service: str, operation: str, request: dict[str, Any]) -> Entry:
        """Write down what will be sent. Nothing may be sent without it."""
        self._number += 1
        entry = Entry(self._number, service, operation, request)
        self._write(number=entry.number, service=service, operation=operation, request=request)
        return entry

    def answered(self, entry: Entry, answer: dict[str, Any]) -> None:
        entry.answer = answer
        self._write(number=entry.number, answer=_without_a_secret(answer))

    def over(self, entry: Entry) -> None:
        entry.over = True
        self._write(number=entry.number, over=True)

    def _write(self, **line: Any) -> None:
        # Times and bytes are of no use for undoing; they need only be written.
        self._file.write(json.dumps(line, default=lambda value: repr(value)[:80]) + "\n")
        self._file.flush()


def _without_a_secret(answer: dict[str, Any]) -> dict[str, Any]:
    """An access key is removed by its id."""
    if "SecretAccessKey" not in answer.get("AccessKey", {}):
        return answer
    return {"AccessKey": {key: value for key, value in answer["AccessKey"].items() if key != "SecretAccessKey"}}


def read(path: Path) -> list[Entry]:
    """Every call, oldest first. A last line that was cut off by the writer's end is as good as not written."""
    entries: dict[int, Entry] = {}
    for line in path.read_text().splitlines():
        try:
            item = json.loads(line)
        except json.JSONDecodeError:
            continue
        if "request" in item:
            entries[item["number"]] = Entry(item["number"], item["service"], item["operation"], item["request"])
        else:
            entry = entries[item["number"]]
            entry.answer = item.get("answer", entry.answer)
            entry.over = item.get("over", entry.over)
    return list(entries.values())
