"""Calls of the AWS API that fail on purpose: as AWS's services fail, where it was asked for and nowhere else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from botocore.retries import standard

from sandbox.clients import local_client
from sandbox.faults.command import FaultError
from sandbox.faults.model import Fault, Limits
from sandbox.faults.switch import Switch
from sandbox.launch import Sandbox
from tests.sandbox.identities import allow, user
from tests.sandbox.running_stack import REGION, Clients, Stack, stack, until
from tests.sandbox.test_aws_errors import refused

__all__ = ["stack"]


@pytest.fixture
def faulty(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The sandbox, with what is switched on cleared afterwards."""
    yield sandbox
    sandbox.clear_faults()


THROTTLED = [
    ("apigatewayv2", "get_apis", 429, "TooManyRequestsException"),
    ("application-autoscaling", "describe_scalable_targets", 400, "ThrottlingException"),
    ("cloudwatch", "describe_alarms", 400, "Throttling"),
    ("codedeploy", "list_applications", 400, "ThrottlingException"),
    ("ec2", "describe_vpcs", 503, "RequestLimitExceeded"),
    ("ecr", "describe_repositories", 400, "ThrottlingException"),
    ("ecs", "list_clusters", 400, "ThrottlingException"),
    ("elbv2", "describe_load_balancers", 400, "Throttling"),
    ("iam", "list_roles", 400, "Throttling"),
    ("lambda", "list_functions", 429, "TooManyRequestsException"),
    ("logs", "describe_log_groups", 400, "ThrottlingException"),
    ("s3", "list_buckets", 503, "SlowDown"),
    ("ssm", "describe_parameters", 400, "ThrottlingException"),
    ("sts", "get_caller_identity", 400, "Throttling"),
]
PARAMS: dict[str, dict[str, Any]] = {"application-autoscaling": {"ServiceNamespace": "ecs"}}


@pytest.mark.parametrize(("service", "operation", "status", "code"), THROTTLED)
def test_throttling_is_each_services_own_and_sdks_know_it(
    faulty: Sandbox, client: Clients, service: str, operation: str, status: int, code: str
) -> None:
    faulty.fault("throttle", f"{service}:*")

    assert refused(getattr(client(service), operation), **PARAMS.get(service, {}))[:2] == (status, code)
    known: Any = standard  # whose stubs lack this
    assert (
        code in known.ThrottledRetryableChecker._THROTTLED_ERROR_CODES
        or status in known.ThrottlingStatusCodeChecker._THROTTLING_STATUS_CODES
    )


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("apigatewayv2", "get_apis", "InternalFailure"),
        ("cloudwatch", "list_metrics", "InternalServiceError"),
        ("codedeploy", "list_applications", "InternalFailure"),
        ("ec2", "describe_vpcs", "InternalError"),
        ("ecs", "list_clusters", "ServerException"),
        ("elbv2", "describe_load_balancers", "InternalFailure"),
        ("iam", "list_roles", "ServiceFailure"),
        ("lambda", "list_functions", "ServiceException"),
        ("s3", "list_buckets", "InternalError"),
        ("ssm", "describe_parameters", "InternalServerError"),
    ],
)
def test_a_service_that_fails_inside_says_so_in_its_own_words(
    faulty: Sandbox, client: Clients, service: str, operation: str, code: str
) -> None:
    faulty.fault("error", f"{service}:*")

    assert refused(getattr(client(service), operation))[:2] == (500, code)


@pytest.mark.parametrize(
    ("service", "operation", "status", "code"),
    [
        ("codedeploy", "list_applications", 400, "ExpiredTokenException"),
        ("ec2", "describe_vpcs", 400, "RequestExpired"),
        ("elbv2", "describe_load_balancers", 403, "ExpiredToken"),
        ("lambda", "list_functions", 403, "ExpiredTokenException"),
        ("s3", "list_buckets", 400, "ExpiredToken"),
    ],
)
def test_credentials_expire_in_each_protocols_own_way(
    faulty: Sandbox, client: Clients, service: str, operation: str, status: int, code: str
) -> None:
    faulty.fault("expire", "*")

    assert refused(getattr(client(service), operation))[:2] == (status, code)


