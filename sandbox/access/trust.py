"""Who may become whom: roles are taken by services, by other principals, and by the web's identities."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.models import iam_backends

from sandbox.access import gate
from sandbox.access.model import Keys, Need, Place, Policy, Principal
from sandbox.access.principals import Credentials, begin
from sandbox.aws.lock import LOCK
from sandbox.state import ACCOUNT


class NotTrustedError(Exception):
    """The role is not there, or does not let itself be taken; the message says which and why."""


def assume_as_service(
    role_arn: str,
    service: str,
    session_name: str,
    *,
    region: str,
    source_arn: str | None = None,
    keys: Keys | None = None,
    place: Place | None = None,
) -> tuple[Principal, Credentials]:
    """What an AWS service (``ecs-tasks.amazonaws.com``) does with a role it was given. Raises NotTrustedError.

    `source_arn` is on whose behalf: `aws:SourceArn`, and `aws:SourceAccount` with it. `keys` go into each call of the
    session. Credentials are good for six hours of real time.
    """
    with LOCK:
        role = _role(role_arn)
        source = {"aws:SourceArn": (source_arn,), "aws:SourceAccount": (ACCOUNT,)} if source_arn else {}
        caller = Principal("service", service, "")
        need = Need("sts:AssumeRole", role.arn, keys=source, resource_tags=tags(role))
        decision = gate.judge(caller, need, region)
    if not decision.allowed:
        raise NotTrustedError(f"{service} may not assume {role_arn}: {decision.reason}")
    principal = session(role, session_name, keys=keys, place=place)
    return principal, begin(principal, seconds=6 * 3600)


def session(
    role: Any,
    name: str,
    *,
    keys: Keys | None = None,
    policies: tuple[Policy, ...] | None = None,
    place: Place | None = None,
) -> Principal:
    """The principal that a session of moto's role is."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/{name}"
    return Principal("role", arn, role.arn, f"{role.id}:{name}", dict(keys or {}), policies, place)


def _role(arn: str) -> Any:
    for role in iam_backends[ACCOUNT]["aws"].roles.values():
        if role.arn == arn:
            return role
    raise NotTrustedError(f"there is no role {arn}")


def tags(role: Any) -> dict[str, str]:
    """moto has them in two shapes."""
    found = role.tags
    if isinstance(found, dict):
        return {key: value["Value"] for key, value in found.items()}
    return {tag["Key"]: tag["Value"] for tag in found or ()}


def trust_policy(role: Any) -> Policy:
    document = role.assume_role_policy_document
    return Policy("trust policy", json.loads(document) if isinstance(document, str) else document)
