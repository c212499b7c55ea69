"""Releases whose hook never says yes, through the CLI: production stays, and the last lines say why.

The hour that CodeDeploy waits for a hook is six seconds here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.clients import local_client
from sandbox.launch import Sandbox
from tests.sandbox.released_service import Service, Stream, answer, deploy
from tests.sandbox.running_stack import REGION, Stack

NAME = "hooked"
CASES = {
    "refuses": ({"VERDICT": "Failed"}, ["ScriptFailed: The hook of BeforeAllowTraffic, hooked, answered Failed."]),
    "stays silent": (
        {},
        ["ScriptTimedOut: The hook of BeforeAllowTraffic, hooked, gave no answer within 3600 seconds.", "asked {"],
    ),
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("state"), time_scale=600) as running:
        yield running


@pytest.fixture(scope="module")
def service(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Service:
    def client(name: str) -> Any:
        return local_client(name, REGION, sandbox.facts["endpoint_url"])

    made = Service(client, Stack(sandbox.facts, client, NAME, tmp_path_factory.mktemp("stack")))
    made.stack.push("two")
    made.hooked()
    made.publish()
    return made


@pytest.mark.parametrize("case", CASES)
def test_a_hook_that_does_not_consent_keeps_production_and_the_last_lines_say_why(
    sandbox: Sandbox, service: Service, case: str
) -> None:
    variables, said = CASES[case]
    service.client("lambda").update_function_configuration(FunctionName=NAME, Environment={"Variables": variables})

    with Stream(service.url) as stream:
        refused = deploy(sandbox, NAME, ":two")

    assert refused.returncode == 3, refused.stderr
    assert set(stream.seen) == {answer(service.url)} == {"one"}
    last = refused.stderr.split("FAILED: the old version has the traffic\n", 1)[1]
    for words in said:
        assert words in last


def test_a_hook_that_is_gone_is_told_before_anything_is_changed(sandbox: Sandbox, service: Service) -> None:
    service.client("lambda").delete_function(FunctionName=NAME)
    names = {"applicationName": NAME, "deploymentGroupName": NAME}
    before = service.client("codedeploy").list_deployments(**names)["deployments"]

    refused = deploy(sandbox, NAME, ":two")

    assert refused.returncode == 1, refused.stderr
    assert "hook hooked is gone" in refused.stderr
    assert service.client("codedeploy").list_deployments(**names)["deployments"] == before
    assert answer(service.url) == "one"
