"""``python -m sandbox why FROM TO:PORT``: whether a connection is made, and by what, or what it lacks.

The data plane answers ``PUT /_sandbox/network/why``, with ``{"from", "to", "port"}`` as its body. Asking is not trying:
neither the ledger nor the log has it.
"""

from __future__ import annotations

import argparse
import json
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path as File
from typing import Any

PATH = "/_sandbox/network/why"
OPEN, USAGE, CLOSED = 0, 1, 2


def why_command(argv: list[str]) -> int:
    """Prints the way; 0: open, 2: closed, 1: no such name, or no sandbox."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox why",
        description="Say whether a connection would be made on AWS, and by which rules and routes, or what is missing.",
        epilog="FROM and TO: a task's id, SERVICE's (its tasks), a function's name, a load balancer's name or DNS "
        "name, vpc-link NAME, what `place` put there; TO also an AWS service, such as codedeploy, or a host on the "
        "internet.",
    )
    parser.add_argument("source", nargs="+", metavar="FROM")
    parser.add_argument("target", metavar="TO:PORT")
    parser.add_argument(
        "--state-dir", type=File, default=File(".sandbox"), help="that of the running sandbox (default: %(default)s)"
    )
    arguments = parser.parse_args(argv)
    name, _, port = arguments.target.rpartition(":")
    if not name or not port.isdigit():
        print(f"error: {arguments.target} is not TO:PORT, such as codedeploy:443", file=sys.stderr)
        return USAGE
    question = {"from": " ".join(arguments.source), "to": name, "port": int(port)}
    try:
        answer = _ask(arguments.state_dir, question)
    except OSError:
        print(f"error: no sandbox is running from {arguments.state_dir}; name its --state-dir", file=sys.stderr)
        return USAGE
    code = int(answer["code"])
    print(answer["text"], file=sys.stderr if code == USAGE else sys.stdout)
    return code


def _ask(state_dir: File, question: dict[str, Any]) -> dict[str, Any]:
    url = json.loads((state_dir / "run" / "sandbox.json").read_text())["data_plane_url"]
    request = urllib.request.Request(f"{url}{PATH}", json.dumps(question).encode(), method="PUT")
    # Nothing in the user's shell may lead it elsewhere.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as answer:
        return dict(json.load(answer))


# In the sandbox -------------------------------------------------------------------------------------------------------


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """``{"code", "text"}``."""
    # They import moto, which commands must not: it takes seconds.
    from sandbox.network import moto_state, names
    from sandbox.network.gate import label
    from sandbox.network.model import Blocked
    from sandbox.network.reach import way

    try:
        sources = names.source(question["from"])
        targets = names.target(question["to"], sources[0].region)
    except names.UnknownError as problem:
        return {"code": USAGE, "text": f"error: {problem}"}
    port, lines = int(question["port"]), []
    for source in sources:
        world = moto_state.world(source.region, source.vpc)
        for target in targets:
            found = way(world, source, target, port)
            head = f"{source.name} ({source.address}) -> {label(target)}:{port}"
            if isinstance(found, Blocked):
                return {"code": CLOSED, "text": f"{head}: closed\n  {found.hop}\n  lacks {found.missing}"}
            lines += [f"{head}: open", *(f"  {line}" for line in _described(world, found.by))]
    return {"code": OPEN, "text": "\n".join(lines)}


def _described(world: Any, by: Sequence[str]) -> list[str]:
    rules = {rule.id: rule for rule in world.rules}
    routes = {route.id: route for route in world.routes}
    lines = []
    for piece in by:
        if piece in rules:
            rule = rules[piece]
            ports = "all" if rule.protocol == "-1" else f"{rule.protocol} {rule.from_port}-{rule.to_port}"
            peer = rule.cidr or rule.other_group or rule.prefix_list
            towards = "to" if rule.direction == "egress" else "from"
            lines.append(f"{rule.direction} rule {piece} of {rule.group}: {ports} {towards} {peer}")
        elif piece in routes:
            route = routes[piece]
            lines.append(f"route of {route.table}: {route.destination} leads to {route.target}")
        else:
            lines.append(piece)
    return lines
