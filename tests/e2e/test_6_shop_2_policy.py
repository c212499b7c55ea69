"""Plans of a team's environment and of its registry are as free of findings as the stacks are before a plan."""

from pathlib import Path

import pytest

from tests.checkov import findings, needed
from tests.e2e.harness import ROOT, Environment
from tools import policy

pytestmark = needed


@pytest.mark.parametrize("name", ["registry", "shop_environment"])
def test_nothing_is_found_in_a_plan(
    name: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    environment: Environment = request.getfixturevalue(name)
    environment.terraform("plan", "-refresh=false", "-input=false", f"-out={tmp_path / 'saved'}").succeed()
    (tmp_path / "plan.json").write_text(environment.terraform("show", "-json", str(tmp_path / "saved")).succeed())

    monkeypatch.chdir(ROOT)
    code = policy.main(tmp_path / "plan.json")

    assert (code, findings(capfd.readouterr().out)) == (0, set())
