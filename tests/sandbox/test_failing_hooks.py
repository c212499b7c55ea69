"""Releases whose hook never says yes, through the CLI: production stays, and the last lines say why.

The hour that CodeDeploy waits for a hook is six seconds here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.clients import local_client
from sandbox.launch import Sandbox
from tests.sandbox.released_service import Service, Stream, answer
from tests.sandbox.running_stack import REGION, Stack

NAME = "hooked"
CASES = {
    "refuses": ({"VERDICT": "Failed"}, ["ScriptFailed: The hook of BeforeAllowTraffic, hooked, answered Failed."]),
    "stays silent": (
        {},
        ["ScriptTimedOut: The hook of BeforeAllowTraffic, hooked, gave no answer within 3600 seconds.", "asked {"],
    ),
    "crashes": (
        {"CRASH": "1"},
        [
            "ScriptTimedOut: The hook of BeforeAllowTraffic, hooked, gave no answer within 3600 seconds.",
            "Runtime exited with error: exit status 3",
        ],
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
    client("ssm").put_parameter(Name=f"/greenlight/{NAME}/app", Type="String", Value=json.dumps(manifest(made)))
    return made


def manifest(service: Service) -> dict[str, Any]:
    """What the Terraform modules would write of this stack."""
    stack = service.stack
    network = stack.network["awsvpcConfiguration"]
    return {
        "version": 1,
        "environment": NAME,
        "service": "app",
        "region": REGION,
        "account": "123456789012",
        "cluster": NAME,
        "ecs_service": NAME,
        "task_definition": stack.described()["taskDefinition"],
        "container": {"name": "app", "port": 3000},
        "repository": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/{NAME}",
        "codedeploy": {"application": NAME, "group": NAME},
        "load_balancer": {
            "prod_listener": stack.prod,
            "test_listener": stack.test,
            "blue": {"name": f"{NAME}-blue", "arn": stack.blue},
            "green": {"name": f"{NAME}-green", "arn": stack.green},
        },
        "network": {
            "subnets": network["subnets"],
            "security_groups": network["securityGroups"],
            "assign_public_ip": "DISABLED",
        },
        "hooks": {"BeforeAllowTraffic": f"arn:aws:lambda:{REGION}:123456789012:function:{NAME}"},
        "scalable_target": None,
        "alarms": [],
        "log_groups": {"service": f"/{NAME}", "hooks": {"BeforeAllowTraffic": f"/aws/lambda/{NAME}"}},
    }


def deploy(sandbox: Sandbox) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "greenlight", "deploy", NAME, "--image", ":two"],
        env=sandbox.environment,
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("case", CASES)
def test_a_hook_that_does_not_consent_keeps_production_and_the_last_lines_say_why(
    sandbox: Sandbox, service: Service, case: str
) -> None:
    variables, said = CASES[case]
    service.client("lambda").update_function_configuration(FunctionName=NAME, Environment={"Variables": variables})

    with Stream(service.url) as stream:
        refused = deploy(sandbox)

    assert refused.returncode == 3, refused.stderr
    assert set(stream.seen) == {answer(service.url)} == {"one"}
    last = refused.stderr.split("FAILED: the old version has the traffic\n", 1)[1]
    for words in said:
        assert words in last


def test_a_hook_that_is_gone_is_told_before_anything_is_changed(sandbox: Sandbox, service: Service) -> None:
    service.client("lambda").delete_function(FunctionName=NAME)
    names = {"applicationName": NAME, "deploymentGroupName": NAME}
    before = service.client("codedeploy").list_deployments(**names)["deployments"]

    refused = deploy(sandbox)

    assert refused.returncode == 1, refused.stderr
    assert "hook hooked is gone" in refused.stderr
    assert service.client("codedeploy").list_deployments(**names)["deployments"] == before
    assert answer(service.url) == "one"
