"""What the sandbox has in common with parts that share no code with it, as data in `contracts/`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws.codedeploy.checks import MOST_TERMINATION_MINUTES
from sandbox.aws.codedeploy.configs import PREDEFINED
from sandbox.aws.rules.ecs.containers import MOST_CONTAINERS
from sandbox.aws.rules.ecs.tasks import FARGATE_SIZES
from sandbox.aws.rules.lambda_.functions import MOST_BYTES
from sandbox.aws.rules.logs import RETENTION_DAYS
from sandbox.aws.rules.ssm import MOST_CHARACTERS
from sandbox.images import ELF_MACHINES, native_architecture
from sandbox.state import ACCOUNT
from tests.sandbox.running_stack import Clients
from tests.sandbox.test_aws_errors import refused


def contract(name: str) -> Any:
    return json.loads((Path(__file__).parents[2] / "contracts" / f"{name}.json").read_text())


LIMITS, ARCHITECTURES = contract("aws-limits"), contract("architectures")


def test_nothing_that_is_deployed_here_is_meant_for_aws() -> None:
    assert contract("names")["sandbox_account"] == ACCOUNT


def test_what_settings_allow_is_what_the_sandbox_takes() -> None:
    assert set(LIMITS["log_retention_days"]) == RETENTION_DAYS
    assert {int(cpu): tuple(memory) for cpu, memory in LIMITS["fargate_memory"].items()} == FARGATE_SIZES
    assert LIMITS["bake_minutes"] == MOST_TERMINATION_MINUTES
    assert LIMITS["task_containers"] == MOST_CONTAINERS
    assert LIMITS["parameter_characters"] == MOST_CHARACTERS
    assert LIMITS["function_environment_bytes"] == MOST_BYTES


def test_the_deployment_configurations_for_ecs_are_those_that_settings_name() -> None:
    ours = [name for name, config in PREDEFINED.items() if config["computePlatform"] == "ECS"]

    assert sorted(ours) == LIMITS["deployment_configs"]


@pytest.mark.parametrize("bucket", LIMITS["bucket_names"]["valid"])
def test_a_bucket_may_have_any_name_that_settings_allow(client: Clients, bucket: str) -> None:
    assert client("s3").create_bucket(Bucket=bucket)["Location"] == f"/{bucket}"
    client("s3").delete_bucket(Bucket=bucket)


@pytest.mark.parametrize("bucket", LIMITS["bucket_names"]["invalid"])
def test_a_bucket_has_no_name_that_settings_refuse(client: Clients, bucket: str) -> None:
    assert refused(client("s3").create_bucket, Bucket=bucket)[:2] == (400, "InvalidBucketName")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_machine_and_a_binary_are_of_the_processor_that_aws_calls_them(
    monkeypatch: pytest.MonkeyPatch, architecture: str
) -> None:
    for machine in ARCHITECTURES[architecture]["machines"]:
        monkeypatch.setattr("platform.machine", lambda machine=machine: machine)
        assert native_architecture() == architecture
    assert ELF_MACHINES[ARCHITECTURES[architecture]["elf_machine"]] == architecture
