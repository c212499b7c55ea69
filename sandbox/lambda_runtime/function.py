"""What an invocation knows of its function: a copy, so that nothing of it changes while the function runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.lambda_runtime.readiness import Readiness
from sandbox.network.ends import Places


@dataclass(frozen=True)
class Function:
    """A version of a function, as its last update left it."""

    name: str
    arn: str
    """Without a version."""

    version: str
    region: str
    runtime: str
    handler: str
    role: str
    architecture: str
    memory: int
    timeout: int
    log_group: str
    variables: Mapping[str, str]
    code: bytes = field(repr=False)
    generation: str
    """Changes with each update of code or configuration: environments of an older one are not used again."""

    reserved: int | None
    """Reserved concurrency: so many invocations at a time, and no more."""

    retries: int
    maximum_age: int
    in_vpc: bool
    places: Places
    """Its network interfaces, one in each of its subnets; none outside a VPC."""

    readiness: Readiness
    """Not a copy: the version's own, which each invocation changes."""

    @property
    def default_log_group(self) -> bool:
        return self.log_group == f"/aws/lambda/{self.name}"


@dataclass(frozen=True)
class Event:
    """What a function is invoked with."""

    request_id: str
    payload: bytes
    trace_id: str
    invoked_arn: str
    client_context: str | None = None


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended."""

    payload: bytes
    failed: bool
    """Whether ``payload`` is an error's: X-Amz-Function-Error is set then."""

    log: bytes
    """The last 4 KiB of what it logged."""


class FailureError(Exception):
    """Why a function gave no answer, in Lambda's words; in its own, where ``payload`` is what its runtime reported."""

    def __init__(self, kind: str, message: str, payload: bytes | None = None):
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.payload = payload


class ThrottledError(Exception):
    """As many invocations are running as the function's reserved concurrency allows."""


class StoppingError(Exception):
    """The sandbox is going down."""