def test_so_many_calls_are_hit_and_the_next_ones_are_not(faulty: Sandbox, client: Clients) -> None:
    ecs = client("ecs")
    fault = faulty.fault("throttle", "ecs:ListServices", calls=2)
    cluster = ecs.create_cluster(clusterName="faulty")["cluster"]["clusterName"]

    codes = [refused(ecs.list_services, cluster=cluster)[1] for _ in range(2)]

    assert codes == ["ThrottlingException"] * 2
    assert ecs.list_services(cluster=cluster)["serviceArns"] == []
    text = f"{fault}: throttle ecs:ListServices, by clients, the next 2"
    assert faulty.faults() == [{"id": fault, "text": text, "hits": 2, "over": True}]


def test_the_log_says_what_was_switched_and_which_calls_it_hit(faulty: Sandbox, client: Clients) -> None:
    fault = faulty.fault("throttle", "ecs:ListServices")
    refused(client("ecs").list_services)
    faulty.clear_faults(fault)

    lines = (faulty.state_dir / "log" / "aws.log").read_text().splitlines()
    told = [line.split(" ", 3)[3] for line in lines if f"fault {fault}" in line or f" {fault}: throttle" in line]
    assert told == [
        f"fault {fault}: throttle ecs:ListServices, by clients",
        f"ecs ListServices 400 fault {fault}",
        f"fault cleared: {fault}: throttle ecs:ListServices, by clients",
    ]


# What is executed nevertheless ----------------------------------------------------------------------------------------


def asks(sandbox: Sandbox, service: str, attempts: int) -> Any:
    return local_client(service, REGION, sandbox.facts["endpoint_url"], retries=attempts)


def test_a_call_whose_answer_is_lost_was_executed(faulty: Sandbox, client: Clients, name: str) -> None:
    faulty.fault("drop", "ssm:PutParameter", calls=1)

    with pytest.raises(ConnectionClosedError):
        client("ssm").put_parameter(Name=name, Type="String", Value="there")

    assert client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == "there"


def test_an_sdk_that_asks_again_after_a_lost_answer_does_it_twice(faulty: Sandbox, client: Clients, name: str) -> None:
    faulty.fault("drop", "ecs:RegisterTaskDefinition", calls=1)

    made = asks(faulty, "ecs", 3).register_task_definition(
        family=name, containerDefinitions=[{"name": "app", "image": "app", "memory": 128}]
    )

    assert made["taskDefinition"]["revision"] == 2
    assert len(client("ecs").list_task_definitions(familyPrefix=name)["taskDefinitionArns"]) == 2


def test_a_call_that_is_late_is_executed_though_its_caller_has_gone(
    faulty: Sandbox, client: Clients, name: str
) -> None:
    ssm = client("ssm")
    faulty.fault("delay", "2", "ssm:PutParameter", calls=1)
    session = boto3.session.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox")
    once = Config(proxies={}, read_timeout=0.5, retries={"total_max_attempts": 1})
    hasty: Any = session.client("ssm", REGION, endpoint_url=faulty.facts["endpoint_url"], config=once)

    with pytest.raises(ReadTimeoutError):
        hasty.put_parameter(Name=name, Type="String", Value="late")

    until(lambda: ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])["Parameters"])


# Whose calls ----------------------------------------------------------------------------------------------------------


def test_only_the_calls_of_who_is_named_are_hit(faulty: Sandbox, client: Clients, name: str) -> None:
    own = user(faulty, client, name, allow("ecs:ListClusters"))
    faulty.fault("throttle", "ecs:ListClusters", by=name)

    assert refused(own("ecs").list_clusters)[1] == "ThrottlingException"
    assert client("ecs").list_clusters()["clusterArns"] is not None

    faulty.clear_faults()
    faulty.fault("throttle", "ecs:ListClusters", by="administrator")

    assert own("ecs").list_clusters()["clusterArns"] is not None
    assert refused(client("ecs").list_clusters)[1] == "ThrottlingException"


