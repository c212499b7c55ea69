"""What the search has found, each told again."""

from __future__ import annotations

import pytest

from tests.exploration.choices import Told
from tests.exploration.processes import AWAY, SLOW
from tests.exploration.scenarios import V2
from tests.exploration.search import Run, run


def told(scenario: str, *events: tuple[str, str]) -> Run:
    """The scenario, in which this goes wrong."""
    found = run(scenario, Told(*events))
    assert tuple(found.made.values()) == tuple(what for _, what in events), found
    assert not found.broken, found
    return found


@pytest.mark.parametrize("away", [AWAY, SLOW])
def test_a_rollback_that_began_while_nobody_could_look_is_followed(away: str) -> None:
    found = told("the hook after the shift says no", ("GetDeploymentTarget (Failed", away))

    assert found.exits == {V2.line: 3}


def test_a_shift_whose_answer_was_lost_is_not_told_as_traffic_that_never_moved() -> None:
    found = told("no automatic rollback", ("ModifyListener prod (InProgress AllowTraffic", "answer lost"))

    assert found.exits == {V2.line: 5}
