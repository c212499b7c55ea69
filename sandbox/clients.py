"""The sandbox's own calls to its AWS API, made as AWS's services make them to each other: over HTTP, with boto3.

boto3 blocks, so calls run in a few threads; the event loop, which carries every request and every task, never waits.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.aws.lock import LOCK
from sandbox.state import Settings

T = TypeVar("T")

ACCESS_KEY = "sandbox"
"""Key and secret of every caller inside the sandbox: moto takes any."""


class Clients:
    """boto3 clients against one sandbox, by service and region."""

    def __init__(self, settings: Settings, threads: int = 8):
        self._endpoint_url = settings.endpoint_url
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="aws")

    async def call(self, service: str, region: str, operation: str, **params: Any) -> Any:
        """``await clients.call("logs", "us-east-1", "put_log_events", …)``; raises botocore's errors."""
        return await self._in_thread(lambda: getattr(self._client(service, region), operation)(**params))

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
                self._clients[service, region] = local_client(service, region, self._endpoint_url)
            return self._clients[service, region]

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def local_client(service: str, region: str, endpoint_url: str, retries: int = 3) -> Any:
    """A client that nothing in the user's shell can lead elsewhere: no profile, no proxy, no credentials of theirs."""
    core = botocore.session.Session()
    # An AWS_PROFILE that does not exist on this machine would be an error before the first call.
    core.session_var_map["profile"] = (None, None, None, None)
    session: Any = boto3.session.Session(
        aws_access_key_id=ACCESS_KEY, aws_secret_access_key=ACCESS_KEY, region_name=region, botocore_session=core
    )
    config = Config(proxies={}, retries={"total_max_attempts": retries, "mode": "standard"}, read_timeout=60)
    return session.client(service, endpoint_url=endpoint_url, config=config)


def error_code(error: ClientError) -> str:
    """AWS's code of an error, such as ``ResourceNotFoundException``."""
    return error.response.get("Error", {}).get("Code", "Unknown")


def error_message(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Message", str(error))
