"""What the ledger keeps of a question, read back: each that was asked, with the policies that answered it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.access.model import Policies, Policy, Principal, Request


@dataclass(frozen=True)
class Call:
    """One question, and its answer."""

    request: Request
    policies: str
    """What it was judged by: a key of `Recording.policies`."""

    allowed: bool
    reason: str

    @property
    def role(self) -> str:
        """The ARN of who asked; a service's name; empty for the anonymous."""
        principal = self.request.principal
        return principal.identity or principal.arn if principal else ""


@dataclass
class Recording:
    calls: list[Call] = field(default_factory=list)
    policies: dict[str, Policies] = field(default_factory=dict)
    roles: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Role -> the policies that it has had, in order: keys of `policies`."""

    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    connections: list[dict[str, Any]] = field(default_factory=list)
    """As `sandbox.network` wrote them down."""


def read(path: Path) -> Recording:
    """The recording of one sandbox. Raises FileNotFoundError where there is none."""
    return of(path.read_text().splitlines())


def of(lines: Iterable[str]) -> Recording:
    found = Recording()
    for line in lines:
        entry = json.loads(line)
        kind = entry.pop("kind")
        if kind == "policies":
            found.policies[entry["id"]] = _policies(entry)
        elif kind == "role":
            found.roles[entry["role"]].append(entry["policies"])
        elif kind == "call":
            found.calls.append(_call(entry))
        elif kind == "network":
            found.networks[entry.pop("id")] = entry
        elif kind == "connection":
            found.connections.append(entry)
    return found


def as_data(policies: Policies) -> dict[str, Any]:
    """For the ledger: what JSON can hold."""

    def one(policy: Policy | None) -> Any:
        return None if policy is None else {"id": policy.id, "document": policy.document}

    return {
        "identity": [one(policy) for policy in policies.identity],
        "boundary": one(policies.boundary),
        "session": None if policies.session is None else [one(policy) for policy in policies.session],
        "resource": one(policies.resource),
        "resource_alone": policies.resource_alone,
    }


def _policies(entry: Mapping[str, Any]) -> Policies:
    session = entry["session"]
    return Policies(
        identity=tuple(_policy(one) for one in entry["identity"]),
        boundary=_policy(entry["boundary"]) if entry["boundary"] else None,
        session=None if session is None else tuple(_policy(one) for one in session),
        resource=_policy(entry["resource"]) if entry["resource"] else None,
        resource_alone=entry["resource_alone"],
    )


def _policy(entry: Mapping[str, Any]) -> Policy:
    return Policy(entry["id"], entry["document"])


def _call(entry: Mapping[str, Any]) -> Call:
    request = Request(
        action=entry["action"],
        resource=entry["resource"],
        values={key: tuple(values) for key, values in entry["values"].items()},
        unfilled=frozenset(entry["unfilled"]),
        principal=Principal(**entry["principal"]),
    )
    return Call(request, entry["policies"], entry["allowed"], entry["reason"])
