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
from tests.documentation import with_parts
from tests.unneeded import PERMISSIONS

DOCUMENT = Path(__file__).parents[1] / "docs" / "security.md"
ROLES = "arn:aws:iam::123456789012:role/"
OURS = (f"{ROLES}sandbox-", f"{ROLES}greenlight/github-")


def permissions(found: Recording) -> dict[Permission, bool]:
    """Those of the example's stack and of the account's roles: whether the run needed them."""
    return needed(found, [role for role in sorted(found.roles) if role.startswith(OURS)])


def owner(policy: str) -> str:
    """What docs/security.md calls a role or a policy: its name."""
    return policy.rpartition("/")[2]


def without_reason(judged: Mapping[Permission, bool]) -> set[tuple[str, str]]:
    """What nothing needed, and nobody has given a reason for: owner and action."""
    unneeded = {(owner(one.policy), one.action) for one, was_needed in judged.items() if not was_needed}
    return unneeded - set(PERMISSIONS)


def needless_reasons(judged: Mapping[Permission, bool]) -> set[tuple[str, str]]:
    """Reasons for what is needed, or is not there."""
    return set(PERMISSIONS) - {(owner(one.policy), one.action) for one, was_needed in judged.items() if not was_needed}


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
    judged = permissions(recording.read(logs / FILE))
    DOCUMENT.write_text(with_parts(DOCUMENT.read_text(), {"permissions": table(judged)}))
    for role, action in sorted(without_reason(judged)):
        print(f"{role}: nothing needed {action}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
