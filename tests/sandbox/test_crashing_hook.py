"""A release whose hook crashes, each time that Lambda tries it: the CLI does not wait for CodeDeploy's hour."""

from __future__ import annotations

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.released_service import Service, answer, deploy
from tests.sandbox.running_stack import Clients, Stack, stack

__all__ = ["stack"]


@pytest.mark.parametrize("retries", [0, 2])
def test_a_hook_that_crashes_ends_the_release_when_lambda_tries_no_more(
    sandbox: Sandbox, client: Clients, stack: Stack, retries: int
) -> None:
    name, service = stack.name, Service(client, stack)
    stack.push("two")
    service.hooked(CRASH="1")
    service.client("lambda").put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=retries)
    service.publish()

    refused = deploy(sandbox, name, ":two")

    assert refused.returncode == 3, refused.stderr
    last = refused.stderr.split("FAILED: the old version has the traffic\n", 1)[1]
    why = "Runtime exited with error: exit status 3 Runtime.ExitError"
    assert f"greenlight: the hook of BeforeAllowTraffic can no longer answer: {why}\n" in last
    assert "hook log: asked {" in last
    assert len([line for line in service.hook.lines() if line.startswith("asked ")]) == 1 + retries
    assert answer(service.url) == "one"
