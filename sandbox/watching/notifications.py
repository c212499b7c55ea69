"""What topics were told: written to ``log/notifications.jsonl``, and shown by ``python -m sandbox notifications``.

A line has ``time`` (the sandbox's clock), ``topic`` (its ARN), ``subject`` (null where there is none), ``message`` and
``messageId``. It is there for each message that a topic took, whether anybody has subscribed to it or not.
"""

from __future__ import annotations

import argparse
import json
import threading
from pathlib import Path
from typing import Any

NAME = "notifications.jsonl"
_WIDTH = 100
_LOCK = threading.Lock()


def write(log_dir: Path, entry: dict[str, Any]) -> None:
    with _LOCK, (log_dir / NAME).open("a") as file:
        file.write(json.dumps(entry) + "\n")


def read(state_dir: Path) -> list[dict[str, Any]]:
    """Oldest first; those of the last run once it has ended."""
    path = state_dir / "log" / NAME
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def notifications_command(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox notifications", description="What SNS topics were told, oldest first."
    )
    parser.add_argument(
        "--state-dir", type=Path, default=Path(".sandbox"), help="that of the sandbox (default: %(default)s)"
    )
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text", help="(default: %(default)s)")
    arguments = parser.parse_args(argv)
    entries = read(arguments.state_dir)
    if arguments.output == "json":
        print(json.dumps(entries, indent=2))
        return 0
    for entry in entries:
        print(_line(entry))
    return 0


def _line(entry: dict[str, Any]) -> str:
    parts = [entry["time"], entry["topic"].rpartition(":")[2], entry["subject"] or "-"]
    words = " ".join(entry["message"].split())
    return "  ".join([*parts, words if len(words) <= _WIDTH else f"{words[:_WIDTH]}…"])
