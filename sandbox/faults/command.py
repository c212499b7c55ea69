"""``python -m sandbox fault``: what the running sandbox does wrong on purpose, from outside.

The data plane answers ``PUT /_sandbox/faults``. A PUT, because no web page may send one to another origin without
asking first.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.faults.model import CALL_KINDS, TIMED, WIRE_KINDS, Limits
from sandbox.forward import duration

PATH = "/_sandbox/faults"
_KINDS = "\n".join(f"  {kind:<9}{says}" for kind, says in {**CALL_KINDS, **WIRE_KINDS}.items())


class FaultError(Exception):
    """What a user sees, on one line, when nothing was switched."""


def fault_command(argv: list[str]) -> int:
    """Prints what is switched on; 1 on an error, 2 on wrong usage."""
    given = _parse(argv)
    try:
        if given.verb == "add":
            limits = Limits(given.calls, given.seconds, given.share, given.seed)
            print(add(given.state_dir, given.kind, *given.where, by=given.by, limits=limits)["text"])
        elif given.verb == "clear":
            clear(given.state_dir, *given.ids)
        else:
            for fault in listed(given.state_dir):
                print(f"{fault['text']}; hit {fault['hits']}{', over' if fault['over'] else ''}")
    except FaultError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def add(state_dir: Path, kind: str, *where: str, by: str | None = None, limits: Limits | None = None) -> dict[str, Any]:
    """Switches a fault on: ``{"id", "text", "hits"}``. `where` is as on the command line.

    Raises FaultError where no sandbox runs from there, or it refuses.
    """
    seconds = None
    if kind in TIMED:
        try:
            seconds, where = float(where[0]), where[1:]
        except (IndexError, ValueError):
            raise FaultError(f"{kind} is given how many seconds, such as {kind} 1.5 …") from None
        if not 0 < seconds < float("inf"):
            raise FaultError(f"{kind} is of some seconds, got {seconds:g}")
    asked = {"do": "add", "kind": kind, "where": where, "seconds": seconds, "by": by}
    return _ask(state_dir, asked | {"limits": asdict(limits or Limits())})


def listed(state_dir: Path) -> list[dict[str, Any]]:
    """``{"id", "text", "hits", "over"}`` of each that was not cleared."""
    return list(_ask(state_dir, {"do": "list"})["faults"])


def clear(state_dir: Path, *ids: str) -> None:
    """Switches these off; without any, all."""
    _ask(state_dir, {"do": "clear", "ids": ids})


def _ask(state_dir: Path, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        url = json.loads((state_dir / "run" / "sandbox.json").read_text())["data_plane_url"]
        request = urllib.request.Request(f"{url}{PATH}", json.dumps(asked).encode(), method="PUT")
        # Nothing in the user's shell may lead it elsewhere.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as refusal:
        raise FaultError(refusal.read().decode().strip()) from None
    except OSError:
        raise FaultError(f"no sandbox is running from {state_dir}; name its --state-dir") from None


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox fault",
        description="Let calls of the AWS API, or requests of the data plane, fail as they do on AWS.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|list|clear")
    adding = verbs.add_parser(
        "add",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="switch one on",
        epilog=f"kinds:\n{_KINDS}\n\nWHERE is SERVICE:ACTION, SERVICE:* or * of the first five; of the others "
        "target-group NAME,\ntask ID, listener BALANCER:PORT or zone NAME. delay and latency take seconds before it.",
    )
    adding.add_argument("kind", choices=[*CALL_KINDS, *WIRE_KINDS], metavar="KIND")
    adding.add_argument("where", nargs="+", metavar="WHERE")
    adding.add_argument("--by", help="whose calls: a role's or a user's name (default: all but the sandbox's own)")
    adding.add_argument("--calls", type=_count, help="only the next so many (default: until it is cleared)")
    adding.add_argument("--for", type=duration, dest="seconds", metavar="DURATION", help="in AWS's time: 90s, 15m")
    adding.add_argument("--share", type=_share, default=1.0, help="only such a part of them, by chance: 0.3")
    adding.add_argument("--seed", type=int, default=0, help="of that chance (default: %(default)s)")
    listing = verbs.add_parser("list", help="what is switched on, and how often it was hit")
    clearing = verbs.add_parser("clear", help="switch these off, or all")
    clearing.add_argument("ids", nargs="*", metavar="ID")
    for verb in (adding, listing, clearing):
        verb.add_argument(
            "--state-dir", type=Path, default=Path(".sandbox"), help="that of the running sandbox (default: .sandbox)"
        )
    return parser.parse_args(argv)


def _count(text: str) -> int:
    count = int(text)
    if count < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {text}")
    return count


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"must be above 0 and at most 1, got {text}")
    return share
