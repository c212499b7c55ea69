"""The sandbox's own calls to its AWS API, made as AWS's services make them to each other: over HTTP, with boto3.

boto3 blocks, so calls run in a few threads; the event loop, which carries every request and every task, never waits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError

from sandbox.aws.lock import LOCK
from sandbox.state import Settings

if TYPE_CHECKING:
    # It imports moto, which this module must not: commands that start no sandbox use it as well.
    from sandbox.access.sessions import Session

T = TypeVar("T")

OWN = "sandbox-own"
"""In the User-Agent of the sandbox's own parts, which call as AWS's services do."""

ACCESS_KEY = "sandbox"
"""Key and secret of the account's administrator: the sandbox's commands call as him, and nothing that runs in it."""


class Clients:
    """boto3 clients against one sandbox, by service and region; each call is signed with the caller's credentials."""

    def __init__(self, settings: Settings, threads: int = 8):
        self._endpoint_url = settings.endpoint_url
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="aws")
        self._caller = _CallersCredentials()

    def by(self, session: Session) -> Caller:
        """The API as this session sees it."""
        return Caller(self, session)

    async def call(self, session: Session, service: str, region: str, operation: str, /, **params: Any) -> Any:
        """Raises botocore's errors, and NotTrustedError where the session's role cannot be taken (any more)."""

        def call() -> Any:
            self._caller.use(session)
            return getattr(self._client(service, region), operation)(**params)

        return await self._in_thread(call)

    async def locked(self, function: Callable[[], T]) -> T:
        """Read or change moto's objects with nobody in between, without holding up the event loop."""

        def run() -> T:
            with LOCK:
                return function()

        return await self._in_thread(run)

    async def _in_thread(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    def _client(self, service: str, region: str) -> Any:
        with self._making:
            if (service, region) not in self._clients:
                self._clients[service, region] = local_client(
                    service, region, self._endpoint_url, credentials=self._caller
                )
            return self._clients[service, region]

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


@dataclass(frozen=True)
class Caller:
    """Somebody who calls the sandbox's AWS API: a role that an AWS service has taken, or a service itself."""

    clients: Clients
    session: Session

    async def call(self, service: str, region: str, operation: str, /, **params: Any) -> Any:
        """``await caller.call("logs", "us-east-1", "put_log_events", …)``; raises what `Clients.call` raises."""
        return await self.clients.call(self.session, service, region, operation, **params)


class _CallersCredentials(Credentials):
    """What botocore signs with: the credentials of whose call this thread makes. A client for each session of each task
    would cost more than all its calls."""

    def __init__(self) -> None:
        super().__init__(access_key="", secret_key="")
        self._session = threading.local()

    def use(self, session: Session) -> None:
        # At once, so that a role that cannot be taken is no error of botocore's.
        session.credentials()
        self._session.current = session

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        found = self._session.current.credentials()
        return ReadOnlyCredentials(found.access_key, found.secret, found.token)


def local_client(
    service: str, region: str, endpoint_url: str, retries: int = 3, credentials: Credentials | None = None
) -> Any:
    """A client that nothing in the user's shell can lead elsewhere: no profile, no proxy, no credentials of theirs.

    The administrator's, unless `credentials` are given: then it is one of the sandbox's own parts.
    """
    core = botocore.session.Session()
    # An AWS_PROFILE that does not exist on this machine would be an error before the first call.
    core.session_var_map["profile"] = (None, None, None, None)
    core.register_component("credential_provider", _Provider(credentials or Credentials(ACCESS_KEY, ACCESS_KEY)))
    session: Any = boto3.session.Session(region_name=region, botocore_session=core)
    config = Config(
        proxies={},
        retries={"total_max_attempts": retries, "mode": "standard"},
        read_timeout=60,
        user_agent_extra=OWN if credentials else None,
    )
    return session.client(service, endpoint_url=endpoint_url, config=config)


@dataclass(frozen=True)
class _Provider:
    """Where botocore gets its credentials."""

    credentials: Credentials

    def load_credentials(self) -> Credentials:
        return self.credentials


def error_code(error: ClientError) -> str:
    """AWS's code of an error, such as ``ResourceNotFoundException``."""
    return error.response.get("Error", {}).get("Code", "Unknown")


def error_message(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Message", str(error))
