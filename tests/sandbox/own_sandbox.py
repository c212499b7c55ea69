"""A sandbox for one file of tests: those that move its clock on by weeks, and those that count minutes by it.

Such a file takes both fixtures in, by their names, in place of the shared ones.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.running_stack import Clients, clients_of

TIME_SCALE = 60


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("own-sandbox"), time_scale=TIME_SCALE) as running:
        yield running


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Clients:
    return clients_of(sandbox)
