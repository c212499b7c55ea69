"""Tasks of several containers: which starts when, what happens when one ends, and which stops first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox import running_stack
from tests.sandbox.running_stack import REGION, Clients, Stack, until

stack = running_stack.stack

SIDE = '''#!{python}
"""Healthy, and at its end, once there is a file GATE. EXIT: ends by itself, with that code."""
import os, signal, sys, time

gate = os.environ.get("GATE")
is_open = lambda: not gate or os.path.exists(gate)
if sys.argv[1:2] == ["health"]:
    sys.exit(0 if is_open() and "EXIT" not in os.environ else 1)


def end(*_):
    print("side ends", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, end)
print("side starts", flush=True)
while not ("EXIT" in os.environ and is_open()):
    time.sleep(0.05)
sys.exit(int(os.environ["EXIT"]))
'''
HEALTH = {"command": ["CMD", "/side", "health"], "interval": 30}
"""At the tests' time scale twice a second."""


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "gate"


def side(
    stack: Stack, folder: Path, /, *, environment: dict[str, str] | None = None, **container: Any
) -> dict[str, Any]:
    binary = folder / "side"
    binary.write_text(SIDE.format(python=sys.executable))
    binary.chmod(0o755)
    options = {"awslogs-group": f"/{stack.name}", "awslogs-region": REGION, "awslogs-stream-prefix": "app"}
    return {
        "name": "side",
        "image": stack.push("side", binary, **(environment or {})),
        "logConfiguration": {"logDriver": "awslogs", "options": options},
        **container,
    }


def waits(condition: str) -> list[dict[str, str]]:
    return [{"containerName": "side", "condition": condition}]


def statuses(task: dict[str, Any]) -> dict[str, str]:
    return {container["name"]: container["lastStatus"] for container in task["containers"]}


def container(task: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in task["containers"] if one["name"] == name)


def lines(stack: Stack, client: Clients) -> list[str]:
    """What all containers have logged, in the order of its writing."""
    events = client("logs").filter_log_events(logGroupName=f"/{stack.name}")["events"]
    return [event["message"] for event in sorted(events, key=lambda event: event["timestamp"])]


def reason(stack: Stack) -> tuple[str, str]:
    task = stack.stopped()
    return task["stopCode"], task["stoppedReason"]


def test_what_is_waited_for_starts_first_and_stops_last(stack: Stack, client: Clients, tmp_path: Path) -> None:
    stack.service(stack.push(), sidecars=[side(stack, tmp_path)], dependsOn=waits("START"))
    (task,) = stack.running()
    until(lambda: set(lines(stack, client)), lambda logged: {"side starts", "listening"} <= logged)

    client("ecs").stop_task(cluster=stack.name, task=task["taskArn"])
    stopped = stack.stopped(task)

    assert statuses(task) == {"app": "RUNNING", "side": "RUNNING"}
    assert stack.logged(stopped) == ["listening", "ending", "ended"]
    assert stack.logged(stopped, "side") == ["side starts", "side ends"]
    ends = [line for line in lines(stack, client) if line in ("ended", "side ends")]
    assert ends[:2] == ["ended", "side ends"]


def test_a_container_starts_once_the_other_is_healthy(stack: Stack, tmp_path: Path, gate: Path) -> None:
    awaited = side(stack, tmp_path, environment={"GATE": str(gate)}, healthCheck=HEALTH | {"retries": 10})
    stack.service(stack.push(), sidecars=[awaited], dependsOn=waits("HEALTHY"))
    (waiting,) = until(stack.tasks, lambda tasks: [statuses(task)["side"] for task in tasks] == ["RUNNING"])

    assert (waiting["lastStatus"], statuses(waiting)["app"]) == ("PENDING", "PENDING")
    gate.touch()
    (task,) = stack.running()

    assert task["taskArn"] == waiting["taskArn"]
    assert container(task, "side")["healthStatus"] == "HEALTHY"


@pytest.mark.parametrize(("condition", "code"), [("SUCCESS", 0), ("COMPLETE", 0), ("COMPLETE", 3)])
def test_a_container_starts_once_the_other_has_ended(stack: Stack, tmp_path: Path, condition: str, code: int) -> None:
    job = side(stack, tmp_path, environment={"EXIT": str(code)}, essential=False)
    stack.service(stack.push(), sidecars=[job], dependsOn=waits(condition))

    (task,) = stack.running()

    assert statuses(task) == {"app": "RUNNING", "side": "STOPPED"}
    assert container(task, "side")["exitCode"] == code


