"""Each hop of the running sandbox, closed: it times out as on AWS, and the log says what is missing."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError
from werkzeug.wrappers import Request

from sandbox.access.model import Place, Principal
from sandbox.access.principals import begin
from sandbox.launch import Sandbox
from sandbox.network import door, gate
from sandbox.network.model import AwsApi, Blocked
from sandbox.network.model import Path as Way
from tests.sandbox.http_client import admitted, ask, through_proxy
from tests.sandbox.lambda_function import Function
from tests.sandbox.networks import make_network
from tests.sandbox.running_stack import Clients, Stack, until

PATIENCE = 2
"""How long, in seconds, these clients wait for an answer that does not come."""


@pytest.fixture
def alone(sandbox: Sandbox, client: Clients, name: str, tmp_path: Path) -> Iterator[Stack]:
    """A stack in a network of its own, whose rules a test may take away."""
    made = Stack(sandbox.facts, client, name, tmp_path, make_network(client, name))
    yield made
    services = client("ecs").describe_services(cluster=name, services=[name])["services"]
    if services and services[0]["status"] == "ACTIVE":
        made.remove()


@pytest.fixture
def revoke(client: Clients) -> Callable[[str, str], Callable[[], None]]:
    """Takes all rules of a group in one direction away; what it returns puts them back."""

    def take(group: str, direction: str) -> Callable[[], None]:
        ec2 = client("ec2")
        found = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        rules = found["IpPermissions" if direction == "ingress" else "IpPermissionsEgress"]
        getattr(ec2, f"revoke_security_group_{direction}")(GroupId=group, IpPermissions=rules)

        def put_back() -> None:
            getattr(ec2, f"authorize_security_group_{direction}")(GroupId=group, IpPermissions=rules)

        return put_back

    return take


def logged(sandbox: Sandbox) -> str:
    return (sandbox.state_dir / "log" / "runtime.log").read_text()


def test_an_api_says_503_while_its_link_is_not_let_into_the_load_balancer(
    alone: Stack, sandbox: Sandbox, revoke: Callable[[str, str], Callable[[], None]]
) -> None:
    url = alone.api("GET /{proxy+}", integration={"TimeoutInMillis": 1000})
    alone.service(alone.push())
    alone.steady()

    put_back = revoke(alone.place.balancer, "ingress")
    closed = ask(f"{url}/one")
    put_back()

    assert (closed.status, closed.json) == (503, {"message": "Service Unavailable"})
    assert f"VPC link {alone.name} -> load balancer {alone.name}:80: no answer on AWS: " in logged(sandbox)
    assert f"security group {alone.place.balancer} of load balancer {alone.name} lacks an ingress rule" in logged(
        sandbox
    )
    assert ask(f"{url}/one").status == 200


def test_health_checks_time_out_where_the_load_balancer_is_not_let_into_the_tasks(
    alone: Stack, revoke: Callable[[str, str], Callable[[], None]]
) -> None:
    group = alone.target_group("own", HealthCheckTimeoutSeconds=2)
    alone.listener(81, group)
    alone.service(alone.push(), grace=10_000)
    alone.steady()
    alone.client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": target(alone), "Port": 3000}])
    until(lambda: alone.health(group), lambda seen: seen == [("healthy", None, None)])

    put_back = revoke(alone.place.tasks, "ingress")

    timed_out = [("unhealthy", "Target.Timeout", "Request timed out")]
    until(lambda: alone.health(group), lambda seen: seen == timed_out)
    put_back()
    until(lambda: alone.health(group), lambda seen: seen == [("healthy", None, None)])


def target(stack: Stack) -> str:
    details = stack.running()[0]["attachments"][0]["details"]
    return str(next(item["value"] for item in details if item["name"] == "privateIPv4Address"))


def test_requests_to_a_task_that_lets_nobody_in_are_504(
    alone: Stack, sandbox: Sandbox, revoke: Callable[[str, str], Callable[[], None]]
) -> None:
    alone.service(alone.push())
    alone.steady()
    proof = admitted(sandbox, alone.subnets[0], alone.place.functions)
    assert through_proxy(sandbox, f"http://{alone.dns_name}/one", proof).status == 200

    revoke(alone.place.tasks, "ingress")
    answer = through_proxy(sandbox, f"http://{alone.dns_name}/one", proof)

    assert (answer.status, answer.headers["Server"]) == (504, "awselb/2.0")


def test_a_client_outside_the_vpc_gets_no_answer_of_an_internal_load_balancer(alone: Stack, sandbox: Sandbox) -> None:
    for proof in (None, "made:up"):
        with pytest.raises(TimeoutError):
            through_proxy(sandbox, f"http://{alone.dns_name}:8080/one", proof, timeout=PATIENCE)

    outside = "a client outside the VPC -> load balancer"
    assert f"{outside} {alone.name}:8080: no answer on AWS: load balancer {alone.name} lacks a public" in logged(
        sandbox
    )


def test_a_client_whose_group_lets_nothing_out_gets_no_answer(
    alone: Stack, sandbox: Sandbox, revoke: Callable[[str, str], Callable[[], None]]
) -> None:
    proof = admitted(sandbox, alone.subnets[0], alone.place.functions)
    assert through_proxy(sandbox, f"http://{alone.dns_name}:8080/one", proof).status == 503  # nothing is there

    put_back = revoke(alone.place.functions, "egress")
    with pytest.raises(TimeoutError):
        through_proxy(sandbox, f"http://{alone.dns_name}:8080/one", proof, timeout=PATIENCE)
    put_back()

    assert through_proxy(sandbox, f"http://{alone.dns_name}:8080/one", proof).status == 503


def test_tasks_are_spread_over_the_subnets_of_their_service(alone: Stack) -> None:
    alone.service(alone.push(), count=4)

    details = [task["attachments"][0]["details"] for task in alone.running(4)]

    used = sorted(item["value"] for task in details for item in task if item["name"] == "subnetId")
    assert used == sorted([*alone.subnets, *alone.subnets])


def test_a_task_without_a_way_out_is_not_started(
    alone: Stack, revoke: Callable[[str, str], Callable[[], None]]
) -> None:
    revoke(alone.place.tasks, "egress")
    alone.service(alone.push())

    stopped = alone.stopped()

    told = "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth"
    assert (stopped["stopCode"], stopped["stoppedReason"][: len(told)]) == ("TaskFailedToStart", told)


# AWS's APIs -----------------------------------------------------------------------------------------------------------


def test_a_function_gets_no_answer_of_an_api_to_which_its_group_lets_nothing_out(
    sandbox: Sandbox, client: Clients, name: str, function: Function, revoke: Callable[[str, str], Callable[[], None]]
) -> None:
    network = make_network(client, name)
    inside = {"SubnetIds": list(network.subnets), "SecurityGroupIds": [network.functions]}
    function.create(VpcConfig=inside)
    environment = function.answer()["environment"]
    its_own = sts(sandbox, environment)
    assert f"@{urlsplit(sandbox.facts['data_plane_url']).netloc}/" in environment["HTTP_PROXY"]
    assert its_own.get_caller_identity()["Account"] == "123456789012"

    put_back = revoke(network.functions, "egress")
    with pytest.raises(ReadTimeoutError):
        its_own.get_caller_identity()
    assert client("sts").get_caller_identity()["Account"] == "123456789012"
    put_back()

    assert its_own.get_caller_identity()["Account"] == "123456789012"
    assert f"function {name} -> sts in us-east-1:443: no answer on AWS: security group" in logged(sandbox)


def sts(sandbox: Sandbox, environment: dict[str, str]) -> Any:
    """A client that calls with a function's credentials, and so from where it is."""
    session = boto3.session.Session(
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=environment["AWS_SESSION_TOKEN"],
        region_name=environment["AWS_REGION"],
    )
    config = Config(read_timeout=PATIENCE, retries={"total_max_attempts": 1}, proxies={})
    return session.client("sts", endpoint_url=sandbox.facts["endpoint_url"], config=config)


