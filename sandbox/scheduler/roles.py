"""The two roles of a task: the execution role, by which ECS starts it, and the task role, which its containers have."""

from __future__ import annotations

import hmac
import secrets
from datetime import UTC
from typing import Any

from sandbox.access import sessions
from sandbox.access.model import Place
from sandbox.access.sessions import Session
from sandbox.access.trust import NotTrustedError
from sandbox.scheduler.spec import SetSpec
from sandbox.scheduler.tools import StartError

SERVICE = "ecs-tasks.amazonaws.com"


class Roles:
    """Of one task. None where the task definition names no such role: what it would be for is not done."""

    def __init__(self, spec: SetSpec, task_id: str, place: Place):
        # moto's task definitions have no such attribute where nobody gave one.
        execution = getattr(spec.task_definition, "execution_role_arn", None)
        task = getattr(spec.task_definition, "task_role_arn", None)
        self.execution = _session(spec, execution, task_id)
        self.task = _session(spec, task, task_id, place)
        self.token = secrets.token_urlsafe(32)
        """Opens the credentials endpoint: the containers of the task have it."""

        self._named = ((self.execution, execution), (self.task, task))

    def take(self) -> None:
        """Take both, as ECS does before it launches a task. Raises StartError."""
        for session, role_arn in self._named:
            try:
                if session is not None:
                    session.credentials()
            except NotTrustedError as problem:
                raise StartError(unable_to_assume(role_arn)) from problem

    def document(self, token: str) -> dict[str, Any] | None:
        """What the credentials endpoint answers, for who has the token; None for others, and without a task role.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
        """
        if self.task is None or not hmac.compare_digest(token.encode(), self.token.encode()):
            return None
        try:
            found = self.task.credentials()
        except NotTrustedError:
            return None
        return {
            "RoleArn": self.task.principal.identity,
            "AccessKeyId": found.access_key,
            "SecretAccessKey": found.secret,
            "Token": found.token,
            "Expiration": f"{found.expiration.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        }


def _session(spec: SetSpec, role_arn: str | None, task_id: str, place: Place | None = None) -> Session | None:
    if not role_arn:
        return None
    # AWS documents arn:aws:ecs:REGION:ACCOUNT:* for trust policies, and that no single cluster can be named there
    # (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html). So that text is the value, and
    # a trust policy that names anything narrower is not met.
    source = f"arn:aws:ecs:{spec.region}:{spec.account}:*"
    return sessions.of_role(role_arn, SERVICE, task_id, region=spec.region, source_arn=source, place=place)


def unable_to_assume(role_arn: str | None) -> str:
    """https://github.com/aws-samples/aws-modern-application-workshop/issues/88"""
    return (
        f"ECS was unable to assume the role '{role_arn}' that was provided for this task. Please verify that the role "
        "being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass "
        "this role."
    )