def test_a_job_that_fails_stops_the_task_that_waits_for_its_success(stack: Stack, tmp_path: Path) -> None:
    job = side(stack, tmp_path, environment={"EXIT": "3"}, essential=False)
    image = stack.push()
    stack.service(image, sidecars=[job], dependsOn=waits("SUCCESS"))

    expected = (
        "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency "
        f"[side({job['image']}) (STOPPED->RUNNING) - Exit: 3] for target [app({image}) (NONE->RUNNING)] as dependency "
        "did not exit successfully."
    )
    assert reason(stack) == ("TaskFailedToStart", expected)
    app = container(stack.stopped(), "app")
    assert (app["exitCode"], app["reason"]) == (143, expected)
    assert stack.logged(stack.stopped()) == []


def test_a_task_does_not_wait_beyond_the_start_timeout(stack: Stack, tmp_path: Path, gate: Path) -> None:
    awaited = side(
        stack, tmp_path, environment={"GATE": str(gate)}, healthCheck=HEALTH | {"retries": 10}, startTimeout=2
    )
    image = stack.push()
    stack.service(image, sidecars=[awaited], dependsOn=waits("HEALTHY"))

    assert reason(stack) == (
        "TaskFailedToStart",
        "CannotStartContainerError: dependency graph: container ordering dependency "
        f"[side({awaited['image']}) (RUNNING->RUNNING)] for target [app({image}) (NONE->RUNNING)] has timed out.",
    )


def test_an_essential_sidecar_that_ends_while_it_is_waited_for_stops_the_task(
    stack: Stack, tmp_path: Path, gate: Path
) -> None:
    awaited = side(stack, tmp_path, environment={"EXIT": "3", "GATE": str(gate)}, healthCheck=HEALTH | {"retries": 10})
    stack.service(stack.push(), sidecars=[awaited], dependsOn=waits("HEALTHY"))
    until(stack.tasks, lambda tasks: [statuses(task)["side"] for task in tasks] == ["RUNNING"])
    gate.touch()

    assert reason(stack) == ("EssentialContainerExited", "Essential container in task exited")


def test_the_end_of_an_essential_sidecar_is_the_tasks(stack: Stack, tmp_path: Path, gate: Path) -> None:
    stack.service(stack.push(), sidecars=[side(stack, tmp_path, environment={"EXIT": "0", "GATE": str(gate)})])
    stack.running()
    gate.touch()

    assert reason(stack) == ("EssentialContainerExited", "Essential container in task exited")


def test_the_task_goes_on_without_a_sidecar_that_is_not_essential(stack: Stack, tmp_path: Path, gate: Path) -> None:
    other = side(stack, tmp_path, environment={"EXIT": "3", "GATE": str(gate)}, essential=False)
    stack.service(stack.push(), sidecars=[other])
    (task,) = stack.running()
    gate.touch()

    (later,) = until(stack.tasks, lambda tasks: [statuses(one)["side"] for one in tasks] == ["STOPPED"])

    assert (later["taskArn"], later["lastStatus"]) == (task["taskArn"], "RUNNING")
    assert container(later, "side")["exitCode"] == 3


def test_the_task_goes_on_without_a_sidecar_that_cannot_start(stack: Stack, tmp_path: Path) -> None:
    stack.service(stack.push(), sidecars=[side(stack, tmp_path, essential=False, entryPoint=["/bin/sh"])])

    (task,) = stack.running()

    assert container(task, "side")["reason"] == (
        "CannotStartContainerError: failed to create task: OCI runtime create failed: "
        'exec: "/bin/sh": executable file not found in $PATH'
    )


def test_what_waits_for_a_container_that_cannot_start_does_not_start_either(stack: Stack, tmp_path: Path) -> None:
    broken = side(stack, tmp_path, essential=False, entryPoint=["/bin/sh"])
    image = stack.push()
    stack.service(image, sidecars=[broken], dependsOn=waits("START"))

    assert reason(stack) == (
        "TaskFailedToStart",
        "CannotStartContainerError: dependency graph: failed to resolve container ordering dependency "
        f"[side({broken['image']}) (STOPPED->STOPPED)] for target [app({image}) (NONE->RUNNING)] because dependency "
        "will never start",
    )


def test_empty_volumes_are_taken_though_they_change_nothing(stack: Stack) -> None:
    mounts = [{"sourceVolume": "cache", "containerPath": "/var/cache", "readOnly": False}]
    stack.service(stack.push(), volumes=[{"name": "cache"}], mountPoints=mounts)

    assert len(stack.running()) == 1
