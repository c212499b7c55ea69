"""STS: who is asking, and what a role's session may be called."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, answered, refused
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/STS/latest/APIReference"
_SEEN = "https://github.com/getmoto/moto/issues/9218"
"""A report of a request that did not fit the model."""


def _session(world: World, **changes: Any) -> dict[str, Any]:
    """Of a role that the caller may not take anyway."""
    return {"RoleArn": world.execution_role, "RoleSessionName": world.name, "DurationSeconds": 900} | changes


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
]
