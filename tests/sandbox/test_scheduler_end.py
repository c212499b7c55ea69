"""No task process outlives its sandbox, however the sandbox ends."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from sandbox.clients import local_client
from sandbox.launch import Sandbox
from tests.sandbox.running_stack import REGION, Stack, alive, until
from tests.sandbox.test_scheduler import ask


def deployed(sandbox: Sandbox, folder: Path, mode: str = "", stop_timeout: int = 5) -> tuple[Stack, int]:
    """A stack with one running task, and its process id."""
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        return made.setdefault(service, local_client(service, REGION, sandbox.facts["endpoint_url"], 1))

    stack = Stack(sandbox.facts, client, "ending", folder)
    stack.service(stack.push(MODE=mode), stopTimeout=stop_timeout)
    return stack, int(ask(stack.running()[0])["pid"])


def test_tasks_die_with_a_killed_sandbox(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "state", time_scale=60) as sandbox:
        _, pid = deployed(sandbox, tmp_path)
        assert alive(pid)
        # A session of its own: Ctrl-C at the sandbox's terminal is not its affair.
        assert os.getsid(pid) == pid
        assert sandbox.process is not None

        sandbox.process.kill()
        sandbox.process.wait()

        until(lambda: not alive(pid), seconds=5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_tasks_end_in_order_when_the_sandbox_is_stopped(tmp_path: Path, number: signal.Signals) -> None:
    with Sandbox(tmp_path / "state", time_scale=60) as sandbox:
        stack, pid = deployed(sandbox, tmp_path)
        task = stack.running()[0]["taskArn"].rsplit("/", 1)[1]
        assert sandbox.process is not None

        sandbox.process.send_signal(number)

        assert sandbox.process.wait(20) == 0
        assert not alive(pid)
        log = sandbox.state_dir / "log" / "tasks" / f"app-{task}.log"
        lines = [line for line in log.read_text().splitlines() if not line.startswith("GET")]
        assert lines == ["listening", "ending", "ended"]


def test_a_stubborn_task_does_not_hold_up_the_end_of_the_sandbox(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "state", time_scale=60) as sandbox:
        _, pid = deployed(sandbox, tmp_path, "stubborn", stop_timeout=100)
        assert sandbox.process is not None

        sandbox.process.terminate()

        assert sandbox.process.wait(15) == 0
        assert not alive(pid)
