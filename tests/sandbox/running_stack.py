"""What the runtime's tests deploy: a small stack made with boto3, and a small container written in Python."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

from sandbox.clients import local_client
from sandbox.images import native_architecture, push
from sandbox.launch import Sandbox
from tests.sandbox.networks import Network, network
from tests.sandbox.roles import execution_role

REGION = "us-east-1"

CONTAINER = '''#!{python}
"""Honours LISTEN_ADDR, says what it got, and ends in order on SIGTERM. MODE changes its behaviour.

Unhealthy while there is no file GATE, and after a request for /sick. /status/N is answered with N.
"""
import json, os, signal, socket, subprocess, sys, threading, time, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

gate = os.environ.get("GATE")
if sys.argv[1:2] == ["health"]:
    sys.exit(int(os.environ.get("PROBE", "0")) or (1 if gate and not os.path.exists(gate) else 0))
if os.environ.get("MODE") == "crash":
    print("about to crash")
    sys.exit(3)
if os.environ.get("MODE") == "fork":
    subprocess.Popen(["sleep", "600"])

address, port = os.environ["LISTEN_ADDR"].split(":")
document = json.load(urllib.request.urlopen(os.environ["ECS_CONTAINER_METADATA_URI_V4"] + "/task"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/hang"):
            time.sleep(600)
        if self.path.startswith("/drop"):
            self.close_connection = True
            return
        if self.path.startswith("/stream"):
            return self.stream()
        if self.path != "/health":
            print(self.command, self.path, flush=True)
        if self.path.startswith("/slow"):
            time.sleep(float(self.path.rsplit("/", 1)[1]))
            print("slept", flush=True)
        if self.path == "/sick":
            sick.set()
        if self.path.startswith("/connect/"):
            body = self.connect(*self.path.rsplit("/", 1)[1].split(":"))
        status = 200
        if self.path == "/health":
            failing = sick.is_set() or (gate and not os.path.exists(gate))
            status = 503 if failing else int(os.environ.get("HEALTH", "200"))
        if self.path.startswith("/status/"):
            status = int(self.path.rsplit("/", 1)[1])
        answer = json.dumps({{
            "method": self.command, "path": self.path, "headers": dict(self.headers), "body": body.decode(),
            "name": os.environ.get("NAME"), "pid": os.getpid(), "address": address, "environment": dict(os.environ),
            "task": document,
        }}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Twice", "1")
        self.send_header("X-Twice", "2")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    def connect(self, host, port):
        """What a server there says."""
        try:
            with socket.create_connection((host, int(port)), timeout=2) as connection:
                connection.sendall(b"hello")
                connection.shutdown(socket.SHUT_WR)
                return connection.makefile("rb").read()
        except TimeoutError:
            return b"timed out"

    def stream(self):
        """One piece at once; the other when it is asked for, or broken off."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\\r\\nfirst\\r\\n")
        self.wfile.flush()
        if self.path.endswith("/broken"):
            self.close_connection = True
            return
        continued.wait(30)
        self.wfile.write(b"6\\r\\nsecond\\r\\n0\\r\\n\\r\\n")

    def do_PATCH(self):
        continued.set()
        self.answer()

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer

    def log_message(self, *_):
        pass


continued, sick = threading.Event(), threading.Event()
server = ThreadingHTTPServer((address, int(port)), Handler)
server.daemon_threads = os.environ.get("MODE") == "impatient"
server.handle_error = lambda *_: None  # whoever asked has gone, such as a health check at the end of the sandbox


def end(*_):
    if os.environ.get("MODE") == "stubborn":
        print("not yet", flush=True)
        return
    print("ending", flush=True)
    threading.Thread(target=server.shutdown).start()


