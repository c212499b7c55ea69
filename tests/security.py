"""What permissions are good for, as docs/security.md shows it: judged by what an end-to-end run did.

The run's last tests hold the document against their own recording. To write it anew from that:

    python -m tests.security FOLDER OF THE SANDBOX'S LOGS
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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
NEEDED = "needed"
_IDS = re.compile(r"(?<=/)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=/)[0-9a-f]{16}|(?<=/database-)[A-Za-z0-9]{6}")
OURS = (f"{ROLES}sandbox-", f"{ROLES}greenlight/github-")
SHOP = f"{ROLES}shop-"
"""Not in the document, but under the account's boundary: what these need is needed there."""


def permissions(found: Recording) -> dict[Permission, bool]:
    """Those of the example's stack and of the account's roles: whether the run needed them."""
    judged = needed(found, [role for role in sorted(found.roles) if role.startswith((*OURS, SHOP))])
    return {one: was_needed for one, was_needed in judged.items() if not one.policy.startswith(SHOP)}


def pieces(found: Recording) -> dict[Piece, bool]:
    """The rules, routes and endpoints of the example's VPC: whether the run needed them."""
    return network.needed(found.networks, found.connections, "sandbox")


def owner(policy: str) -> str:
    """What docs/security.md calls a role or a policy: its name."""
    return policy.rpartition("/")[2]


def label(permission: Permission) -> str:
    """How tests/unneeded.py names it, beside its owner."""
    denies = json.loads(permission.statement)["Effect"] == "Deny"
    return f"{'denies ' if denies else ''}{permission.action}"


def named(judged: Iterable[Permission]) -> set[tuple[str, str]]:
    return {(owner(one.policy), label(one)) for one in judged}


def unneeded(judged: Mapping[Permission, bool]) -> set[tuple[str, str]]:
    """Owner and name of what nothing needed."""
    return named(one for one, was_needed in judged.items() if not was_needed)


def unneeded_pieces(judged: Mapping[Piece, bool]) -> set[tuple[str, str]]:
    return {(piece.owner, piece.text) for piece, was_needed in judged.items() if not was_needed}


def parts(found: Recording) -> dict[str, str]:
    """What docs/security.md has between its marks."""
    return {"permissions": table(permissions(found)), "networks": network_table(pieces(found))}


def network_table(judged: Iterable[Piece]) -> str:
    """Markdown: a row for each rule, route and endpoint. What tests/unneeded.py does not name is needed."""
    rows = [
        f"| `{piece.owner}` | {piece.kind} | `{piece.text}` | {PIECES.get((piece.owner, piece.text), NEEDED)} |"
        for piece in judged
    ]
    return "\n".join(["| in | | | |", "|---|---|---|---|", *sorted(rows)])


def table(judged: Iterable[Permission]) -> str:
    """Markdown: a table for each role and policy, with a row for what of a statement is there for one reason."""
    by_owner: dict[str, list[Permission]] = defaultdict(list)
    for one in judged:
        by_owner[owner(one.policy)].append(one)
    return "\n\n".join(
        "\n".join([f"### `{name}`", "", "| may | on | |", "|---|---|---|", *_rows(name, own)])
        for name, own in sorted(by_owner.items())
    )


def _rows(name: str, own: list[Permission]) -> Iterator[str]:
    grouped: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in own:
        grouped[_on(one.statement), PERMISSIONS.get((name, label(one)), NEEDED)].add(one.action)
    for (shown, why), actions in sorted(grouped.items()):
        yield f"| {_code(sorted(actions))} | {shown} | {why} |"


def _on(text: str) -> str:
    statement: dict[str, Any] = json.loads(text)
    resources = statement.get("Resource", "*")
    # Load balancers, listeners, keys and secrets have ids, which are others each time.
    shown = _IDS.sub("ID", _code(resources if isinstance(resources, list) else [resources]))
    condition = statement.get("Condition")
    denied = "**denied** " if statement["Effect"] == "Deny" else ""
    return f"{denied}{shown}" + (f" if `{json.dumps(condition)}`" if condition else "")


def _code(words: list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def main(logs: Path) -> None:
    found = recording.read(logs / FILE)
    DOCUMENT.write_text(with_parts(DOCUMENT.read_text(), parts(found)))
    print(*sorted(unneeded(permissions(found)) - set(PERMISSIONS)), sep="\n")
    print(*sorted(unneeded_pieces(pieces(found)) - set(PIECES)), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
