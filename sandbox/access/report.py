"""``python -m sandbox permissions``: of each role what it was granted, what of that it used, and what it was denied."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from sandbox.access import recording
from sandbox.access.conditions import listed
from sandbox.access.ledger import FILE
from sandbox.access.model import Policies
from sandbox.access.recording import Recording
from sandbox.access.statements import written


@dataclass(frozen=True)
class RoleReport:
    role: str
    """ARN."""

    used: tuple[str, ...]
    """Actions that were asked for and allowed."""

    never_used: tuple[str, ...]
    """Actions of its policies, wildcards and all, that nobody asked for."""

    denied: tuple[str, ...]
    """``ACTION on RESOURCE: REASON``"""


def of(recording: Recording) -> list[RoleReport]:
    """Every role that was there, by its ARN. A role's own service, which has no policies, is not among them."""
    return [_of(recording, role) for role in sorted(recording.roles)]


def _of(recording: Recording, role: str) -> RoleReport:
    calls = [call for call in recording.calls if call.role == role]
    used = {call.request.action for call in calls if call.allowed}
    granted = {action for name in recording.roles[role] for action in _actions(recording.policies[name])}
    unused = {action for action in granted if not any(fnmatchcase(one.lower(), action.lower()) for one in used)}
    denied = {f"{call.request.action} on {call.request.resource}: {call.reason}" for call in calls if not call.allowed}
    return RoleReport(role, tuple(sorted(used)), tuple(sorted(unused)), tuple(sorted(denied)))


def _actions(policies: Policies) -> Iterator[str]:
    for policy in policies.identity:
        for statement in written(policy.document):
            if statement["Effect"] == "Allow":
                yield from listed(statement.get("Action", []))


def permissions_command(argv: list[str]) -> int:
    """Print the report of a sandbox that runs, or has run. 1 where there was none."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox permissions",
        description="Of each role: what it used of what it may do, what of that it never used, and what it was denied.",
    )
    parser.add_argument("--state-dir", type=Path, default=Path(".sandbox"), help="of the sandbox (default: .sandbox)")
    file = parser.parse_args(argv).state_dir / "log" / FILE
    try:
        print(text(of(recording.read(file))))
    except FileNotFoundError:
        print(f"sandbox: no sandbox has run in this --state-dir: there is no {file}", file=sys.stderr)
        return 1
    return 0


def text(reports: list[RoleReport]) -> str:
    """For people: three lists a role."""
    lines = []
    for one in reports:
        lines.append(one.role.rpartition(":role")[2].lstrip("/"))
        for title, found in (("used", one.used), ("never used", one.never_used)):
            lines.append(f"  {title} ({len(found)}): {', '.join(found) or '-'}")
        lines += [f"  denied: {found}" for found in one.denied]
    return "\n".join(lines)
