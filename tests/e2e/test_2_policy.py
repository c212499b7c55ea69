"""A plan of the deployed stack, as the provider fills it in, is as free of findings as the stack is before a plan."""

import re
from pathlib import Path

import pytest

from tests.checkov import SKIPPED_IN_PLANS, findings, needed, skip_nothing
from tests.e2e.harness import ROOT, Stack
from tools import policy

pytestmark = needed


@pytest.fixture(scope="module")
def plan(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plan")
    stack.terraform("plan", "-refresh=false", "-input=false", f"-out={folder / 'saved'}").succeed()
    shown = folder / "plan.json"
    document = stack.terraform("show", "-json", str(folder / "saved")).succeed()
    # As a plan says it after a release: the version that the live task set has.
    shown.write_text(re.sub(r'"platform_version": *"LATEST"', '"platform_version":"1.4.0"', document))
    return shown


def test_nothing_is_found_in_a_plan_of_the_stack(
    plan: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    code = policy.main(plan)

    assert (code, findings(capfd.readouterr().out)) == (0, set())


def test_every_check_that_is_skipped_in_plans_would_find_something(
    plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(skip_nothing(tmp_path))
    policy.main(plan)

    assert SKIPPED_IN_PLANS - {check for check, _ in findings(capfd.readouterr().out)} == set()
