"""Settings at random, one batch of them: whatever becomes a stack, Terraform and the provider accept."""

import json
import random
from pathlib import Path

import pytest

import environments
from main import EnvironmentStack
from tests import random_settings
from tests.e2e.harness import Stack
from tests.synthesis import synth_stack

# isort: split
from cdktf import Testing

SEEDS = range(100, 106)


@pytest.fixture(scope="module")
def folder(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the provider is installed; each stack takes the place of the one before."""
    folder = tmp_path_factory.mktemp("random")
    write(folder, SEEDS[0])
    stack.run("terraform", "init", "-backend=false", "-no-color", folder=folder).succeed()
    return folder


def write(folder: Path, seed: int) -> None:
    settings = folder / "settings"
    settings.mkdir(exist_ok=True)
    (settings / "dev.yaml").write_text(random_settings.written(random_settings.right(random.Random(seed))))
    built = EnvironmentStack(Testing.app(), "dev", environments.load("dev", settings))
    (folder / "cdk.tf.json").write_text(json.dumps(synth_stack(built)))


@pytest.mark.parametrize("seed", SEEDS)
def test_random_settings_validate(stack: Stack, folder: Path, seed: int) -> None:
    write(folder, seed)

    stack.run("terraform", "validate", "-no-color", folder=folder).succeed()
