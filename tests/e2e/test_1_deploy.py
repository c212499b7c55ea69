"""The stack comes up, though another deploy gets in the way and the first one is stopped half-way."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.e2e.harness import LOCK, STATE_BUCKET, Command, Stack, poll


def lock_exists(stack: Stack) -> bool:
    try:
        stack.client("s3").head_object(**LOCK)
    except ClientError:
        return False
    return True


@pytest.fixture(scope="module")
def first(stack: Stack) -> Command:
    """A deploy under way: it holds the lock, and has made something already."""
    command = stack.cdktf("deploy")
    poll("the deploy makes resources", lambda: "Creation complete" in command.output)
    return command


def test_a_second_deploy_at_the_same_time_is_refused_by_the_lock(stack: Stack, first: Command, tmp_path: Path) -> None:
    second = stack.cdktf("deploy", output=tmp_path)

    assert second.wait() != 0
    assert "Error acquiring the state lock" in second.output
    assert first.process.poll() is None, "the first deploy was over before the second asked"


def test_a_deploy_stopped_half_way_is_finished_by_the_next_one(stack: Stack, first: Command) -> None:
    stack.terminate_terraform()

    assert first.wait() != 0
    assert not lock_exists(stack)
    stack.cdktf("deploy").succeed()


def test_state_is_at_its_key_in_s3(stack: Stack) -> None:
    state = json.load(stack.client("s3").get_object(Bucket=STATE_BUCKET, Key="sandbox/terraform.tfstate")["Body"])

    assert state["outputs"]["cluster_name"]["value"] == "sandbox"
    assert not lock_exists(stack)


def test_state_is_under_the_buckets_own_key(stack: Stack) -> None:
    written = stack.client("s3").head_object(Bucket=STATE_BUCKET, Key="sandbox/terraform.tfstate")

    assert written["ServerSideEncryption"] == "aws:kms"


def test_a_second_plan_is_empty(stack: Stack) -> None:
    stack.assert_plan_is_empty()
