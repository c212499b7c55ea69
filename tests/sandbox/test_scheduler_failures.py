"""Tasks that cannot start or stay healthy: AWS's own words in DescribeTasks, and never a healthy target."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.images import ARCHITECTURES, native_architecture, push
from tests.sandbox import running_stack
from tests.sandbox.running_stack import REGION, Clients, Stack, until

stack = running_stack.stack

SCALING = "ServiceSchedulerInitiated"
FOREIGN = "x86_64" if native_architecture() == "arm64" else "arm64"


def failed(stack: Stack) -> str:
    """Why the first task could not be started."""
    task = stack.stopped()
    assert task["stopCode"] == "TaskFailedToStart"
    assert "startedAt" not in task
    return str(task["stoppedReason"])


def test_an_unknown_tag_cannot_be_pulled(stack: Stack) -> None:
    image = stack.push().split("@")[0] + ":nope"
    stack.service(image)

    assert failed(stack) == (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {image}: {image}: not found"
    )
    assert stack.health(stack.blue) == []


def test_an_unknown_repository_cannot_be_pulled(stack: Stack) -> None:
    image = f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{stack.name}/none:one"
    stack.service(image)

    reason = failed(stack)

    assert reason.startswith(
        f"CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: "
    )
    assert f"The repository with name '{stack.name}/none' does not exist" in reason


def test_an_image_from_elsewhere_cannot_be_pulled(stack: Stack) -> None:
    stack.service("nginx:latest")

    assert failed(stack) == (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref nginx:latest: "
        "the sandbox pulls from its own ECR only (push the image with `python -m sandbox push`)"
    )


def test_a_service_starts_once_its_image_is_pushed(stack: Stack) -> None:
    uri = stack.push("one").split("@")[0]
    stack.service(f"{uri}:later")
    failed(stack)

    stack.push("later")

    assert stack.running()[0]["containers"][0]["image"] == f"{uri}:later"


def test_an_image_for_another_architecture_cannot_be_pulled(stack: Stack) -> None:
    # The task may run on this machine; the image may not. A script has no header to tell its architecture by.
    image = push(
        f"{stack.name}:foreign",
        stack.binary,
        environment={},
        architecture=FOREIGN,
        endpoint_url=stack.facts["endpoint_url"],
        region=REGION,
    )
    stack.service(image)

    platform = ARCHITECTURES[native_architecture()]
    assert failed(stack) == (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
        f"image Manifest does not contain descriptor matching platform 'linux/{platform}'"
    )


def test_a_task_for_another_architecture_than_this_machines_cannot_run(stack: Stack) -> None:
    stack.service(stack.push(), architecture=FOREIGN)

    assert failed(stack) == (
        f"CannotStartContainerError: exec format error: the task asks for {FOREIGN.upper()}, and this sandbox runs on "
        f"{native_architecture().upper()} (set `architecture: native` in the environment)"
    )


def test_a_missing_log_group_stops_the_task_before_it_starts(stack: Stack, client: Clients) -> None:
    client("logs").delete_log_group(logGroupName=f"/{stack.name}")
    stack.service(stack.push())

    assert failed(stack) == (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
        "failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. "
        f"(log group /{stack.name}) : exit status 1"
    )


def test_a_missing_secret_stops_the_task_before_it_starts(stack: Stack) -> None:
    stack.service(stack.push(), secrets=[{"name": "ONE", "valueFrom": f"/{stack.name}/none"}])

    reason = failed(stack)

    assert reason.startswith("ResourceInitializationError: unable to pull secrets or registry auth: ")
    assert f"/{stack.name}/none" in reason


def test_what_is_not_modelled_is_named_and_never_half_done(stack: Stack) -> None:
    stack.service(stack.push(), dependsOn=[{"containerName": "app", "condition": "START"}])

    assert failed(stack) == "ResourceInitializationError: the sandbox does not model dependsOn (container app)"


def test_a_wrong_entrypoint_cannot_be_started(stack: Stack) -> None:
    stack.service(stack.push(), entryPoint=["/bin/sh", "-c", "true"])

    assert failed(stack) == (
        "CannotStartContainerError: failed to create task: OCI runtime create failed: "
        'exec: "/bin/sh": executable file not found in $PATH'
    )


def test_a_crashing_container_shows_its_exit_code_and_its_last_words(stack: Stack) -> None:
    stack.service(stack.push(MODE="crash"))

    task = stack.stopped()

    assert (task["stopCode"], task["containers"][0]["exitCode"]) == ("EssentialContainerExited", 3)
    assert stack.logged(task) == ["about to crash"]
    until(stack.events, lambda events: any("is unable to consistently start tasks" in event for event in events))


def test_a_binary_that_cannot_be_executed_says_so_in_its_log(stack: Stack, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"no program at all")
    broken.chmod(0o755)
    stack.service(stack.push(binary=broken))

    task = stack.stopped()

    assert task["containers"][0]["exitCode"] == 1
    assert stack.logged(task) == ["exec /broken: exec format error"]


def test_an_image_whose_health_path_fails_never_becomes_a_healthy_target(stack: Stack) -> None:
    stack.service(stack.push(HEALTH="500"))
    seen = set()

    def replaced() -> bool:
        seen.update(stack.health(stack.blue))
        return any(task["lastStatus"] == "STOPPED" for task in stack.tasks("STOPPED"))

    until(replaced)

    assert {state for state, _, _ in seen} <= {"initial", "unhealthy", "draining"}
    task = stack.stopped()
    assert task["stopCode"] == SCALING
    assert task["stoppedReason"] == f"Task failed ELB health checks in (target-group {stack.blue})"
    unhealthy = [event for event in stack.events() if "is unhealthy in" in event]
    assert unhealthy[0].endswith(
        f"(port 3000) is unhealthy in (target-group {stack.blue}) "
        "due to (reason Health checks failed with these codes: [500])."
    )


def test_an_unhealthy_target_is_left_alone_during_the_grace_period(stack: Stack, client: Clients) -> None:
    # Far longer than the test, at any time scale.
    stack.service(stack.push(HEALTH="500"), grace=1_000_000)
    (task,) = stack.running()
    until(lambda: stack.health(stack.blue)[0][0], lambda state: state == "unhealthy")

    # Once the scheduler has followed this, it has looked at the unhealthy task as well.
    client("ecs").update_service(cluster=stack.name, service=stack.name, desiredCount=2)
    tasks = stack.running(2)

    assert task["taskArn"] in {item["taskArn"] for item in tasks}
    assert stack.tasks("STOPPED") == []
    assert stack.described()["taskSets"][0]["stabilityStatus"] == "STABILIZING"


@pytest.mark.parametrize(
    ("command", "status"),
    [(["CMD", "/app", "health"], "HEALTHY"), (["CMD-SHELL", "/app health"], "UNHEALTHY")],
    ids=["the image's own binary", "a shell, which the image does not have"],
)
def test_the_container_health_check_runs_inside_the_image(stack: Stack, command: list[str], status: str) -> None:
    stack.service(stack.push(), healthCheck={"command": command, "interval": 10, "retries": 2, "timeout": 5})

    def seen() -> set[str]:
        return {task["healthStatus"] for task in [*stack.tasks(), *stack.tasks("STOPPED")]}

    until(seen, lambda states: status in states)


def test_a_task_with_a_failing_container_health_check_is_replaced(stack: Stack) -> None:
    check = {"command": ["CMD", "/app", "health"], "interval": 10, "retries": 2, "timeout": 5}
    stack.service(stack.push(PROBE="1"), healthCheck=check)

    task = stack.stopped()

    assert (task["stopCode"], task["stoppedReason"]) == (SCALING, "Task failed container health checks")


def test_a_group_that_no_listener_uses_is_not_checked(stack: Stack, client: Clients) -> None:
    group = stack.target_group("idle")
    client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": 1}])

    assert stack.health(group) == [
        ("unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
    ]
