"""STS: who is asking, and what a role's session may be called."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

from sandbox.conformance.probe import Probe, answered, refused
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/STS/latest/APIReference"
_SEEN = "https://github.com/getmoto/moto/issues/9218"
"""A report of a request that did not fit the model."""


def _session(world: World, **changes: Any) -> dict[str, Any]:
    """Of a role that the caller may not take anyway."""
    return {"RoleArn": world.execution_role, "RoleSessionName": world.name, "DurationSeconds": 900} | changes


def _token(issuer: str) -> str:
    """Nobody's: it has no signature."""
    now = int(time.time())
    claims = {"iss": issuer, "sub": "nobody", "aud": "nobody", "iat": now, "exp": now + 300}
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    written = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join([*written, "x"])


PROBES: list[Probe] = [
    answered(
        "sts",
        "GetCallerIdentity",
        "the caller's account is told",
        lambda _: {},
        {"Account": lambda world: world.account.number},
        f"{_API}/API_GetCallerIdentity.html",
    ),
    refused(
        "sts",
        "AssumeRole",
        "a session's name has 64 characters at most",
        lambda world: _session(world, RoleSessionName="a" * 65),
        "ValidationError",
        _SEEN,
    ),
    refused(
        "sts",
        "AssumeRole",
        "a session's name has no space",
        lambda world: _session(world, RoleSessionName="a session"),
        "ValidationError",
        _SEEN,
    ),
    refused(
        "sts",
        "AssumeRole",
        "a session lasts 15 minutes at least",
        lambda world: _session(world, DurationSeconds=899),
        "ValidationError",
        _SEEN,
    ),
    refused(
        "sts",
        "AssumeRole",
        "a session has a name",
        lambda world: {"RoleArn": world.execution_role},
        "ValidationError",
        _SEEN,
    ),
    refused(
        "sts",
        "AssumeRole",
        "a role is taken by nobody whom it does not trust",
        _session,
        "AccessDenied",
        "https://github.com/uswitch/kiam/issues/33",
        status=403,
    ),
    refused(
        "sts",
        "AssumeRoleWithWebIdentity",
        "who vouches for an identity is a provider of the account",
        lambda world: {
            "RoleArn": world.execution_role,
            "RoleSessionName": world.name,
            "WebIdentityToken": _token("https://example.com"),
        },
        "InvalidIdentityToken",
        "https://github.com/aws-actions/configure-aws-credentials/issues/280",
    ),
    refused(
        "sts",
        "AssumeRoleWithWebIdentity",
        "an identity is a token",
        lambda world: {"RoleArn": world.execution_role, "RoleSessionName": world.name, "WebIdentityToken": "no-token"},
        "InvalidIdentityToken",
        f"{_API}/API_AssumeRoleWithWebIdentity.html",
    ),
]
