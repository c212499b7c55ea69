"""The change that `make pull-request` makes. The story itself runs in CI."""

from pathlib import Path

import environments
from environments import Environment
from sandbox.pull_request import HEALTH_PATH, MEMORY_MIB, OTHER_MEMORY_MIB, SETTINGS, changed

ROOT = Path(__file__).parent.parent


def loaded(folder: Path, settings: str) -> Environment:
    (folder / SETTINGS.name).write_text(settings)
    found, mistakes = environments.load_all(folder)
    assert mistakes == []
    environment = found["sandbox"]
    assert isinstance(environment, Environment)
    return environment


def test_the_pull_request_changes_memory_and_health_check_of_the_sandbox_and_no_more(tmp_path: Path) -> None:
    before = (ROOT / SETTINGS).read_text()
    expected = loaded(tmp_path, before).model_dump()
    service = expected["services"]["api"]
    health_check = service["target_groups"]["health_check"]
    assert service["memory"] not in (MEMORY_MIB, OTHER_MEMORY_MIB)
    assert health_check["path"] != HEALTH_PATH
    service["memory"] = MEMORY_MIB
    health_check["path"] = HEALTH_PATH

    assert loaded(tmp_path, changed(before, MEMORY_MIB)).model_dump() == expected


def test_both_of_its_values_are_ones_that_settings_take(tmp_path: Path) -> None:
    before = (ROOT / SETTINGS).read_text()

    assert loaded(tmp_path, changed(before, OTHER_MEMORY_MIB)).services["api"].memory == OTHER_MEMORY_MIB
