"""What permissions are good for, as docs/security.md shows it: judged by what an end-to-end run did.

The run's last tests hold the document against their own recording. To write it anew from that:

    python -m tests.security FOLDER OF THE SANDBOX'S LOGS
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.access import recording
from sandbox.access.ledger import FILE
from sandbox.access.recording import Recording
from sandbox.access.replay import Permission, needed
from sandbox.network import needed as network
from sandbox.network.needed import Piece
from tests.documentation import with_parts
from tests.unneeded import PERMISSIONS, PIECES

DOCUMENT = Path(__file__).parents[1] / "docs" / "security.md"
ROLES = "arn:aws:iam::123456789012:role/"
OURS = (f"{ROLES}sandbox-", f"{ROLES}greenlight/github-")


def permissions(found: Recording) -> dict[Permission, bool]:
    """Those of the example's stack and of the account's roles: whether the run needed them."""
    return needed(found, [role for role in sorted(found.roles) if role.startswith(OURS)])


def pieces(found: Recording) -> dict[Piece, bool]:
    """The rules, routes and endpoints of the example's VPC: whether the run needed them."""
    return network.needed(found.networks, found.connections, "sandbox")


def owner(policy: str) -> str:
    """What docs/security.md calls a role or a policy: its name."""
    return policy.rpartition("/")[2]


def unneeded(judged: Mapping[Permission, bool]) -> set[tuple[str, str]]:
    """Owner and action of what nothing needed."""
    return {(owner(one.policy), one.action) for one, was_needed in judged.items() if not was_needed}


def unneeded_pieces(judged: Mapping[Piece, bool]) -> set[tuple[str, str]]:
    return {(piece.owner, piece.text) for piece, was_needed in judged.items() if not was_needed}


def network_table(judged: Mapping[Piece, bool]) -> str:
    """Markdown: a row for each rule, route and endpoint."""
    rows = [
        f"| `{piece.owner}` | {piece.kind} | `{piece.text}` | "
        f"{'needed' if was_needed else PIECES.get((piece.owner, piece.text), 'not needed')} |"
        for piece, was_needed in judged.items()
    ]
    return "\n".join(["| in | | | |", "|---|---|---|---|", *sorted(rows)])


def parts(found: Recording) -> dict[str, str]:
    """What docs/security.md has between its marks."""
    return {"permissions": table(permissions(found)), "networks": network_table(pieces(found))}


def table(judged: Mapping[Permission, bool]) -> str:
    """Markdown: a table for each role and policy, a row for each statement."""
    owners = sorted({owner(one.policy) for one in judged})
    return "\n\n".join(
        "\n".join([f"### `{name}`", "", "| may | on | |", "|---|---|---|", *_rows(name, judged)]) for name in owners
    )


def _rows(name: str, judged: Mapping[Permission, bool]) -> Iterator[str]:
    statements = dict.fromkeys(one.statement for one in judged if owner(one.policy) == name)
    for text in sorted(statements):
        own = {one.action: good for one, good in judged.items() if one.statement == text and owner(one.policy) == name}
        used = [action for action, good in own.items() if good]
        if used:
            yield f"| {_code(used)} | {_on(text)} | needed |"
        for action in own:
            if not own[action]:
                yield f"| {_code([action])} | {_on(text)} | {PERMISSIONS.get((name, action), 'not needed')} |"


def _on(text: str) -> str:
    statement: dict[str, Any] = json.loads(text)
    resources = statement.get("Resource", "*")
    shown = _code(resources if isinstance(resources, list) else [resources])
    condition = statement.get("Condition")
    denied = "denied " if statement["Effect"] == "Deny" else ""
    return f"{denied}{shown}" + (f" if `{json.dumps(condition)}`" if condition else "")


def _code(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in sorted(words))


def main(logs: Path) -> None:
    found = recording.read(logs / FILE)
    DOCUMENT.write_text(with_parts(DOCUMENT.read_text(), parts(found)))
    print(*sorted(unneeded(permissions(found)) - set(PERMISSIONS)), sep="\n")
    print(*sorted(unneeded_pieces(pieces(found)) - set(PIECES)), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
