"""One running sandbox for all tests of it. Tests share it, so each makes things under names of its own."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.lambda_function import Function
from tests.sandbox.running_stack import Clients, clients_of

TIME_SCALE = 60

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox"), time_scale=TIME_SCALE) as running:
        yield running


@pytest.fixture(scope="session")
def unhurried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One whose AWS time is real time, and moves on by `Sandbox.forward`: a minute of AWS's never ends by itself."""
    with Sandbox(tmp_path_factory.mktemp("unhurried"), time_scale=1) as running:
        yield running


@pytest.fixture(scope="session")
def client(sandbox: Sandbox) -> Clients:
    return clients_of(sandbox)


@pytest.fixture
def name() -> str:
    """A name that no other test has."""
    return f"test-{next(_numbers)}"


@pytest.fixture
def function(client: Clients, name: str) -> Function:
    return Function(client, name)
