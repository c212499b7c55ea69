"""``python -m sandbox place NAME``: a program of this machine, as a server in a VPC that tasks may connect to.

The data plane answers ``PUT /_sandbox/network/server``, whose body is ``{"name", "region", "subnet", "groups", "port",
"to"}``, by ``{"address", "listens"}``: its address in the subnet, and where tasks reach it.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path

PATH = "/_sandbox/network/server"


class PlaceError(Exception):
    """What a user sees, on one line, when nothing was placed."""


def place_command(argv: list[str]) -> int:
    """Prints where tasks reach it; 1 on an error, 2 on wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox place",
        description="Put a program of this machine into a VPC, such as a database that tasks connect to. It is there "
        "until the sandbox ends, or until the name is placed again.",
    )
    parser.add_argument("name", help="what `why` and the logs call it")
    parser.add_argument("--subnet", required=True, help="the subnet that it is in")
    parser.add_argument("--group", action="append", required=True, help="its security group; may be repeated")
    parser.add_argument("--port", type=int, required=True, help="the port that tasks connect to")
    parser.add_argument("--to", required=True, metavar="HOST:PORT", help="where the program listens")
    parser.add_argument(
        "--state-dir", type=Path, default=Path(".sandbox"), help="that of the running sandbox (default: %(default)s)"
    )
    given = parser.parse_args(argv)
    try:
        print(place(given.state_dir, given.name, given.subnet, given.group, given.port, given.to)["listens"])
    except PlaceError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def place(state_dir: Path, name: str, subnet: str, groups: list[str], port: int, to: str) -> dict[str, str]:
    """What the data plane answers. Raises PlaceError when no sandbox runs there, or refuses."""
    try:
        facts = json.loads((state_dir / "run" / "sandbox.json").read_text())
        given = {"name": name, "region": facts["region"], "subnet": subnet, "groups": groups, "port": port, "to": to}
        request = urllib.request.Request(f"{facts['data_plane_url']}{PATH}", json.dumps(given).encode(), method="PUT")
        # Nothing in the user's shell may lead it elsewhere.
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as refusal:
        raise PlaceError(refusal.read().decode().strip()) from None
    except OSError:
        raise PlaceError(f"no sandbox is running from {state_dir}; name its --state-dir") from None
