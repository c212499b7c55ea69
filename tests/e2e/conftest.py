"""One sandbox and one stack for all of it. The files run in the order of their numbers: deploy, use, destroy."""

from collections.abc import Iterator

import pytest

from harness import IMAGE, Stack
from sandbox.launch import Sandbox


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("e2e")
    with Sandbox(folder / "sandbox", time_scale=10) as sandbox:
        stack = Stack(sandbox, folder)
        stack.python("greenlight", "bootstrap").succeed()
        push = ("sandbox", "push", "api:print-green", "--binary", str(IMAGE), "--env", "RELEASE=Green")
        stack.python(*push).succeed()
        yield stack
