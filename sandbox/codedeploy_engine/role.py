"""The deployment group's service role: CodeDeploy has no permissions of its own, and does everything with it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.access import gate, sessions
from sandbox.access.gate import AccessDeniedError
from sandbox.access.model import Need
from sandbox.access.trust import NotTrustedError
from sandbox.clients import Clients, error_code
from sandbox.codedeploy_engine.ports import PortError, RoleError
from sandbox.codedeploy_engine.records import Deployment

log = logging.getLogger(__name__)

T = TypeVar("T")

SERVICE = "codedeploy.amazonaws.com"
_DENIED = ("AccessDenied", "AccessDeniedException")
_THROTTLED = ("SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException")
"""What the services that CodeDeploy calls say: `sandbox/faults/codes.py`. It has an error code of its own for that:
https://docs.aws.amazon.com/codedeploy/latest/APIReference/API_ErrorInformation.html"""

_CALLED = {
    "cloudwatch": "AmazonCloudWatch",
    "ecs": "AmazonECS",
    "elbv2": "AmazonElasticLoadBalancingV2",
    "lambda": "AWSLambda",
    "s3": "AmazonS3",
}
"""How CodeDeploy's messages call the services. Seen are AmazonElasticLoadBalancingV2 and, of other deployments,
AmazonAutoScaling and AmazonEC2: names that AWS's client for Java has, as it has the other four."""


class ServiceRole:
    """Makes the calls of one deployment. Its session is named after the deployment."""

    def __init__(self, clients: Clients, deployment: Deployment):
        self._clients = clients
        self._region = deployment.region
        self._deployment_id = deployment.deployment_id
        self._arn = str(deployment.group_info["serviceRoleArn"])
        # https://docs.aws.amazon.com/codedeploy/latest/userguide/security_confused_deputy.html
        group = f"{deployment.application_name}/{deployment.deployment_group_name}"
        source = f"arn:aws:codedeploy:{deployment.region}:{deployment.account}:deploymentgroup:{group}"
        self._session = sessions.of_role(
            self._arn, SERVICE, deployment.deployment_id, region=deployment.region, source_arn=source
        )
        self._caller = clients.by(self._session)

    async def call(self, service: str, operation: str, **params: Any) -> Any:
        """Over the API. Raises RoleError where the role is the reason, PortError for any other failure."""
        try:
            return await self._caller.call(service, self._region, operation, **params)
        except NotTrustedError as problem:
            raise self._missing(problem) from None
        except ClientError as problem:
            if error_code(problem) in _DENIED:
                raise self._denied(service, problem) from None
            code = "THROTTLED" if error_code(problem) in _THROTTLED else None
            raise PortError(str(problem), code) from None
        except BotoCoreError as problem:
            raise PortError(str(problem)) from None

    async def locked(self, needs: Callable[[], Sequence[Need]], function: Callable[[], T]) -> T:
        """Read or change ECS's objects in the process, if the role may do what is asked for. Raises RoleError."""

        def run() -> T:
            for need in needs():
                gate.require(self._session.principal, need, self._region)
            return function()

        try:
            return await self._clients.locked(run)
        except NotTrustedError as problem:
            raise self._missing(problem) from None
        except AccessDeniedError as problem:
            raise self._denied("ecs", problem) from None

    def _missing(self, problem: Exception) -> RoleError:
        log.warning("%s: %s", self._deployment_id, problem)
        return RoleError("IAM_ROLE_MISSING", f"The service role {self._arn} cannot be accessed.")

    def _denied(self, service: str, problem: Exception) -> RoleError:
        """https://docs.aws.amazon.com/codedeploy/latest/userguide/troubleshooting-auto-scaling.html"""
        log.warning("%s: %s", self._deployment_id, problem)
        return RoleError(
            "IAM_ROLE_PERMISSIONS",
            f"The IAM role {self._arn} does not give you permission to perform operations in the following AWS "
            f"service: {_CALLED[service]}. Contact your AWS administrator if you need help. If you are an AWS "
            "administrator, you can grant permissions to your users or groups by creating IAM policies.",
        )
