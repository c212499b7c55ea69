"""Removes what a run has made, once the run is over: ``python -m sandbox.conformance.janitor LEDGER RUN``.

A process of its own, out of reach of the terminal's Ctrl-C. It waits for the end of its standard input, which comes
when the run ends, in order or killed: so there is one way to clean up, and it is always taken. Prints what it could not
remove as a JSON list of lines, which is empty when nothing is left.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from pathlib import Path

from sandbox.conformance.account import Clients
from sandbox.conformance.ledger import read
from sandbox.conformance.undo import undo

PATIENCE_SECONDS = 20 * 60
"""For what AWS lets go late: a VPC link and its network interfaces take minutes, tasks drain first."""

LONGEST_WAIT = 15.0
"""Seconds between two rounds."""

CALL_SECONDS = 2.0
"""A call that was under way when the run was killed may be carried out after that."""


def main(ledger: Path, run: str) -> list[str]:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    entries = [entry for entry in read(ledger) if not entry.over]
    if any(entry.answer is None for entry in entries):
        time.sleep(CALL_SECONDS)
    clients = Clients()
    deadline = time.monotonic() + PATIENCE_SECONDS
    wait = 0.2
    given_up: list[str] = []
    while True:
        waiting: list[str] = []
        # What was made last is removed first: it may be in what was made before it.
        for entry in reversed(entries):
            left = undo(clients, entry, run)
            entry.over = not any(item.waits for item in left)
            (given_up if entry.over else waiting).extend(item.line for item in left)
        entries = [entry for entry in entries if not entry.over]
        if not entries or time.monotonic() > deadline:
            return given_up + waiting
        if wait >= LONGEST_WAIT:
            print(f"waiting for AWS to let go of {len(waiting)}, such as: {waiting[0]}", file=sys.stderr, flush=True)
        time.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
