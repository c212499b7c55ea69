"""Released clients, unchanged: the sandbox takes what they send, and answers what they read."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from sandbox.images import native_architecture
from sandbox.launch import Sandbox
from tests.sandbox import replay
from tests.sandbox.codedeploy_stack import APPROVAL, AT_ONCE, Releases
from tests.sandbox.lambda_function import Function, archive
from tests.sandbox.released_service import HOOK
from tests.sandbox.replay import RECORDED, Replay, load
from tests.sandbox.roles import WRITE_LOGS, answer_codedeploy, execution_role
from tests.sandbox.running_stack import Stack, stack

__all__ = ["stack"]

SCALING_POLICY = {
    "TargetValue": 50.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}


def prepare(stack: Stack, needs: dict[str, Any]) -> dict[str, str]:
    """A service with `one` live and `two` pushed, and what else the story needs; the values of its variables."""
    client, name = stack.client, stack.name
    stack.service(stack.push("one"))
    stack.push("two")
    waits: dict[str, Any] = {
        "deploymentReadyOption": APPROVAL["deploymentReadyOption"] if needs.get("approval") else AT_ONCE,
        "terminateBlueInstancesOnDeploymentSuccess": {
            "action": "TERMINATE",
            "terminationWaitTimeInMinutes": needs.get("bake_minutes", 1),
        },
    }
    Releases(client, name, stack.prod, stack.test, blueGreenDeploymentConfiguration=waits)
    if "hook" in needs:
        variables = {"VERDICT": needs["hook"]}
        code = archive(HOOK.replace("{python}", sys.executable))
        allowed = [WRITE_LOGS, answer_codedeploy(name)]
        Function(client, name).create(code, allowed=allowed, Environment={"Variables": variables}, Timeout=20)
    if needs.get("scaling"):
        scaling = client("application-autoscaling")
        target = {
            "ServiceNamespace": "ecs",
            "ResourceId": f"service/{name}/{name}",
            "ScalableDimension": "ecs:service:DesiredCount",
        }
        scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=4)
        scaling.put_scaling_policy(
            **target,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=SCALING_POLICY,
        )
    stack.steady()
    network = stack.network["awsvpcConfiguration"]
    return {
        "name": name,
        "definition1": stack.described()["taskDefinition"],
        "blue": stack.blue,
        "green": stack.green,
        "prod": stack.prod,
        "test": stack.test,
        "subnet1": network["subnets"][0],
        "subnet2": network["subnets"][1],
        "group": network["securityGroups"][0],
        "execution": execution_role(client),
        "architecture": native_architecture().upper(),
    }


@pytest.mark.parametrize("story", sorted(path.stem for path in RECORDED.glob("*.json")))
def test_a_released_client_is_answered_as_it_expects(sandbox: Sandbox, stack: Stack, story: str) -> None:
    recorded = load(story)
    variables = prepare(stack, recorded.get("stack", {}))

    Replay(sandbox.facts["endpoint_url"], variables).run(recorded)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": 400}, "status 200, was 400"),
        ({"body": {"ServiceNamespace": "none"}}, "status 400, was 200"),
        ({"answer": {"Targets": "${any}"}}, "answer.Targets is not there"),
        ({"answer": {"ScalableTargets": [{}]}}, r"answer.ScalableTargets is \[\], was 1 elements"),
        ({"answer": {"ScalableTargets": {"0": {}}}}, "answer.ScalableTargets.0 is not there"),
        ({"answer": {"ScalableTargets": "${time}"}}, r"answer.ScalableTargets is \[\], was a time"),
        ({"answer": {"ScalableTargets": "${name}"}}, r"answer.ScalableTargets is \[\], was 'one'"),
        ({"until": {"ScalableTargets": "one"}}, r"until.ScalableTargets is \[\], was 'one'"),
    ],
)
def test_a_replay_fails_where_the_answer_is_not_as_recorded(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str
) -> None:
    monkeypatch.setattr(replay, "UNTIL_SECONDS", 0)
    request = {
        "target": "AnyScaleFrontendService.DescribeScalableTargets",
        "body": {"ServiceNamespace": "ecs", "ResourceIds": ["service/none/none"]},
        "status": 200,
        "answer": {"ScalableTargets": []},
    }
    headers = {"Content-Type": "application/x-amz-json-1.1"}

    def play(**changes: Any) -> None:
        commands = [{"run": "status", "requests": [request | changes]}]
        Replay(sandbox.facts["endpoint_url"], {"name": "one"}).run({"headers": headers, "commands": commands})

    play()
    with pytest.raises(AssertionError, match="status, request 1, DescribeScalableTargets:\n" + words):
        play(**changes)
