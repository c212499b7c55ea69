"""Whatever an environment's file says becomes a stack, or an error that names the file and the key."""

import random
import re
from pathlib import Path

import pytest

import environments
from main import EnvironmentStack
from tests import random_settings
from tests.random_settings import Document
from tests.synthesis import synth_stack

# isort: split
from cdktf import Testing

SEEDS = range(8)


def synthesize(folder: Path, document: Document) -> list[str]:
    """What is wrong with it; nothing, and it has become a stack."""
    (folder / "dev.yaml").write_text(random_settings.written(document), encoding="utf-8")
    try:
        settings = environments.load("dev", folder)
    except environments.SettingsError as error:
        return str(error).splitlines()
    stack = EnvironmentStack(Testing.app(), "dev", settings)
    assert synth_stack(stack)["output"]["api_url"]
    return [f"{folder}/dev.yaml: {mistake}" for mistake in stack.mistakes]


@pytest.mark.parametrize("seed", SEEDS)
def test_settings_that_are_right_become_a_stack(tmp_path: Path, seed: int) -> None:
    assert synthesize(tmp_path, random_settings.right(random.Random(seed))) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_settings_with_mistakes_are_refused_by_file_and_key(tmp_path: Path, seed: int) -> None:
    source = random.Random(seed)
    for _ in range(25):
        document = random_settings.spoilt(source)
        known = {*environments.Environment.model_fields, *(key or "''" for key in document)}
        for line in synthesize(tmp_path, document):
            assert line.startswith(f"{tmp_path}/dev.yaml: "), document
            said = line.removeprefix(f"{tmp_path}/dev.yaml: ")
            assert [key for key in known if re.match(rf"{re.escape(key)}[.:, ]", said)] != [], (said, document)
