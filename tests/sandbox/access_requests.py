"""Requests, policies and principals for the tests of access control."""

from __future__ import annotations

from typing import Any

from sandbox.access.evaluate import decide
from sandbox.access.model import Decision, Policies, Policy, Principal, Request

ACCOUNT = "123456789012"
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/examplerole"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/examplerole/examplerolesessionname"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/exampleuser"

ROOT = Principal("administrator", ROOT_ARN, ROOT_ARN)
ROLE = Principal("role", SESSION_ARN, ROLE_ARN)
USER = Principal("user", USER_ARN, USER_ARN)
EVENTS = Principal("service", "events.amazonaws.com", "")
GITHUB = Principal("federated", f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com", "")
ANONYMOUS = Principal("anonymous", "", "")

OBJECT = "arn:aws:s3:::amzn-s3-demo-bucket/key"


def policy(*statements: dict[str, Any], name: str = "p", version: str | None = "2012-10-17") -> Policy:
    document: dict[str, Any] = {"Statement": list(statements)}
    return Policy(name, document if version is None else {"Version": version, **document})


def allow(action: str | list[str] = "*", resource: str | list[str] = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action: str | list[str] = "*", resource: str | list[str] = "*", **elements: Any) -> dict[str, Any]:
    return {**allow(action, resource, **elements), "Effect": "Deny"}


def values(given: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Condition keys as a request has them; a list is a key with several values."""
    return {key.lower(): tuple(value) if isinstance(value, list) else (value,) for key, value in given.items()}


def asked(
    policies: Policies,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    *,
    principal: Principal | None = USER,
    keys: dict[str, Any] | None = None,
    unfilled: frozenset[str] = frozenset(),
) -> Decision:
    return decide(Request(action, resource, values(keys or {}), unfilled, principal), policies)


def allowed(policies: Policies, action: str = "s3:GetObject", resource: str = OBJECT, **more: Any) -> bool:
    return asked(policies, action, resource, **more).allowed