PLACE = Place("hook", "vpc-1", "subnet-1", "10.0.0.9", ("sg-1",), "us-east-1")


def call(connection: socket.socket) -> Request:
    credentials = begin(Principal("role", "arn", "identity", place=PLACE))
    scope = f"Credential={credentials.access_key}/20260101/us-east-1/codedeploy/aws4_request"
    environ: dict[str, Any] = {
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0",
        "HTTP_X_AMZ_SECURITY_TOKEN": credentials.token,
        "REQUEST_METHOD": "POST",
        "werkzeug.socket": connection,
    }
    return Request(environ, populate_request=False)


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_call_without_a_way_waits_until_its_caller_gives_up(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def check(source: Any, target: Any, port: int) -> Blocked:
        asked.append((source, target, port))
        if len(asked) == 2:
            ends[1].close()
        return Blocked("security group sg-1", "an egress rule")

    monkeypatch.setattr(gate, "check", check)
    monkeypatch.setattr(gate, "AGAIN_SECONDS", 0.01)

    assert not door.enter(call(ends[0]), "codedeploy")
    assert asked == [(PLACE, AwsApi("codedeploy", "us-east-1"), 443)] * 2


def test_a_call_arrives_once_its_way_is_open(
    ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([Blocked("security group sg-1", "an egress rule"), Way(("rule",))])
    monkeypatch.setattr(gate, "check", lambda *_: next(answers))
    monkeypatch.setattr(gate, "AGAIN_SECONDS", 0.01)

    assert door.enter(call(ends[0]), "codedeploy")
    assert list(answers) == []


@pytest.mark.parametrize(
    ("way", "keys"),
    [
        (Way(("rule", "nat")), {}),
        (
            Way(("rule", "vpce-1"), endpoint="vpce-1"),
            {"aws:SourceVpc": ("vpc-1",), "aws:SourceVpce": ("vpce-1",), "aws:VpcSourceIp": ("10.0.0.9",)},
        ),
    ],
)
def test_only_a_call_through_an_endpoint_says_which_vpc_it_comes_from(
    way: Way, keys: dict[str, Any], ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "check", lambda *_: way)
    request = call(ends[0])

    assert door.enter(request, "codedeploy")
    carried = door.caller(request, "codedeploy").keys
    assert {key: value for key, value in carried.items() if "Source" in key} == keys
