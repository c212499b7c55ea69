"""Settings at random, one batch of them: whatever becomes a stack, Terraform and the provider accept."""

import json
from pathlib import Path

import pytest
from hypothesis import given

import environments
from main import EnvironmentStack
from tests import random_settings
from tests.e2e.harness import Stack
from tests.random_settings import Document
from tests.synthesis import synth_stack

# isort: split
from cdktf import Testing


@pytest.fixture(scope="module")
def folder(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the provider is installed; each stack takes the place of the one before."""
    folder = tmp_path_factory.mktemp("random")
    needs = {"required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 5.100.0"}}}
    (folder / "cdk.tf.json").write_text(json.dumps({"terraform": needs}))
    stack.run("terraform", "init", "-backend=false", "-no-color", folder=folder).succeed()
    return folder


def write(folder: Path, document: Document) -> None:
    settings = folder / "settings"
    settings.mkdir(exist_ok=True)
    (settings / "dev.yaml").write_text(random_settings.written(document))
    built = EnvironmentStack(Testing.app(), "dev", environments.load("dev", settings))
    (folder / "cdk.tf.json").write_text(json.dumps(synth_stack(built)))


@given(random_settings.right())
@random_settings.each(examples=4)
def test_random_settings_validate(stack: Stack, folder: Path, document: Document) -> None:
    write(folder, document)

    stack.run("terraform", "validate", "-no-color", folder=folder).succeed()
