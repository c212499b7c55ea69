"""The credentials with which each part of the sandbox calls, renewed before they expire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sandbox.access import principals, services, trust
from sandbox.access.model import Keys, Place, Principal
from sandbox.access.principals import Credentials
from sandbox.aws.lock import LOCK
from sandbox.state import ACCOUNT

RENEWED = timedelta(hours=1)
"""How long before its end a session is renewed."""

Begin = Callable[[], tuple[Principal, Credentials]]


class Session:
    """Credentials that are always valid. Safe to use from any thread; it may wait for the lock."""

    def __init__(self, begin: Begin):
        self._begin = begin
        self._current: tuple[Principal, Credentials] | None = None

    @property
    def principal(self) -> Principal:
        """Who calls. Raises NotTrustedError as `credentials` does."""
        return self._taken()[0]

    def credentials(self) -> Credentials:
        """Raises NotTrustedError where the role cannot be taken, or not taken again once its session ends."""
        return self._taken()[1]

    def _taken(self) -> tuple[Principal, Credentials]:
        current = self._current
        if current is not None and not ends_soon(current[1]):
            return current
        # A lock of its own could deadlock: beginning a session takes this one.
        with LOCK:
            if self._current is None or ends_soon(self._current[1]):
                self._current = self._begin()
            return self._current


def ends_soon(credentials: Credentials) -> bool:
    return credentials.expiration - datetime.now(UTC) < RENEWED


def of_role(
    role_arn: str,
    service: str,
    name: str,
    *,
    region: str,
    source_arn: str | None = None,
    keys: Keys | None = None,
    place: Place | None = None,
) -> Session:
    """A session, with this name, of a role that an AWS service was given. It is taken at the first use."""
    return Session(
        lambda: trust.assume_as_service(
            role_arn, service, name, region=region, source_arn=source_arn, keys=keys, place=place
        )
    )


def of_service(service: str, *, source_arn: str | None = None, keys: Keys | None = None) -> Session:
    """An AWS service as itself (``events.amazonaws.com``), on behalf of what the ARN names."""
    source = {"aws:SourceArn": (source_arn,), "aws:SourceAccount": (ACCOUNT,)} if source_arn else {}
    keys = {**source, **(keys or {})}
    principal = Principal("service", service, "", keys=keys)
    return Session(lambda: (principal, principals.begin(principal, trust.SECONDS)))


def of_ecs() -> Session:
    """ECS itself, by its service-linked role: nobody else can take it, and nobody can change it."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{services.ECS}/ecs-service-scheduler"
    principal = Principal("role", arn, services.ECS_ROLE, "ecs-service-scheduler")
    return Session(lambda: (principal, principals.begin(principal, trust.SECONDS)))


def of_autoscaling() -> Session:
    """Application Auto Scaling as it scales ECS services: by its service-linked role, as ECS is by its own."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{services.AUTOSCALING}/AutoScaling-UpdateDesiredCapacity"
    principal = Principal("role", arn, services.AUTOSCALING_ROLE, "AutoScaling-UpdateDesiredCapacity")
    return Session(lambda: (principal, principals.begin(principal, trust.SECONDS)))
