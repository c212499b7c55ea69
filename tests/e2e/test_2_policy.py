"""A plan of the deployed stack, as the provider fills it in, is as free of findings as the stack is before a plan."""

from pathlib import Path

import pytest

from tests.e2e.harness import ROOT, Stack
from tools import policy

CHECKOV = ROOT / policy.CHECKOV


@pytest.mark.skipif(not CHECKOV.exists(), reason="`make test` and `make policy` install checkov")
def test_nothing_is_found_in_a_plan_of_the_stack(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    saved, plan = tmp_path / "plan", tmp_path / "plan.json"
    stack.terraform("plan", "-refresh=false", "-input=false", f"-out={saved}").succeed()
    plan.write_text(stack.terraform("show", "-json", str(saved)).succeed())
    monkeypatch.chdir(ROOT)
    code = policy.main(plan)

    assert code == 0, capfd.readouterr().out
