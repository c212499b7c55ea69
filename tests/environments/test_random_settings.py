"""Whatever an environment's file says becomes a stack, or an error that names the file and the key."""

import re
import tempfile
from pathlib import Path

from hypothesis import given

import environments
from main import EnvironmentStack
from tests import random_settings
from tests.random_settings import Document
from tests.synthesis import synth_stack

# isort: split
from cdktf import Testing


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


@given(random_settings.right())
@random_settings.each(examples=10)
def test_settings_that_are_right_become_a_stack(document: Document) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert synthesize(Path(folder), document) == []


@given(random_settings.spoilt())
@random_settings.each(examples=250)
def test_settings_with_mistakes_are_refused_by_file_and_key(document: Document) -> None:
    known = {*environments.Environment.model_fields, *(key or "''" for key in document)}
    with tempfile.TemporaryDirectory() as folder:
        for line in synthesize(Path(folder), document):
            assert line.startswith(f"{folder}/dev.yaml: ")
            said = line.removeprefix(f"{folder}/dev.yaml: ")
            assert [key for key in known if re.match(rf"{re.escape(key)}[.:, ]", said)] != [], said
