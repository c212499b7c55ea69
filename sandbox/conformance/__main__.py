"""``python -m sandbox.conformance``: tries every claim against the account and endpoint that the environment names.

Asks first. Exit codes: 0 every claim holds, 3 there are differences (or claims that could not be tried, or something
was left behind), 1 it could not start or was not allowed to, 130 it was interrupted. However it ends, what it has made
is removed.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sandbox.conformance import probe, report, scenarios
from sandbox.conformance.account import Account, Clients
from sandbox.conformance.ledger import Ledger
from sandbox.conformance.probe import Probe, Result
from sandbox.conformance.probes import PROBES
from sandbox.conformance.scenarios import SCENARIOS, Scenario
from sandbox.conformance.scenarios.stage import Stage
from sandbox.conformance.undo import FAILURES
from sandbox.conformance.world import World

FOLDER = Path(".sandbox/conformance")
IMAGE = "api:print-green"
"""Listens on port 3000 and answers 200 to ``GET /health``, on this machine's architecture."""

QUESTION = """\
This makes things in account {account}, region {region} ({endpoint}), tries {claims} claims about AWS on them, and
removes them. All of them have {run} in their name or as their tag; nothing else is changed.
On AWS it takes about 90 minutes and costs about 1 USD: internal load balancers, a NAT gateway, and a few small Fargate
tasks.
To go on, type the account's number: """


class Janitor(AbstractContextManager["Janitor"]):
    """The process that cleans up. `left` is what it could not remove, once this context has ended."""

    def __init__(self, ledger: Path, run: str):
        self._command = [sys.executable, "-m", "sandbox.conformance.janitor", str(ledger), run]
        self.left: list[str] = []

    def __enter__(self) -> Self:
        # In a session of its own: Ctrl-C ends the run, and then the janitor works.
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        print("removing what was made", file=sys.stderr, flush=True)
        output = self._process.communicate()[0]
        if self._process.returncode:
            self.left = [f"the janitor failed with {self._process.returncode}: see {self._command[3]}"]
        else:
            self.left = json.loads(output)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m sandbox.conformance", description=__doc__)
    parser.add_argument("--image", default=IMAGE, help="what the scenarios run: %(default)s of the account's ECR")
    image = parser.parse_args().image
    clients = Clients()
    try:
        number = str(clients("sts").get_caller_identity()["Account"])
    except FAILURES as problem:
        print(f"conformance: the account cannot be asked: {problem}", file=sys.stderr)
        return 1
    region = str(clients.region)
    run = f"glc-{secrets.token_hex(3)}"
    endpoint = str(clients("sts").meta.endpoint_url)
    claims = len(PROBES) + len(SCENARIOS)
    print(QUESTION.format(account=number, region=region, endpoint=endpoint, claims=claims, run=run), end="", flush=True)
    said = sys.stdin.readline().strip()
    if not sys.stdin.isatty():
        print()
    if said != number:
        print(f"conformance: {said or 'nothing'} is not {number}; nothing was made", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    started = datetime.now(UTC)
    path = FOLDER / f"{run}.ledger"
    account = Account(clients, Ledger(path), run, number, region)
    for terminating in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(terminating, _interrupt)
    results: list[Result] = []
    finished = False
    with Janitor(path, run) as janitor:
        try:
            stage = Stage(World(account, "s"), image)
            for result in try_all(World(account), PROBES, stage, SCENARIOS):
                results.append(result)
                _tell(result, len(results), claims)
            finished = True
        except KeyboardInterrupt:
            # A second one must not keep the janitor from its work.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    whole = report.Run(endpoint, number, region, started.isoformat(timespec="seconds"), finished, results, janitor.left)
    document = FOLDER / f"{run}.json"
    report.write(whole, document)
    print(report.table(whole))
    print(f"as JSON, without the account's number: {document}")
    if not finished:
        return 130
    return 3 if whole.differences or whole.left else 0


def try_all(world: World, probes: Iterable[Probe], stage: Stage, stories: Iterable[Scenario]) -> Iterable[Result]:
    """Each claim's result, as soon as it is there."""
    for item in probes:
        yield probe.run(item, world)
    for story in stories:
        yield scenarios.run(story, stage)


def _interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def _tell(result: Result, done: int, claims: int) -> None:
    if result.verdict != "same":
        print(f"[{done}/{claims}] {result.verdict}: {result.name}", file=sys.stderr, flush=True)
    elif done % 20 == 0 or os.isatty(sys.stderr.fileno()):
        print(f"[{done}/{claims}]", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
