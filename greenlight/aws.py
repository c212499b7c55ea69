"""The one place that talks to AWS, from the ambient credentials."""

from functools import cached_property
from typing import Any, Protocol

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnectionError

from greenlight.errors import RefusedError
from greenlight.policy import ACTIONS, REPAIRS

# A read that hangs must not hide for long what happens to the traffic.
_RETRIES = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=30)
# For what must not happen twice: botocore repeats a call by itself when its answer is lost.
_ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=5, read_timeout=30)

# Where the API's name differs from IAM's.
CLIENTS = {"elasticloadbalancing": "elbv2", "apigateway": "apigatewayv2"}
# API Gateway's actions are the verbs of HTTP: of the VPC link, which is all that the policy has of it.
OPERATIONS = {"lambda:InvokeFunction": "Invoke", "apigateway:GET": "GetVpcLink"}

_THROTTLED = {"Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException"}
_THROTTLED |= {"RequestLimitExceeded", "RequestThrottled", "LimitExceededException"}

# By protocol: JSON, query and S3, EC2.
_EXPIRED = {"ExpiredTokenException", "ExpiredToken", "RequestExpired"}

_DENIED = {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"}  # the last one is EC2's


class Aws(Protocol):
    """What the verbs need of AWS; tests have one of their own."""

    region: str

    @property
    def account(self) -> str: ...

    @property
    def partition(self) -> str: ...

    @property
    def console(self) -> str | None: ...

    def call(self, action: str, **request: Any) -> dict[str, Any]: ...

    def call_once(self, action: str, **request: Any) -> dict[str, Any]: ...

    def in_region(self, region: str) -> "Aws": ...


class Session:
    """Raises RefusedError where region, profile or credentials are missing."""

    def __init__(self, region: str | None = None, profile: str | None = None) -> None:
        try:
            self._session = boto3.Session(region_name=region, profile_name=profile)
        except ProfileNotFound as error:
            raise RefusedError(f"{error}: name one of your AWS configuration with --profile") from error
        if not self._session.region_name:
            raise RefusedError("no region: give --region, or set AWS_REGION")
        self.region: str = self._session.region_name
        self._profile = profile
        self._clients: dict[tuple[str, bool], Any] = {}

    @property
    def partition(self) -> str:
        return self._session.get_partition_for_region(self.region)

    @cached_property
    def account(self) -> str:
        try:
            return str(self.client("sts").get_caller_identity()["Account"])
        except NoCredentialsError as error:
            raise RefusedError("no AWS credentials: sign in, or give --profile") from error

    @property
    def console(self) -> str | None:
        """The address of AWS's console; None where the calls go elsewhere than to AWS."""
        endpoint = str(self._client("codedeploy", once=False).meta.endpoint_url)
        if not endpoint.endswith(".amazonaws.com"):
            return None
        return f"https://{self.region}.console.aws.amazon.com"

    def client(self, service: str) -> Any:
        return self._session.client(service, config=_RETRIES)  # type: ignore[call-overload]

    def call(self, action: str, **request: Any) -> dict[str, Any]:
        """Makes the call that IAM names `action`, such as `ecs:DescribeServices`; throttling and faults are retried.

        Only what is in the releasing role's policy can be called, and what repairs listeners.
        """
        return self._call(action, request, once=False)

    def call_once(self, action: str, **request: Any) -> dict[str, Any]:
        """The same, without a retry: for what must not happen twice."""
        return self._call(action, request, once=True)

    def in_region(self, region: str) -> "Session":
        return self if region == self.region else Session(region=region, profile=self._profile)

    def _call(self, action: str, request: dict[str, Any], *, once: bool) -> dict[str, Any]:
        if action not in ACTIONS and action not in REPAIRS:
            raise ValueError(f"{action} is not in greenlight/policy.py: add it, and what it may be used on")
        service, operation = action.split(":")
        client = self._client(CLIENTS.get(service, service), once=once)
        try:
            answer: dict[str, Any] = getattr(client, xform_name(OPERATIONS.get(action, operation)))(**request)
        except NoCredentialsError as error:
            raise RefusedError("no AWS credentials: sign in, or give --profile") from error
        return answer

    def _client(self, service: str, *, once: bool) -> Any:
        key = (service, once)
        if key not in self._clients:
            self._clients[key] = self._session.client(service, config=_ONCE if once else _RETRIES)  # type: ignore[call-overload]
        return self._clients[key]


def error_code(error: BaseException) -> str:
    """AWS's code for the error, by which errors are told apart: messages change."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_throttled(error: BaseException) -> bool:
    return error_code(error) in _THROTTLED


def is_denied(error: BaseException) -> bool:
    return error_code(error) in _DENIED


def is_expired(error: BaseException) -> bool:
    """Whether the credentials have ended, or could not be renewed: nothing can be asked with them any more."""
    # What SSO and an assumed role say when they cannot be renewed.
    renewal = isinstance(error, CredentialRetrievalError | TokenRetrievalError | SSOError)
    return renewal or error_code(error) in _EXPIRED


def is_unanswered(error: BaseException) -> bool:
    """Whether what was asked for may have been done all the same: only its answer was lost, or was a fault."""
    return is_passing(error) and not is_throttled(error)


def action(error: ClientError) -> str:
    """The call that failed, as IAM names it."""
    names = {OPERATIONS.get(one, one.split(":")[1]): one for one in (*ACTIONS, *REPAIRS)}
    return names.get(error.operation_name, error.operation_name)


def is_passing(error: BaseException) -> bool:
    """Whether asking again may help: throttling, a fault of the service, a network that is away."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return is_throttled(error) or status >= 500
    return isinstance(error, NoConnectionError | HTTPClientError)


def explain(error: BaseException) -> str:
    """One line for people: AWS's code and words, and what to do where the credentials have ended."""
    told = str(error)
    if isinstance(error, ClientError):
        told = f"{error_code(error)}: {error.response.get('Error', {}).get('Message', '')}".rstrip(": ")
    return f"{told.rstrip('.')}. Sign in again: these credentials have ended" if is_expired(error) else told
