"""The real hook, whose verdict CodeDeploy throttles, fails to take and takes without an answer: one verdict arrives."""

from __future__ import annotations

import json
from pathlib import Path

from sandbox.images import native_architecture
from sandbox.launch import Sandbox
from tests.sandbox.released_service import Service, answer
from tests.sandbox.roles import JOIN_VPC, WRITE_LOGS, answer_codedeploy
from tests.sandbox.running_stack import Clients, Stack, stack, until

__all__ = ["stack"]

ZIP = Path(__file__).parents[2] / "hook" / "dist" / native_architecture() / "bootstrap.zip"
"""`make hook` builds it."""

PUT = "codedeploy:PutLifecycleEventHookExecutionStatus"


def test_a_verdict_is_put_until_codedeploy_has_taken_it(sandbox: Sandbox, client: Clients, stack: Stack) -> None:
    service, place = Service(client, stack), stack.place
    service.hook.create(
        ZIP.read_bytes(),
        Architectures=[native_architecture()],
        allowed=[WRITE_LOGS, JOIN_VPC, answer_codedeploy(stack.name)],
        Environment={
            "Variables": {
                "ALB_URL": f"http://{stack.dns_name}:8080",
                "CHECKS": json.dumps([{"path": "/"}]),
                "IDENTITY": "off",
            }
        },
        Timeout=60,
        VpcConfig={"SubnetIds": place.subnets, "SecurityGroupIds": [place.functions]},
    )
    for kind, calls in (("throttle", 2), ("error", 2), ("drop", 1)):
        sandbox.fault(kind, PUT, by=stack.name, calls=calls)

    deployment = service.release("two", {"BeforeAllowTraffic": stack.name})

    try:
        service.releases.reaches(deployment, "Succeeded")
        assert [fault["hits"] for fault in sandbox.faults()] == [2, 2, 1]
    finally:
        sandbox.clear_faults()
    assert answer(service.url) == "two"

    def verdicts() -> list[tuple[str, bool]]:
        lines = [json.loads(line) for line in service.hook.lines() if line.startswith("{")]
        return [(line["status"], line["reported"]) for line in lines if line.get("greenlight") == "verdict"]

    # Its lines reach the log group a little later.
    assert until(verdicts) == [("Succeeded", True)]
