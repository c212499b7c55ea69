"""Tasks that cannot start or stay healthy: AWS's own words in DescribeTasks, and never a healthy target."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.images import ARCHITECTURES, native_architecture, push
from tests.sandbox import running_stack
from tests.sandbox.roles import allow, make_execution_role
from tests.sandbox.running_stack import REGION, Clients, Stack, until

stack = running_stack.stack

UNABLE = "is unable to consistently start tasks successfully"
FOREVER = 1_000_000
"""Seconds: far longer than a test, at any time scale."""

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


def test_a_missing_secret_stops_the_task_before_it_starts(stack: Stack, client: Clients, name: str) -> None:
    parameter = f"arn:aws:ssm:us-east-1:123456789012:parameter/{name}/none"
    role = make_execution_role(client, name, allow("ssm:GetParameters", on=parameter))
    stack.service(stack.push(), secrets=[{"name": "ONE", "valueFrom": f"/{name}/none"}], role=role)

    reason = failed(stack)

    assert reason.startswith("ResourceInitializationError: unable to pull secrets or registry auth: ")
    assert f"/{name}/none" in reason


def test_what_is_not_modelled_is_named_and_never_half_done(stack: Stack) -> None:
    efs = {"name": "data", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}
    stack.service(stack.push(), volumes=[efs], mountPoints=[{"sourceVolume": "data", "containerPath": "/data"}])

    assert failed(stack) == (
        "ResourceInitializationError: the sandbox does not model efsVolumeConfiguration (volume data)"
    )


def test_a_wrong_entrypoint_cannot_be_started(stack: Stack) -> None:
    stack.service(stack.push(), entryPoint=["/bin/sh", "-c", "true"])

    assert failed(stack) == (
        "CannotStartContainerError: failed to create task: OCI runtime create failed: "
        'exec: "/bin/sh": executable file not found in $PATH'
    )


@pytest.mark.parametrize("grace", [0, FOREVER])
def test_a_crashing_container_is_replaced_without_end_and_shows_its_exit_code(stack: Stack, grace: int) -> None:
    stack.service(stack.push(MODE="crash"), grace=grace)

    stopped = until(lambda: stack.tasks("STOPPED"), lambda tasks: len(tasks) >= 5)

    assert {(task["stopCode"], task["containers"][0]["exitCode"]) for task in stopped} == {
        ("EssentialContainerExited", 3)
    }
    assert stack.logged(stack.stopped()) == ["about to crash"]
    # It was RUNNING each time: no reason to throttle it.
    assert [event for event in stack.events() if UNABLE in event] == []


def test_a_binary_that_cannot_be_executed_says_so_in_its_log(stack: Stack, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"no program at all")
    broken.chmod(0o755)
    stack.service(stack.push("one", broken))

    task = stack.stopped()

    assert task["containers"][0]["exitCode"] == 1
    assert stack.logged(task) == ["exec /broken: exec format error"]


def test_a_group_that_no_listener_uses_is_not_checked(stack: Stack, client: Clients) -> None:
    group = stack.target_group("idle")
    client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": "127.0.0.1", "Port": 1}])

    assert stack.health(group) == [
        ("unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
    ]
