"""Whether AWS's APIs answer a task that is starting. On Fargate its own network interface is where ECS asks from, and
what finds no way there is given up after a while, in words that were seen:

ECR's API           https://github.com/aws/copilot-cli/issues/5927
Secrets Manager     https://github.com/Releem/releem-agent/issues/195
Parameter Store     https://github.com/hashicorp/terraform-provider-aws/issues/33044
the registry        https://github.com/deepfence/terraform-aws-cloud-scanner/issues/13
layers, in S3       ECS's agent, which hides the URL: agent/dockerclient/dockerapi/errors_test.go of
                    https://github.com/aws/amazon-ecs-agent; how it goes on from there is as with the registry
CloudWatch Logs     https://github.com/civiform/civiform/issues/7648
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from sandbox.access.model import Place
from sandbox.clock import Clock
from sandbox.network import gate
from sandbox.network.model import AwsApi, Blocked
from sandbox.scheduler.tools import StartError

HTTPS = 443
PATIENCE = 180.0
"""AWS seconds. AWS says how often it tries (five times), and not for how long."""

AGAIN = 30.0
"""AWS seconds between two attempts."""

_SOMEWHERE = "203.0.113.10"
"""What stands for the public address of an API: one of those that are for examples (RFC 5737)."""

_RESOURCES = "ResourceInitializationError: unable to pull secrets or registry auth:"
_LATE = (
    "service call has been retried 5 time(s): {0}RequestCanceled: request context canceled caused by: context deadline "
    "exceeded. Please check your task network configuration."
)


class Way:
    """From where a task is. `rest` waits until a moment of the clock, or until the task is asked to stop."""

    def __init__(self, clock: Clock, place: Place, rest: Callable[[float], Awaitable[bool]]):
        self._clock = clock
        self._place = place
        self._rest = rest

    async def to(self, name: str, region: str, failure: str) -> None:
        """Returns once the API answers. Raises StartError with the failure where it does not."""
        api, end = AwsApi(name, region), self._clock.now() + PATIENCE
        while isinstance(gate.check(self._place, api, HTTPS), Blocked):
            if self._clock.now() >= end or await self._rest(min(end, self._clock.now() + AGAIN)):
                raise StartError(failure)

    async def to_ecr(self, region: str) -> None:
        """Where the token for the registry is."""
        await self.to(
            "ecr.api",
            region,
            f"{_RESOURCES} The task cannot pull registry auth from Amazon ECR: There is a connection issue between the "
            "task and Amazon ECR. Check your task network configuration. RequestError: send request failed caused by: "
            f'Post "https://api.ecr.{region}.amazonaws.com/": {_timeout()}',
        )

    async def to_secrets_manager(self, region: str, secret: str) -> None:
        late = _LATE.format(f"failed to fetch secret {secret} from secrets manager: ")
        failed = f"{_RESOURCES} execution resource retrieval failed: unable to retrieve secret from asm: {late}"
        await self.to("secretsmanager", region, failed)

    async def to_parameter_store(self, region: str) -> None:
        failed = f"{_RESOURCES} execution resource retrieval failed: unable to retrieve secrets from ssm: "
        await self.to("ssm", region, failed + _LATE.format(""))

    async def to_registry(self, region: str, reference: str, manifest: str) -> None:
        """Where the image's manifest is, at this URL."""
        await self.to(
            "ecr.dkr",
            region,
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
            f'{reference}: failed to do request: Head "{manifest}": {_timeout()}',
        )

    async def to_layers(self, region: str, reference: str) -> None:
        """They are in a bucket of ECR's: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html"""
        await self.to(
            "s3",
            region,
            "CannotPullContainerError: ref pull has been retried 5 time(s): failed to copy: httpReadSeeker: failed "
            f"open: failed to do request: Get REDACTED ECR URL related to {reference}: {_timeout()}",
        )

    async def to_logs(self, region: str) -> None:
        await self.to(
            "logs",
            region,
            "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch "
            "log group defined in the task definition. There is a connection issue between the task and Amazon "
            "CloudWatch. Check your network configuration. : signal: killed",
        )


def _timeout() -> str:
    return f"dial tcp {_SOMEWHERE}:{HTTPS}: i/o timeout"
