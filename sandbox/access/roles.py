"""Roles as moto has them: what they are called, what they are tagged with, and whom they trust. Hold the lock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends

from sandbox.access import reference
from sandbox.access.model import Keys, Need, Policy
from sandbox.access.statements import written
from sandbox.state import ACCOUNT

TAKEN_BY = frozenset({"sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession", "sts:SetSourceIdentity"})
"""What a role's trust policy is asked about."""


def find(arn: str) -> Any:
    """moto's role; None where there is none."""
    for role in iam_backends[ACCOUNT]["aws"].roles.values():
        if role.arn == arn:
            return role
    return None


def tags(owner: Any) -> dict[str, str]:
    """Of moto's role, user or policy; it has them in two shapes."""
    found = owner.tags
    if isinstance(found, dict):
        return {key: value["Value"] for key, value in found.items()}
    return {tag["Key"]: tag["Value"] for tag in found or ()}


def trust_policy(arn: str) -> Policy | None:
    """None for a role that is not there."""
    role = find(arn)
    if role is None:
        return None
    return Policy("trust policy", parsed(role.assume_role_policy_document))


def parsed(document: Any) -> dict[str, Any]:
    """A policy of moto's, which keeps some as a text, and some that AWS refuses: what cannot be read says nothing."""
    try:
        found = json.loads(document) if isinstance(document, str | bytes) else document
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {"Statement": []}
    statements = written(found)
    return {**found, "Statement": statements if all(isinstance(one, dict) for one in statements) else []}


def taking(action: str, arn: str, keys: Keys | None = None, request_tags: Mapping[str, str] | None = None) -> Need:
    """What taking the role asks for. What of the action's own keys is not in `keys` is not in the call, for certain."""
    role = find(arn)
    absent: Keys = {
        key: () for key in reference.condition_keys(action, arn) if not key.startswith("aws:") and key[-1] != "/"
    }
    given = {key.lower(): values for key, values in (keys or {}).items()}
    return Need(
        action, arn, keys={**absent, **given}, request_tags=request_tags or {}, resource_tags=tags(role) if role else {}
    )
