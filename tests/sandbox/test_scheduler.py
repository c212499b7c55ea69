"""The ECS scheduler: what runs, what DescribeTasks and DescribeServices say of it, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sandbox.launch import Sandbox
from tests.sandbox import running_stack
from tests.sandbox.roles import allow, make_execution_role
from tests.sandbox.running_stack import Clients, Stack, alive, until

SCALING = "ServiceSchedulerInitiated"


stack = running_stack.stack


def address(task: dict[str, Any]) -> str:
    return str(task["containers"][0]["networkInterfaces"][0]["privateIpv4Address"])


def ask(task: dict[str, Any], path: str = "/") -> dict[str, Any]:
    """What the container itself answers, once it listens."""

    def answer() -> dict[str, Any] | None:
        try:
            with urllib.request.urlopen(f"http://{address(task)}:3000{path}", timeout=10) as response:
                return dict(json.load(response))
        except urllib.error.URLError:
            return None

    found = until(answer)
    assert found is not None
    return found


def test_a_service_runs_its_tasks_and_registers_them_as_healthy_targets(stack: Stack) -> None:
    image = stack.push()
    stack.service(image, 2)

    tasks = stack.running(2)
    stack.steady()

    assert stack.health(stack.blue) == [("healthy", None, None)] * 2
    service = stack.described()
    task_set = service["taskSets"][0]
    assert (task_set["runningCount"], task_set["pendingCount"]) == (2, 0)
    assert (service["runningCount"], service["pendingCount"], service["deployments"]) == (2, 0, [])
    assert len({address(task) for task in tasks}) == 2
    task = tasks[0]
    task_id = task["taskArn"].rsplit("/", 1)[1]
    assert len(task_id) == 32
    shown = {
        name: task[name]
        for name in ("group", "startedBy", "launchType", "platformVersion", "cpu", "memory", "availabilityZone")
    }
    assert shown == {
        "group": f"service:{stack.name}",
        "startedBy": task_set["id"],
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "cpu": "256",
        "memory": "512",
        "availabilityZone": stack.place.zones[0],
    }
    assert task["containers"][0]["image"] == image
    assert task["containers"][0]["imageDigest"] == image.split("@")[1]
    details = {detail["name"]: detail["value"] for detail in task["attachments"][0]["details"]}
    assert (details["privateIPv4Address"], details["subnetId"]) == (address(task), stack.subnets[0])
    events = stack.events()
    begin = f"(service {stack.name}, taskSet {task_set['id']})"
    assert events[0].startswith(f"{begin} has started 2 tasks: (task ")
    assert events[1:] == [
        f"{begin} registered 1 targets in (target-group {stack.blue})",
        f"{begin} registered 1 targets in (target-group {stack.blue})",
        f"(service {stack.name}) has reached a steady state.",
    ]


def test_a_container_sees_its_own_environment_and_its_task_and_nothing_of_the_users(
    stack: Stack, sandbox: Sandbox
) -> None:
    stack.service(stack.push(RELEASE="blue"), environment=[{"name": "COLOUR", "value": "red"}])
    (task,) = stack.running()

    answer = ask(task)

    task_id = task["taskArn"].rsplit("/", 1)[1]
    runtime_id = task["containers"][0]["runtimeId"]
    # The container is a Python program, which adds LC_CTYPE to its own environment.
    answer["environment"].pop("LC_CTYPE", None)
    assert answer["environment"] == {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "NAME": "one",
        "RELEASE": "blue",
        "COLOUR": "red",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
        "AWS_ENDPOINT_URL": sandbox.facts["endpoint_url"],
        "ECS_CONTAINER_METADATA_URI_V4": f"{sandbox.facts['data_plane_url']}/_metadata/{task_id}/v4/{runtime_id}",
        "HOSTNAME": f"ip-{address(task).replace('.', '-')}.ec2.internal",
        "LISTEN_ADDR": f"{address(task)}:3000",
    }
    document = answer["task"]
    names = ("Cluster", "TaskARN", "Family", "Revision", "ServiceName", "DesiredStatus", "LaunchType")
    assert {name: document[name] for name in names} == {
        "Cluster": task["clusterArn"],
        "TaskARN": task["taskArn"],
        "Family": stack.name,
        "Revision": "1",
        "ServiceName": stack.name,
        "DesiredStatus": "RUNNING",
        "LaunchType": "FARGATE",
    }
    assert [container["Name"] for container in document["Containers"]] == ["app"]


def test_secrets_come_from_parameter_store_and_secrets_manager(stack: Stack, client: Clients, name: str) -> None:
    client("ssm").put_parameter(Name=f"/{name}/one", Value="first", Type="SecureString")
    secret = client("secretsmanager").create_secret(Name=name, SecretString='{"key": "second"}')["ARN"]
    sources = [("ONE", f"/{name}/one"), ("TWO", f"{secret}:key::")]
    role = make_execution_role(
        client,
        name,
        allow("ssm:GetParameters", on=f"arn:aws:ssm:us-east-1:123456789012:parameter/{name}/one"),
        allow("secretsmanager:GetSecretValue", on=secret),
    )
    secrets = [{"name": key, "valueFrom": source} for key, source in sources]
    stack.service(stack.push(), secrets=secrets, role=role)

    environment = ask(stack.running()[0])["environment"]

    assert (environment["ONE"], environment["TWO"]) == ("first", "second")


def test_a_tasks_network_interface_is_seen_in_its_subnet_until_it_has_stopped(stack: Stack, client: Clients) -> None:
    stack.service(stack.push(), 1)
    (task,) = stack.running()
    details = {detail["name"]: detail["value"] for detail in task["attachments"][0]["details"]}
    network = stack.place

    def seen(**filters: str) -> list[str]:
        asked = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
        found = client("ec2").describe_network_interfaces(Filters=asked)["NetworkInterfaces"]
        return [interface["NetworkInterfaceId"] for interface in found]

    own = details["networkInterfaceId"]
    zone = network.zones[network.subnets.index(details["subnetId"])]
    assert own in seen(group_id=network.tasks, subnet_id=details["subnetId"])
    assert own in seen(group_id=network.tasks, availability_zone=zone)
    assert own not in seen(group_id=network.functions, subnet_id=details["subnetId"])
    (interface,) = client("ec2").describe_network_interfaces(NetworkInterfaceIds=[own])["NetworkInterfaces"]
    assert interface["PrivateIpAddress"] == details["privateIPv4Address"]
    assert interface["Description"].endswith(f":attachment/{task['attachments'][0]['id']}")

    client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=0)
    until(lambda: own not in seen(group_id=network.tasks))


def test_a_task_killed_by_hand_is_replaced(stack: Stack) -> None:
    stack.service(stack.push())
    (task,) = stack.running()
    pid = ask(task)["pid"]

    os.kill(pid, signal.SIGKILL)

    stopped = stack.stopped(task)
    assert (stopped["stopCode"], stopped["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert stopped["containers"][0]["exitCode"] == 137
    (replacement,) = stack.running()
    assert replacement["taskArn"] != task["taskArn"]
    assert ask(replacement)["pid"] != pid


def test_a_task_stopped_by_hand_ends_in_order_and_is_replaced(stack: Stack, client: Clients) -> None:
    stack.service(stack.push())
    (task,) = stack.running()
    stack.steady()

    client("ecs").stop_task(cluster=stack.name, task=task["taskArn"], reason="because")

    stopped = stack.stopped(task)
    assert (stopped["stopCode"], stopped["stoppedReason"]) == ("UserInitiated", "because")
    assert stopped["containers"][0]["exitCode"] == 0
    assert stack.logged(task) == ["listening", "ending", "ended"]
    assert stopped["createdAt"] <= stopped["startedAt"] <= stopped["stoppingAt"] <= stopped["stoppedAt"]
    assert stack.running()[0]["taskArn"] != task["taskArn"]


def test_a_draining_target_gets_no_new_requests_and_finishes_its_own_before_sigterm(
    stack: Stack, client: Clients
) -> None:
    stack.deregistration_delay(stack.blue, 240)
    stack.service(stack.push())
    (task,) = stack.running()
    stack.steady()
    url = stack.api("ANY /{proxy+}")
    with ThreadPoolExecutor() as threads:
        slow = threads.submit(urllib.request.urlopen, f"{url}/slow/3", timeout=10)
        until(lambda: stack.logged(task), lambda lines: "GET /slow/3" in lines)

        client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=0)
        draining = until(lambda: stack.health(stack.blue), lambda health: health[0][0] != "healthy")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{url}/new", timeout=10)

        assert draining == [("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")]
        assert refused.value.code == 503
        with slow.result() as answer:
            assert json.load(answer)["address"] == address(task)
    assert stack.stopped(task)["containers"][0]["exitCode"] == 0
    assert stack.logged(task) == ["listening", "GET /slow/3", "slept", "ending", "ended"]


def test_a_container_that_ignores_sigterm_is_killed_after_its_stop_timeout(stack: Stack, client: Clients) -> None:
    stack.service(stack.push(MODE="stubborn"), stopTimeout=2)
    (task,) = stack.running()
    stack.steady()
    client("ecs").stop_task(cluster=stack.name, task=task["taskArn"])

    stopped = stack.stopped(task)

    assert stopped["containers"][0]["exitCode"] == 137
    assert stopped["stoppedReason"] == "Task stopped by user"
    assert stack.logged(task) == ["listening", "not yet"]


def test_desired_count_is_followed_up_and_down(stack: Stack, client: Clients) -> None:
    stack.service(stack.push())
    (first,) = stack.running()
    client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=3)
    stack.running(3)
    client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=1)

    (kept,) = stack.running(1)
    stopped = stack.stopped()

    assert kept["taskArn"] == first["taskArn"]
    task_set = stack.described()["taskSets"][0]["id"]
    assert stopped["stopCode"] == SCALING
    assert stopped["stoppedReason"] == f"Scaling activity initiated by (deployment {task_set})"


def test_a_deleted_service_drains_and_its_processes_are_gone(stack: Stack) -> None:
    stack.service(stack.push())
    pid = ask(stack.running()[0])["pid"]

    stack.remove()

    assert stack.described()["status"] == "DRAINING"
    until(stack.described, lambda service: service["status"] == "INACTIVE")
    assert not alive(pid)
    assert stack.tasks() == []


def test_children_of_a_container_end_with_it(stack: Stack) -> None:
    stack.service(stack.push(MODE="fork"))
    (task,) = stack.running()
    pid = ask(task)["pid"]
    (child,) = [int(item) for item in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    os.kill(pid, signal.SIGKILL)

    stack.stopped(task)
    until(lambda: not alive(child))


def test_a_service_with_the_ordinary_controller_runs_and_rolls(stack: Stack, client: Clients) -> None:
    stack.service(stack.push(), controller="ECS")
    (old,) = stack.running()
    until(lambda: stack.described()["deployments"][0]["rolloutState"], lambda state: state == "COMPLETED")
    assert stack.described()["runningCount"] == 1

    new = stack.task_definition(stack.push("two"))
    client("ecs").update_service(cluster=stack.name, service=stack.name, taskDefinition=new)

    until(lambda: [task["taskDefinitionArn"] for task in stack.running()], lambda found: found == [new])
    assert [ask(task)["name"] for task in stack.running()] == ["two"]
    stack.stopped(old)