signal.signal(signal.SIGTERM, end)
print("listening", flush=True)
server.serve_forever()
server.server_close()
print("ended", flush=True)
'''

T = TypeVar("T")
Clients = Callable[[str], Any]


@cache
def clients_of(sandbox: Sandbox) -> Clients:
    """``client("ecs")``: a boto3 client of the sandbox, which asks once and never again: errors must end there."""

    @cache
    def make(service: str) -> Any:
        return local_client(service, sandbox.facts["region"], sandbox.facts["endpoint_url"], retries=1)

    return make


def until(what: Callable[[], T], accept: Callable[[T], bool] = bool, seconds: float = 30) -> T:
    """Poll until it is so; the failure shows what was last seen."""
    deadline = time.monotonic() + seconds
    while True:
        seen = what()
        if accept(seen):
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s; last seen: {seen}")
        time.sleep(0.1)


def alive(pid: int) -> bool:
    """Whether a process is there and not merely a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def write_container(folder: Path) -> Path:
    path = folder / "app"
    path.write_text(CONTAINER.format(python=sys.executable))
    path.chmod(0o755)
    return path


class Stack:
    """A cluster, a load balancer with a prod and a test listener, two target groups; images and services at will.

    It is in the network that all tests share, unless it is given one of its own.
    """

    def __init__(self, facts: dict[str, Any], client: Clients, name: str, folder: Path, own: Network | None = None):
        self.facts, self.client, self.name = facts, client, name
        self.binary = write_container(folder)
        self.place = own or network(client)
        self.subnets = list(self.place.subnets)
        self.network = {"awsvpcConfiguration": {"subnets": self.subnets, "securityGroups": [self.place.tasks]}}
        balancer = client("elbv2").create_load_balancer(
            Name=name, Subnets=self.subnets, SecurityGroups=[self.place.balancer], Scheme="internal"
        )["LoadBalancers"][0]
        self.balancer_arn, self.dns_name = balancer["LoadBalancerArn"], balancer["DNSName"]
        self.blue, self.green = self.target_group("blue"), self.target_group("green")
        self.prod, self.test = self.listener(80, self.blue), self.listener(8080, self.green)
        client("ecs").create_cluster(clusterName=name)
        client("logs").create_log_group(logGroupName=f"/{name}")

    def target_group(self, suffix: str, **settings: Any) -> str:
        """Quick to judge: at the tests' time scale, 30 seconds are half a second."""
        answer = self.client("elbv2").create_target_group(
            Name=f"{self.name}-{suffix}",
            Protocol="HTTP",
            Port=80,
            VpcId=self.place.vpc,
            TargetType="ip",
            **{"HealthCheckPath": "/health", "HealthCheckIntervalSeconds": 30, "UnhealthyThresholdCount": 2} | settings,
        )
        arn = str(answer["TargetGroups"][0]["TargetGroupArn"])
        self.deregistration_delay(arn, 6)
        return arn

    def deregistration_delay(self, group: str, seconds: int) -> None:
        attribute = {"Key": "deregistration_delay.timeout_seconds", "Value": str(seconds)}
        self.client("elbv2").modify_target_group_attributes(TargetGroupArn=group, Attributes=[attribute])

    def listener(self, port: int, group: str) -> str:
        answer = self.client("elbv2").create_listener(
            LoadBalancerArn=self.balancer_arn,
            Protocol="HTTP",
            Port=port,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}],
        )
        return str(answer["Listeners"][0]["ListenerArn"])

    def push(self, tag: str = "one", binary: Path | None = None, /, **environment: str) -> str:
        return push(
            f"{self.name}:{tag}",
            binary or self.binary,
            environment={"NAME": tag, **environment},
            architecture=None,
            endpoint_url=self.facts["endpoint_url"],
            region=REGION,
        )

    def task_definition(
        self,
        image: str,
        *,
        architecture: str | None = None,
        sidecars: Sequence[dict[str, Any]] = (),
        volumes: Sequence[dict[str, Any]] = (),
        role: str | None = None,
        task_role: str | None = None,
        **container: Any,
    ) -> str:
        """`role` is ECS's execution role, where the usual one is not enough; `task_role` the containers' own."""
        logs = {"awslogs-group": f"/{self.name}", "awslogs-region": REGION, "awslogs-stream-prefix": "app"}
        architecture = (architecture or native_architecture()).upper()
        answer = self.client("ecs").register_task_definition(
            family=self.name,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            volumes=list(volumes),
            executionRoleArn=role or execution_role(self.client),
            **({} if task_role is None else {"taskRoleArn": task_role}),
            runtimePlatform={"cpuArchitecture": architecture, "operatingSystemFamily": "LINUX"},
            containerDefinitions=[
                {
                    "name": "app",
                    "image": image,
                    "essential": True,
                    "portMappings": [{"containerPort": 3000}],
                    "stopTimeout": 5,
                    "logConfiguration": {"logDriver": "awslogs", "options": logs},
                    **container,
                },
                *sidecars,
            ],
        )
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def service(
        self, image: str, count: int = 1, *, grace: int = 0, controller: str = "CODE_DEPLOY", **container: Any
    ) -> None:
        self.client("ecs").create_service(
            cluster=self.name,
            serviceName=self.name,
            taskDefinition=self.task_definition(image, **container),
            desiredCount=count,
            launchType="FARGATE",
            deploymentController={"type": controller},
            networkConfiguration=self.network,
            healthCheckGracePeriodSeconds=grace,
            loadBalancers=[{"targetGroupArn": self.blue, "containerName": "app", "containerPort": 3000}],
        )

    # Seen -------------------------------------------------------------------------------------------------------------

    def described(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.client("ecs").describe_services(cluster=self.name, services=[self.name])
        return dict(answer["services"][0])

    def events(self) -> list[str]:
        """Oldest first."""
        return [event["message"] for event in reversed(self.described()["events"])]

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster=self.name, serviceName=self.name, desiredStatus=status)["taskArns"]
        return list(ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"]) if arns else []

    def running(self, count: int = 1) -> list[dict[str, Any]]:
        """The tasks, once exactly so many run."""
        return until(
            lambda: [task for task in self.tasks() if task["lastStatus"] == "RUNNING"],
            lambda tasks: len(tasks) == count == len(self.tasks()),
        )

    def steady(self) -> None:
        until(lambda: self.described()["taskSets"][0]["stabilityStatus"], lambda status: status == "STEADY_STATE")

    def stopped(self, task: dict[str, Any] | None = None) -> dict[str, Any]:
        """This task, once it has stopped; without one, the first that has.

        Name it where one ran before: on a busy machine a replacement may come, and end before it.
        """
        tasks = until(
            lambda: [
                one
                for one in self.tasks("STOPPED")
                if one["lastStatus"] == "STOPPED" and (task is None or one["taskArn"] == task["taskArn"])
            ]
        )
        return min(tasks, key=lambda task: task["createdAt"])

    def health(self, group: str) -> list[tuple[str, str | None, str | None]]:
        answer = self.client("elbv2").describe_target_health(TargetGroupArn=group)
        states = [entry["TargetHealth"] for entry in answer["TargetHealthDescriptions"]]
        return [(state["State"], state.get("Reason"), state.get("Description")) for state in states]

    def logged(self, task: dict[str, Any], container: str = "app") -> list[str]:
        stream = f"app/{container}/{task['taskArn'].rsplit('/', 1)[1]}"
        answer = self.client("logs").filter_log_events(logGroupName=f"/{self.name}", logStreamNames=[stream])
        return [event["message"] for event in answer["events"]]

    def api(self, route: str, *, integration: dict[str, Any] | None = None, **stage: Any) -> str:
        """An HTTP API in front of the prod listener; its URL."""
        gateway = self.client("apigatewayv2")
        api_id = gateway.create_api(Name=self.name, ProtocolType="HTTP")["ApiId"]
        link = gateway.create_vpc_link(Name=self.name, SubnetIds=self.subnets, SecurityGroupIds=[self.place.link])[
            "VpcLinkId"
        ]
        settings = {
            "IntegrationType": "HTTP_PROXY",
            "IntegrationMethod": "ANY",
            "ConnectionType": "VPC_LINK",
            "ConnectionId": link,
            "IntegrationUri": self.prod,
            "PayloadFormatVersion": "1.0",
        } | (integration or {})
        made = gateway.create_integration(ApiId=api_id, **settings)["IntegrationId"]
        gateway.create_route(ApiId=api_id, RouteKey=route, Target=f"integrations/{made}")
        gateway.create_stage(ApiId=api_id, **{"StageName": "$default", "AutoDeploy": True} | stage)
        return f"{self.facts['data_plane_url']}/{api_id}"

    def remove(self) -> None:
        self.client("ecs").delete_service(cluster=self.name, service=self.name, force=True)


@pytest.fixture
def stack(sandbox: Sandbox, client: Clients, name: str, tmp_path: Path) -> Iterator[Stack]:
    """A stack of the test's own. Its service is deleted, so that the next tests have the machine for themselves."""
    made = Stack(sandbox.facts, client, name, tmp_path)
    yield made
    services = client("ecs").describe_services(cluster=name, services=[name])["services"]
    if services and services[0]["status"] == "ACTIVE":
        made.remove()
