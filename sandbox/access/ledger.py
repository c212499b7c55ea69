"""What was asked, by whom, and why it was decided so: one JSON line for each question that is new, in `access.jsonl`.

A line of kind ``call`` refers to the policies it was judged by, which are lines of kind ``policies``; a line of kind
``connection`` refers to the network it was judged by, ``network``. So all of it can be judged again, with a piece taken
away. The second of two equal questions is not written.
"""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

FILE = "access.jsonl"


class Ledger:
    """Safe to use from any thread."""

    def __init__(self, path: Path):
        self._path = path
        self._written: set[str] = set()
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)

    def keep(self, kind: str, content: dict[str, Any]) -> str:
        """Write something that others refer to; returns how they do."""
        name = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
        self._write({"kind": kind, "id": name, **content})
        return name

    def record(self, kind: str, content: dict[str, Any]) -> None:
        self._write({"kind": kind, **content})

    def _write(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, sort_keys=True)
        mark = hashlib.sha256(line.encode()).hexdigest()
        with self._lock:
            if mark in self._written:
                return
            self._written.add(mark)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")


_ledger: Ledger | None = None


def open_in(folder: Path) -> None:
    """Where the lines go from now on; set when the sandbox starts."""
    global _ledger
    _ledger = Ledger(folder / FILE)


def current() -> Ledger:
    assert _ledger is not None, "the sandbox has not started"
    return _ledger