def test_the_sandboxs_own_services_are_hit_only_if_they_are_named(faulty: Sandbox, stack: Stack) -> None:
    default = faulty.fault("throttle", "elbv2:RegisterTargets")
    stack.service(stack.push())
    stack.steady()
    assert {one["id"]: one["hits"] for one in faulty.faults()} == {default: 0}

    own = faulty.fault("throttle", "elbv2:RegisterTargets", by="AWSServiceRoleForECS", calls=1)
    stack.client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=2)
    stack.running(2)
    stack.steady()

    assert {one["id"]: one["hits"] for one in faulty.faults()} == {default: 0, own: 1}


# What is not there ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("throttle", "codedeply:GetDeployment"), "there is no AWS service codedeply: codedeploy?"),
        (("drop", "codedeploy:CreateDeploymnet"), "codedeploy has no action CreateDeploymnet: CreateDeployment or "),
        (
            ("drop", "codedeploy"),
            "codedeploy is not SERVICE:ACTION, such as codedeploy:GetDeployment, codedeploy:* or *",
        ),
        (("error", "ecs:*", "ssm:*"), "error is of calls: say SERVICE:ACTION, SERVICE:* or *, got ecs:* ssm:*"),
        (("delay", "ecs:*"), "delay is given how many seconds, such as delay 1.5 …"),
        (("explode", "ecs:*"), "there is no fault explode: throttle, error, delay, drop, expire, latency, "),
    ],
)
def test_what_does_not_exist_is_refused_with_what_would_be_right(
    sandbox: Sandbox, words: tuple[str, ...], told: str
) -> None:
    with pytest.raises(FaultError) as caught:
        sandbox.fault(*words)

    assert str(caught.value).startswith(told)
    assert sandbox.faults() == []


def test_nobody_of_that_name_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(FaultError, match="there is no role or user nobody-of-that-name: there "):
        sandbox.fault("throttle", "*", by="nobody-of-that-name")
    with pytest.raises(FaultError, match="there is no fault 0: none is switched on"):
        sandbox.clear_faults("0")


# By hand --------------------------------------------------------------------------------------------------------------


def by_hand(sandbox: Sandbox, *words: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "sandbox", "fault", *words, "--state-dir", str(sandbox.state_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_faults_are_switched_on_listed_and_cleared_by_hand(faulty: Sandbox, client: Clients) -> None:
    code, told = by_hand(
        faulty, "add", "throttle", "elasticloadbalancing:*", "--for", "10m", "--share", "0.5", "--seed", "7"
    )
    fault = told.partition(":")[0]
    text = f"{fault}: throttle elasticloadbalancing:*, by clients, for 600 s of AWS's time, 0.5 of them, seed 7"
    assert (code, told) == (0, f"{text}\n")

    assert by_hand(faulty, "list") == (0, f"{text}; hit 0\n")
    assert by_hand(faulty, "clear", "999") == (1, f"error: there is no fault 999: there are {fault}\n")
    assert by_hand(faulty, "clear", fault) == (0, "")
    assert by_hand(faulty, "list") == (0, "")
    assert client("elbv2").describe_load_balancers()["LoadBalancers"] is not None


# For how long, and how many -------------------------------------------------------------------------------------------


def test_a_fault_is_over_when_its_time_is() -> None:
    now = 100.0
    switch = Switch()
    switch.connect(lambda: now)
    switch.add(Fault("throttle", ("*", "*"), "*", limits=Limits(seconds=60)))

    before = [switch.hit(switch.calls, lambda _: True) is not None for _ in range(2)]
    now = 160.0
    after = switch.hit(switch.calls, lambda _: True)

    assert (before, after, switch.calls) == ([True, True], None, ())


def test_a_share_is_hit_by_chance_and_the_same_share_with_the_same_seed() -> None:
    def hits(seed: int) -> list[bool]:
        switch = Switch()
        switch.add(Fault("throttle", ("*", "*"), "*", limits=Limits(share=0.3, seed=seed)))
        return [switch.hit(switch.calls, lambda _: True) is not None for _ in range(1000)]

    assert hits(7) == hits(7) != hits(8)
    assert 200 < sum(hits(7)) < 400
