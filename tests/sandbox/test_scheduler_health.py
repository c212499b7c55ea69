"""Tasks that are unhealthy: how they are replaced, and what the health check grace period is for."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from sandbox.scheduler.replacement import Plan, plan
from tests.sandbox import running_stack
from tests.sandbox.codedeploy_stack import Releases, appspec
from tests.sandbox.running_stack import Clients, Stack, until

stack = running_stack.stack

SCALING = "ServiceSchedulerInitiated"
FOREVER = 1_000_000
"""Seconds: far longer than a test, at any time scale."""

CHECK = {"command": ["CMD", "/app", "health"], "interval": 10, "retries": 2, "timeout": 5}


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """What a slow starter waits for: it is healthy once this file is there."""
    return tmp_path / "gate"


def stopped(stack: Stack) -> list[dict[str, Any]]:
    """Oldest first."""
    tasks = [task for task in stack.tasks("STOPPED") if task["lastStatus"] == "STOPPED"]
    return sorted(tasks, key=lambda task: task["createdAt"])


def task_id(task: dict[str, Any]) -> str:
    return str(task["taskArn"].rsplit("/", 1)[1])


def unhealthy(stack: Stack, group: str) -> None:
    until(lambda: {state for state, _, _ in stack.health(group)}, lambda states: states == {"unhealthy"})


def looked_at_again(stack: Stack, client: Clients) -> list[dict[str, Any]]:
    """Two running tasks: once the scheduler has followed this, it has looked at the unhealthy one as well."""
    client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=2)
    return stack.running(2)


# Replacement ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("desired", "unhealthy", "waiting", "healthy", "planned"),
    [
        (2, "", "", "", Plan(2, 0, [])),
        (2, "", "", "ab", Plan(0, 0, [])),
        (2, "", "b", "a", Plan(0, 0, [])),
        (1, "", "", "ab", Plan(0, 0, ["a"])),
        (1, "", "c", "ab", Plan(0, 0, ["c", "a"])),
        (0, "", "b", "a", Plan(0, 0, ["b", "a"])),
        # A replacement first, and no task is stopped until it is judged …
        (1, "a", "", "", Plan(1, 1, [])),
        (1, "a", "b", "", Plan(0, 0, [])),
        # … as healthy, or as unhealthy too.
        (1, "a", "", "b", Plan(0, 0, ["a"])),
        (1, "ab", "", "", Plan(0, 0, ["a"])),
        # It has become healthy by itself: the one that is not ready is too many.
        (1, "", "b", "a", Plan(0, 0, ["b"])),
        (2, "ab", "", "", Plan(2, 2, [])),
        (2, "ab", "d", "c", Plan(0, 0, ["a"])),
        # Never more than twice as many as wanted.
        (2, "abc", "", "", Plan(1, 1, ["a"])),
        # Of those that are missing one was no replacement.
        (3, "a", "", "b", Plan(2, 1, [])),
        # Scaled in: the unhealthy one goes first.
        (1, "a", "", "bc", Plan(0, 0, ["a", "b"])),
    ],
)
def test_an_unhealthy_task_is_replaced_before_it_is_stopped(
    desired: int, unhealthy: str, waiting: str, healthy: str, planned: Plan[str]
) -> None:
    assert plan(desired, unhealthy, waiting, healthy) == planned


def test_a_task_that_falls_ill_goes_when_its_replacement_is_healthy(stack: Stack) -> None:
    stack.service(stack.push())
    (ill,) = stack.running()
    stack.steady()
    address = ill["containers"][0]["networkInterfaces"][0]["privateIpv4Address"]
    before = len(stack.events())

    urllib.request.urlopen(f"http://{address}:3000/sick", timeout=10).close()

    until(lambda: stopped(stack))
    (well,) = stack.running()
    stack.steady()
    named = f"(service {stack.name}, taskSet {stack.described()['taskSets'][0]['id']})"
    group = f"(target-group {stack.blue})"
    assert stack.events()[before:] == [
        f"{named} has started 1 tasks: (task {task_id(well)}). Amazon ECS replaced 1 tasks due to an unhealthy status.",
        f"{named} registered 1 targets in {group}",
        f"{named} (task {task_id(ill)}) (port 3000) is unhealthy in {group} "
        "due to (reason Health checks failed with these codes: [503]).",
        f"{named} has stopped 1 running tasks: (task {task_id(ill)}).",
        f"{named} deregistered 1 targets in {group}",
        f"{named} has begun draining connections on 1 tasks.",
        f"(service {stack.name}) has reached a steady state.",
    ]


def test_an_image_whose_health_path_fails_never_becomes_a_healthy_target(stack: Stack) -> None:
    stack.service(stack.push(HEALTH="500"))
    seen = set()

    def replaced() -> list[dict[str, Any]]:
        seen.update(stack.health(stack.blue))
        return stopped(stack)

    task = until(replaced)[0]

    assert {state for state, _, _ in seen} <= {"initial", "unhealthy", "draining"}
    assert task["stopCode"] == SCALING
    assert task["stoppedReason"] == f"Task failed ELB health checks in (target-group {stack.blue})"


@pytest.mark.parametrize(
    ("command", "status"),
    [(["CMD", "/app", "health"], "HEALTHY"), (["CMD-SHELL", "/app health"], "UNHEALTHY")],
    ids=["the image's own binary", "a shell, which the image does not have"],
)
def test_the_container_health_check_runs_inside_the_image(stack: Stack, command: list[str], status: str) -> None:
    stack.service(stack.push(), healthCheck=CHECK | {"command": command})

    def seen() -> set[str]:
        return {task["healthStatus"] for task in [*stack.tasks(), *stack.tasks("STOPPED")]}

    until(seen, lambda states: status in states)


def test_a_task_with_a_failing_container_health_check_is_replaced(stack: Stack) -> None:
    stack.service(stack.push(PROBE="1"), healthCheck=CHECK)

    task = until(lambda: stopped(stack))[0]

    assert (task["stopCode"], task["stoppedReason"]) == (SCALING, "Task failed container health checks")
    named = f"(service {stack.name}, taskSet {stack.described()['taskSets'][0]['id']})"
    assert f"{named} (task {task_id(task)}) failed container health checks." in stack.events()


def test_the_health_of_containers_that_are_not_essential_is_not_the_tasks(stack: Stack) -> None:
    image = stack.push()
    sidecar = {
        "name": "sidecar",
        "image": image,
        "essential": False,
        "portMappings": [{"containerPort": 3001}],
        "environment": [{"name": "PROBE", "value": "1"}],
        "healthCheck": CHECK,
    }
    stack.service(image, healthCheck=CHECK, sidecars=[sidecar])
    (task,) = stack.running()

    def seen() -> dict[str, str]:
        return {container["name"]: container["healthStatus"] for container in stack.tasks()[0]["containers"]}

    until(seen, lambda states: states == {"app": "HEALTHY", "sidecar": "UNHEALTHY"})

    stack.steady()
    assert [(item["taskArn"], item["healthStatus"]) for item in stack.tasks()] == [(task["taskArn"], "HEALTHY")]


# Grace period ---------------------------------------------------------------------------------------------------------


def test_a_slow_starter_comes_up_within_its_grace_period(stack: Stack, client: Clients, gate: Path) -> None:
    stack.service(stack.push(GATE=str(gate)), grace=FOREVER)
    (task,) = stack.running()
    unhealthy(stack, stack.blue)
    tasks = looked_at_again(stack, client)
    assert task["taskArn"] in {item["taskArn"] for item in tasks}

    gate.touch()

    stack.steady()
    assert {item["taskArn"] for item in stack.running(2)} == {item["taskArn"] for item in tasks}
    assert stack.tasks("STOPPED") == []


def test_a_slow_starter_without_a_grace_period_is_replaced_again_and_again(stack: Stack, gate: Path) -> None:
    stack.service(stack.push(GATE=str(gate)))

    until(lambda: stopped(stack), lambda tasks: len(tasks) >= 3)

    events = [re.sub(r"\(task \w+\)", "(task)", event) for event in stack.events()]
    assert stack.described()["taskSets"][0]["stabilityStatus"] == "STABILIZING"
    assert [event for event in events if "steady" in event or "consistently" in event] == []
    named = f"(service {stack.name}, taskSet {stack.described()['taskSets'][0]['id']})"
    replaced = f"{named} has started 1 tasks: (task). Amazon ECS replaced 1 tasks due to an unhealthy status."
    assert events.count(replaced) >= 3


def test_a_shorter_grace_period_holds_at_once(stack: Stack, client: Clients, gate: Path) -> None:
    stack.service(stack.push(GATE=str(gate)), grace=FOREVER)
    (task,) = stack.running()
    unhealthy(stack, stack.blue)

    client("ecs").update_service(cluster=stack.name, service=stack.name, healthCheckGracePeriodSeconds=0)

    assert task_id(until(lambda: stopped(stack))[0]) == task_id(task)


def test_a_failing_container_health_check_is_ignored_during_the_grace_period(stack: Stack, client: Clients) -> None:
    stack.service(stack.push(PROBE="1"), grace=FOREVER, healthCheck=CHECK)
    (task,) = stack.running()
    until(lambda: [item["healthStatus"] for item in stack.tasks()], lambda states: states == ["UNHEALTHY"])

    tasks = looked_at_again(stack, client)

    assert task["taskArn"] in {item["taskArn"] for item in tasks}
    assert stack.tasks("STOPPED") == []


def test_the_services_grace_period_holds_for_the_candidate_of_a_release(
    stack: Stack, client: Clients, gate: Path
) -> None:
    stack.service(stack.push("one"), grace=FOREVER)
    stack.running()
    stack.steady()
    candidate = stack.task_definition(stack.push("two", GATE=str(gate)))
    waits = {
        "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
        "terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", "terminationWaitTimeInMinutes": 1},
    }
    releases = Releases(client, stack.name, stack.prod, blueGreenDeploymentConfiguration=waits)
    deployment = releases.deploy(appspec(candidate, "app"))
    unhealthy(stack, stack.green)

    gate.touch()

    releases.reaches(deployment, "Succeeded")
    assert [task for task in stack.tasks("STOPPED") if task["taskDefinitionArn"] == candidate] == []
