"""An AppSpec is read as the release CLI and the hook read it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.codedeploy_engine.appspec import InvalidAppSpecError, parse

CONTRACT = Path(__file__).parents[2] / "contracts" / "appspec"
RELEASED = json.loads((CONTRACT / "released.json").read_text())


@pytest.mark.parametrize(("file", "expected"), [pair for pair in RELEASED.items() if pair[1]])
def test_the_task_definition_is_found_however_the_appspec_is_spelt(file: str, expected: str) -> None:
    found = parse((CONTRACT / file).read_bytes().decode())

    assert found.task_definition.rsplit("/", 1)[-1] == expected
    assert (found.container_name, found.container_port) == ("api", 3000)


@pytest.mark.parametrize("file", [file for file, expected in RELEASED.items() if not expected])
def test_an_appspec_without_a_task_definition_is_refused(file: str) -> None:
    with pytest.raises(InvalidAppSpecError, match=r"TaskDefinition|Resources|neither JSON nor YAML"):
        parse((CONTRACT / file).read_bytes().decode())
