"""One sandbox and one stack for all of it. The files run in the order of their numbers: make, change, lose, destroy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.launch import Sandbox
from tests.e2e.harness import IMAGE, Environment


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    folder: Path = tmp_path_factory.mktemp("state")
    with Sandbox(folder / "sandbox", time_scale=10) as sandbox:
        stack = Environment(sandbox, folder, "sandbox")
        stack.greenlight("bootstrap").succeed()
        stack.push("print-green", IMAGE, "--env", "RELEASE=Green")
        yield stack
