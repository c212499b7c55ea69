"""The commands of README and docs, typed as they stand there. Those that cannot run here: tests/documentation.py."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.documentation import Block, blocks, not_run
from tests.e2e.harness import ROOT, Stack

# Of `greenlight`, what changes nothing; test_3_release.py releases and rolls back.
CHANGES_NOTHING = ("greenlight appspec ", "greenlight bootstrap ", "greenlight policy ")

STATEMENT = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})


def runs(command: str) -> bool:
    if command.startswith("greenlight "):
        return command.startswith(CHANGES_NOTHING)
    return not command.startswith("make ") and not not_run(command)


def script(block: Block) -> str:
    """What of a block runs here, on the environment that is here."""
    commands = "\n".join(command for command in block.commands if runs(command))
    return re.sub(r"(?<!/)\bdev\b", "sandbox", commands)


BLOCKS = [block for block in blocks() if script(block)]


@pytest.fixture
def checkout(stack: Stack, tmp_path: Path) -> Path:
    """A folder as a reader has it, with the stack that is deployed."""
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "cdktf.out").symlink_to(stack.output_folder)
    (tmp_path / "environments").mkdir()
    return tmp_path


def typed(stack: Stack, folder: Path, commands: str) -> str:
    shell = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"source .venv/bin/activate\n{commands}"],
        cwd=folder,
        env=stack.sandbox.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert shell.returncode == 0, f"{commands}\n{shell.stdout}\n{shell.stderr}"
    return shell.stdout


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_each_command_that_a_reader_types_succeeds(stack: Stack, checkout: Path, block: Block) -> None:
    if "release-sandbox" not in script(block):
        typed(stack, checkout, script(block))
        return
    # The reader's own role, which docs/releases.md gives a policy to.
    role = ("--role-name", "release-sandbox")
    stack.aws("iam", "create-role", *role, "--assume-role-policy-document", TRUST)
    typed(stack, checkout, script(block))
    stack.aws("iam", "delete-role-policy", *role, "--policy-name", "greenlight")
    stack.aws("iam", "delete-role", *role)


def test_the_readme_s_curl_is_answered_by_the_service(stack: Stack, checkout: Path) -> None:
    (curl,) = [command for block in blocks() for command in block.commands if command.startswith("curl ")]

    assert typed(stack, checkout, curl) == '{"key":"route_one from Green"}'
