"""One running sandbox for all tests of it. Tests share it, so each makes things under names of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.clients import local_client
from sandbox.launch import Sandbox
from tests.sandbox.lambda_function import Function

TIME_SCALE = 60

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox"), time_scale=TIME_SCALE) as running:
        yield running


@pytest.fixture(scope="session")
def client(sandbox: Sandbox) -> Callable[[str], Any]:
    """``client("ecs")``: a boto3 client of the sandbox, which asks once and never again: errors must end there."""
    clients: dict[str, Any] = {}

    def make(service: str) -> Any:
        if service not in clients:
            clients[service] = local_client(service, sandbox.facts["region"], sandbox.facts["endpoint_url"], retries=1)
        return clients[service]

    return make


@pytest.fixture
def name() -> str:
    """A name that no other test has."""
    return f"test-{next(_numbers)}"


@pytest.fixture
def function(client: Callable[[str], Any], name: str) -> Function:
    return Function(client, name)
