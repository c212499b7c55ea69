"""What README and docs tell people to type is there. What can run in the sandbox is run by tests/e2e."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

import environments
from greenlight.__main__ import app
from tests.documentation import NOT_RUN, ROOT, Block, blocks

BLOCKS = blocks()
COMMANDS = [(str(block), command) for block in BLOCKS for command in block.commands]
TEXTS = [command for _, command in COMMANDS]


def beginning(word: str) -> list[tuple[str, str]]:
    """Where, and the arguments, of each command of that name, also after `&&`."""
    found = []
    for where, command in COMMANDS:
        for part in command.split(" && "):
            if part.startswith(f"{word} "):
                found.append((where, re.split(r"\s[|<>]", part)[0].removeprefix(f"{word} ")))
    return found


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_each_block_is_shell(block: Block) -> None:
    checked = subprocess.run(["bash", "-n"], input="\n".join(block.commands), text=True, capture_output=True)

    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(("where", "arguments"), beginning("greenlight"))
def test_each_greenlight_command_is_one_that_the_cli_takes(where: str, arguments: str) -> None:
    cli = typer.main.get_command(app)
    assert isinstance(cli, TyperGroup)
    parent = cli.make_context("greenlight", shlex.split(arguments))
    name, command, rest = cli.resolve_command(parent, shlex.split(arguments))
    assert command is not None, where

    command.make_context(name, rest, parent=parent)  # raises a usage error for what it does not take


@pytest.mark.parametrize(("where", "arguments"), beginning("make"))
def test_each_make_target_is_there(where: str, arguments: str) -> None:
    target = arguments.split()[0]

    assert re.search(rf"^(?:[a-z-]+ )*{target}(?: [a-z-]+)*:", (ROOT / "Makefile").read_text(), re.MULTILINE), where


@pytest.mark.parametrize(("where", "arguments"), beginning("npx cdktf"))
def test_each_cdktf_command_has_a_verb_that_is_tried(where: str, arguments: str) -> None:
    assert arguments.split()[0] in ("synth", "deploy", "diff", "destroy"), where


def test_the_settings_are_right_for_the_account_that_a_reader_puts_in(tmp_path: Path) -> None:
    commands = [command for command in TEXTS if command.startswith("sed -i ")]
    shutil.copytree(
        environments.FOLDER, tmp_path / "environments", ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )
    for command in dict.fromkeys(commands):
        subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)
    found, mistakes = environments.load_all(tmp_path / "environments")

    assert (len(set(commands)), mistakes) == (1, [])
    assert {name for name, one in found.items() if one.account == "111111111111"} == {"dev", "prod", "registry"}
    texts = [(tmp_path / "environments" / f"{name}.yaml").read_text() for name in ("dev", "prod", "registry")]
    assert [text for text in texts if "123456789012" in text] == []


def test_nothing_is_left_out_for_a_command_that_is_not_there_any_more() -> None:
    assert [start for start in NOT_RUN if not any(command.startswith(start) for command in TEXTS)] == []
