"""What people learn of a connection, and what ECS says of a task that reaches none of AWS's APIs."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from sandbox.access.model import Place
from sandbox.clock import Clock
from sandbox.launch import Sandbox
from sandbox.network import gate
from sandbox.network.model import Blocked, Path
from sandbox.scheduler.tools import StartError
from sandbox.scheduler.way import Way
from tests.sandbox.networks import make_network
from tests.sandbox.running_stack import Clients


def why(sandbox: Sandbox, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "sandbox", "why", *words, "--state-dir", str(sandbox.state_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout or done.stderr


def test_why_names_each_piece_of_a_way_and_then_what_it_lacks(sandbox: Sandbox, client: Clients, name: str) -> None:
    network = make_network(client, name)
    subnets = list(network.subnets)
    elbv2, gateway, ec2 = client("elbv2"), client("apigatewayv2"), client("ec2")
    balancer = elbv2.create_load_balancer(
        Name=name, Subnets=subnets, SecurityGroups=[network.balancer], Scheme="internal"
    )["LoadBalancers"][0]
    gateway.create_vpc_link(Name=name, SubnetIds=subnets, SecurityGroupIds=[network.link])

    code, text = why(sandbox, "vpc-link", name, f"{balancer['DNSName']}:80")

    assert code == 0
    assert text.count(": open\n") == 4, text
    assert f"of {network.link}: tcp 80-8080 to {network.balancer}" in text
    assert ": 10.0.0.0/16 leads to local" in text
    assert f"of {network.balancer}: tcp 80-8080 from {network.link}" in text

    rules = ec2.describe_security_groups(GroupIds=[network.balancer])["SecurityGroups"][0]["IpPermissions"]
    ec2.revoke_security_group_ingress(GroupId=network.balancer, IpPermissions=rules)

    code, text = why(sandbox, "vpc-link", name, f"{name}:80")

    assert code == 2
    assert f"security group {network.balancer} of load balancer {name}\n  lacks an ingress rule for tcp 80" in text


def test_why_answers_for_aws_services_too(sandbox: Sandbox, client: Clients, name: str) -> None:
    network = make_network(client, name)
    client("apigatewayv2").create_vpc_link(
        Name=name, SubnetIds=list(network.subnets), SecurityGroupIds=[network.functions]
    )

    code, text = why(sandbox, "vpc-link", name, "codedeploy:443")

    assert code == 0
    assert "0.0.0.0/0 leads to nat-" in text
    assert why(sandbox, "vpc-link", name, "codedeploy:22")[0] == 2
    assert "-> monitoring in us-east-1:443: open" in why(sandbox, "vpc-link", name, "cloudwatch:443")[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("nobody", "codedeploy:443"), "error: nothing in a VPC is called nobody; there "),
        (("nobody", "codedeploy"), "error: codedeploy is not TO:PORT, such as codedeploy:443\n"),
    ],
)
def test_why_says_which_names_there_are(sandbox: Sandbox, words: tuple[str, ...], told: str) -> None:
    code, text = why(sandbox, *words)

    assert code == 1
    assert text.startswith(told)


# A task that starts ---------------------------------------------------------------------------------------------------

PLACE = Place("task", "vpc-1", "subnet-1", "10.0.0.9", ("sg-1",), "us-east-1")
CLOSED = Blocked("security group sg-1", "an egress rule")
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:1"
RESOURCES = "ResourceInitializationError: unable to pull secrets or registry auth:"


class Rest:
    """Each rest passes in no time, unless the task is asked to stop."""

    def __init__(self, stops: bool = False) -> None:
        self.clock, self.stops = Clock(), stops
        self.moments: list[float] = []

    async def __call__(self, until: float) -> bool:
        self.moments.append(until)
        await self.clock.forward(max(until - self.clock.now(), 0.001))
        return self.stops


def reason(rest: Rest, step: str, *arguments: str) -> str:
    way = Way(rest.clock, PLACE, rest)
    with pytest.raises(StartError) as caught:
        asyncio.run(getattr(way, step)("us-east-1", *arguments))
    return str(caught.value)


@pytest.mark.parametrize(
    ("step", "arguments", "told"),
    [
        (
            "to_ecr",
            (),
            f"{RESOURCES} The task cannot pull registry auth from Amazon ECR: There is a connection issue between the "
            "task and Amazon ECR. Check your task network configuration. RequestError: send request failed caused by: "
            'Post "https://api.ecr.us-east-1.amazonaws.com/": dial tcp 203.0.113.10:443: i/o timeout',
        ),
        (
            "to_registry",
            (IMAGE, "https://registry/v2/api/manifests/1"),
            "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
            f'{IMAGE}: failed to do request: Head "https://registry/v2/api/manifests/1": '
            "dial tcp 203.0.113.10:443: i/o timeout",
        ),
        (
            "to_logs",
            (),
            "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch "
            "log group defined in the task definition. There is a connection issue between the task and Amazon "
            "CloudWatch. Check your network configuration. : signal: killed",
        ),
        (
            "to_secrets_manager",
            ("arn:secret",),
            f"{RESOURCES} execution resource retrieval failed: unable to retrieve secret from asm: service call has "
            "been retried 5 time(s): failed to fetch secret arn:secret from secrets manager: RequestCanceled: request "
            "context canceled caused by: context deadline exceeded. Please check your task network configuration.",
        ),
    ],
)
def test_a_task_that_reaches_no_api_ends_with_awss_words(
    step: str, arguments: tuple[str, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "check", lambda *_: CLOSED)
    rest = Rest()
    begun = rest.clock.now()

    assert reason(rest, step, *arguments) == told
    assert 180 <= rest.clock.now() - begun < 200


def test_a_task_that_is_asked_to_stop_waits_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "check", lambda *_: CLOSED)
    rest = Rest(stops=True)

    reason(rest, "to_ecr")

    assert len(rest.moments) == 1


def test_a_way_that_opens_meanwhile_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[Any] = [CLOSED, CLOSED, Path(("rule",))]
    monkeypatch.setattr(gate, "check", lambda *_: found.pop(0))
    rest = Rest()

    asyncio.run(Way(rest.clock, PLACE, rest).to_logs("us-east-1"))

    assert found == []
