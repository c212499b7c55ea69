"""``python -m sandbox forward DURATION``: the running sandbox's clock, moved on from outside.

The data plane answers ``PUT /_sandbox/clock/forward``, with the seconds as its body. A PUT, because no web page may
send one to another origin without asking first.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

PATH = "/_sandbox/clock/forward"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)([smhd])")


class ForwardError(Exception):
    """What a user sees, on one line, when the clock was not moved."""


def forward_command(argv: list[str]) -> int:
    """Prints AWS's date after the jump on stdout; 1 on an error, 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox forward",
        description="Move the clock of the running sandbox on, through whatever is due on the way.",
    )
    parser.add_argument("duration", type=duration, help="in AWS's time: 90s, 15m, 36h or 30d")
    parser.add_argument(
        "--state-dir", type=Path, default=Path(".sandbox"), help="that of the running sandbox (default: %(default)s)"
    )
    arguments = parser.parse_args(argv)
    try:
        print(forward(arguments.state_dir, arguments.duration))
    except ForwardError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def forward(state_dir: Path, seconds: float) -> str:
    """Move the clock of the sandbox that runs from there; AWS's date then, as ``2026-03-01T12:00:00Z``.

    Returns when the work that was due on the way has ended. Raises ForwardError when no sandbox runs there, or refuses.
    """
    try:
        url = json.loads((state_dir / "run" / "sandbox.json").read_text())["data_plane_url"]
        request = urllib.request.Request(f"{url}{PATH}", str(seconds).encode(), method="PUT")
        # Nothing in the user's shell may lead it elsewhere. No time limit: a function may run for fifteen minutes.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request) as answer:
            return str(answer.read().decode().strip())
    except urllib.error.HTTPError as refusal:
        raise ForwardError(refusal.read().decode().strip()) from None
    except OSError:
        raise ForwardError(f"no sandbox is running from {state_dir}; name its --state-dir") from None


def duration(text: str) -> float:
    """Seconds of ``90s``, ``15m``, ``36h`` or ``30d``, for argparse."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} is no duration such as 90s, 15m, 36h or 30d")
    return float(match[1]) * _UNITS[match[2]]
