"""Every stack of the project is what Terraform and the provider accept, before anything is deployed."""

import shutil
from pathlib import Path

import environments
from tests.e2e.harness import Stack


def test_every_stack_validates(stack: Stack, tmp_path: Path) -> None:
    stack.run("npx", "cdktf", "synth", "--output", str(tmp_path)).succeed()
    folders = sorted((tmp_path / "stacks").iterdir())

    assert [folder.name for folder in folders] == environments.names()
    for folder in folders:
        stack.run("terraform", "init", "-backend=false", "-no-color", folder=folder).succeed()
        stack.run("terraform", "validate", "-no-color", folder=folder).succeed()


def test_an_environment_whose_hook_is_not_built_fails_its_own_plan_with_the_command(
    stack: Stack, tmp_path: Path
) -> None:
    """Here: article, which is arm64, whether or not somebody has built that on this machine."""
    stack.run("npx", "cdktf", "synth", "--output", str(tmp_path)).succeed()
    folder = tmp_path / "stacks" / "article"
    shutil.rmtree(folder / "assets", ignore_errors=True)
    stack.run("terraform", "init", "-no-color", folder=folder).succeed()
    plan = stack.run("terraform", "plan", "-no-color", "-input=false", folder=folder)

    assert plan.wait() == 1
    assert "run `make hook ARCH=arm64`" in plan.output
