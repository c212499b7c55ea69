from collections.abc import Callable
from pathlib import Path

import pytest

from environments.load import SettingsError, load
from environments.settings import Environment

MINIMAL = """\
account: "111111111111"
region: eu-west-1
services:
  api:
    image: 111111111111.dkr.ecr.eu-west-1.amazonaws.com/api:v1
    routes: [GET /one]
"""

Loaded = Callable[[str], Environment]
Mistakes = Callable[[str], list[str]]


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    """The settings that a text stands for."""

    def load_text(text: str) -> Environment:
        (tmp_path / "dev.yaml").write_text(text, encoding="utf-8")
        return load("dev", tmp_path)

    return load_text


@pytest.fixture
def mistakes(tmp_path: Path, loaded: Loaded) -> Mistakes:
    """What is said about a text, line by line, without the file's own name."""

    def refuse(text: str) -> list[str]:
        with pytest.raises(SettingsError) as refused:
            loaded(text)
        prefix = f"{tmp_path}/dev.yaml: "
        lines = str(refused.value).splitlines()
        assert all(line.startswith(prefix) for line in lines)
        return [line.removeprefix(prefix) for line in lines]

    return refuse
