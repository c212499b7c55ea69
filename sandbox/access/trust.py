"""Who may become whom: roles are taken by services, by other principals, and by the web's identities."""

from __future__ import annotations

from typing import Any

from sandbox.access import gate, roles
from sandbox.access.model import Decision, Keys, Place, Policy, Principal
from sandbox.access.principals import Credentials, begin, of_tags
from sandbox.aws.lock import LOCK
from sandbox.state import ACCOUNT

SECONDS = 6 * 3600
"""So long are the sessions with which AWS's services call."""


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
    session. Credentials are good for `SECONDS` of real time.
    """
    with LOCK:
        role = roles.find(role_arn)
        if role is None:
            raise NotTrustedError(f"there is no role {role_arn}")
        decision = _as_service(role_arn, service, region, source_arn)
        if not decision.allowed:
            raise NotTrustedError(f"{service} may not assume {role_arn}: {decision.reason}")
        principal = session(role, session_name, keys=keys, place=place)
    return principal, begin(principal, SECONDS)


def trusts(role_arn: str, service: str, region: str, source_arn: str | None = None) -> bool:
    """Whether the role is there and the service may take it: what some services look at when they are given one."""
    with LOCK:
        return roles.find(role_arn) is not None and _as_service(role_arn, service, region, source_arn).allowed


def _as_service(role_arn: str, service: str, region: str, source_arn: str | None) -> Decision:
    source: Keys = {"aws:SourceArn": (source_arn,), "aws:SourceAccount": (ACCOUNT,)} if source_arn else {}
    return gate.judge(Principal("service", service, ""), roles.taking("sts:AssumeRole", role_arn, source), region)


def with_web_identity(role_arn: str, provider_arn: str, keys: Keys, region: str) -> Decision:
    """Whether somebody whom an OIDC provider vouches for may take the role. `keys` has what his token says of him."""
    somebody = Principal("federated", provider_arn, "", keys={"aws:FederatedProvider": (provider_arn,)})
    return gate.judge(somebody, roles.taking("sts:AssumeRoleWithWebIdentity", role_arn, keys), region)


def session(
    role: Any,
    name: str,
    *,
    keys: Keys | None = None,
    tags: dict[str, str] | None = None,
    policies: tuple[Policy, ...] | None = None,
    place: Place | None = None,
) -> Principal:
    """The principal that a session of moto's role is. Its `tags` go before the role's own, in whatever case."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/{name}"
    carried = {**of_tags(roles.tags(role)), **of_tags(tags or {}), **(keys or {})}
    return Principal("role", arn, role.arn, f"{role.id}:{name}", carried, policies, place)
