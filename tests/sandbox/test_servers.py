"""A program of this machine as a database in a VPC: tasks reach it where the VPC lets them, and nobody else does."""

from __future__ import annotations

import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.launch import Sandbox
from sandbox.network.place import PlaceError
from tests.sandbox import running_stack
from tests.sandbox.networks import network
from tests.sandbox.running_stack import Clients, Stack
from tests.sandbox.test_network_why import why
from tests.sandbox.test_scheduler import ask

stack = running_stack.stack


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"heard " + self.rfile.read())


@pytest.fixture
def program() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def rule(**peer: Any) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, **peer}]


def test_a_task_reaches_a_database_once_both_groups_let_it(
    sandbox: Sandbox, client: Clients, stack: Stack, name: str, program: str
) -> None:
    shared, ec2 = network(client), client("ec2")
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=shared.vpc)["GroupId"]
    listens = sandbox.place(f"{name}-db", shared.subnets[0], [group], 5432, program)
    stack.service(stack.push())
    (task,) = stack.running()
    out = {"GroupId": shared.tasks, "IpPermissions": rule(UserIdGroupPairs=[{"GroupId": group}])}

    assert ask(task, f"/connect/{listens}")["body"] == "timed out"
    code, text = why(sandbox, f"{name}'s", f"{name}-db:5432")
    assert code == 2
    assert f"security group {shared.tasks} of task" in text
    assert "lacks an egress rule for tcp 5432 to 10.0.0." in text

    ec2.authorize_security_group_egress(**out)
    try:
        assert ask(task, f"/connect/{listens}")["body"] == "timed out"
        assert (
            f"security group {group} of {name}-db\n  lacks an ingress rule for tcp 5432 from"
            in why(sandbox, f"{name}'s", f"{name}-db:5432")[1]
        )

        ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=rule(UserIdGroupPairs=[{"GroupId": shared.tasks}])
        )

        assert ask(task, f"/connect/{listens}")["body"] == "heard hello"
        assert why(sandbox, f"{name}'s", f"{name}-db:5432")[0] == 0
    finally:
        ec2.revoke_security_group_egress(**out)


def test_what_is_no_task_is_outside_the_vpc(sandbox: Sandbox, client: Clients, name: str, program: str) -> None:
    shared = network(client)
    anybody = client("ec2").create_security_group(GroupName=name, Description=name, VpcId=shared.vpc)["GroupId"]
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    client("ec2").authorize_security_group_ingress(GroupId=anybody, IpPermissions=everything)
    host, port = sandbox.place(name, shared.subnets[0], [anybody], 5432, program).split(":")

    with socket.create_connection((host, int(port)), timeout=2) as connection, pytest.raises(TimeoutError):
        connection.recv(1)

    log = (sandbox.state_dir / "log" / "runtime.log").read_text()
    assert f"a program that is no task's -> {name}:5432: no answer on AWS: {name} lacks a public address" in log


def test_a_server_is_placed_by_a_command(sandbox: Sandbox, client: Clients, name: str, program: str) -> None:
    shared = network(client)
    command = [sys.executable, "-m", "sandbox", "place", name, "--state-dir", str(sandbox.state_dir), "--port", "6379"]
    where = ["--subnet", shared.subnets[0], "--group", shared.tasks, "--to", program]

    done = subprocess.run([*command, *where], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("127.")
    assert done.stdout.endswith(":6379\n")


def test_a_server_in_a_subnet_that_is_not_there_is_refused(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(PlaceError, match=r"^there is no subnet subnet-gone in us-east-1$"):
        sandbox.place(name, "subnet-gone", ["sg-1"], 5432, "127.0.0.1:1")
