"""What the search has found, each told again."""

from __future__ import annotations

import pytest

from tests.exploration.choices import Told
from tests.exploration.processes import AWAY, SLOW, THROTTLED
from tests.exploration.scenarios import V2, release
from tests.exploration.search import Run, run


def told(scenario: str, *events: tuple[str, str]) -> Run:
    """The scenario, in which this goes wrong."""
    found = run(scenario, Told(*events))
    assert tuple(found.made.values()) == tuple(what for _, what in events), found
    assert not found.broken, found
    return found


AWAY_LONG = "away for 5 min"


@pytest.mark.parametrize("away", [AWAY, SLOW])
def test_a_rollback_that_began_while_nobody_could_look_is_followed(away: str) -> None:
    found = told("the hook after the shift says no", ("GetDeploymentTarget (Failed", away))

    assert found.exits == {V2.line: 3}


def test_a_shift_whose_answer_was_lost_is_not_told_as_traffic_that_never_moved() -> None:
    found = told("no automatic rollback", ("ModifyListener prod (InProgress AllowTraffic", "answer lost"))

    assert found.exits == {V2.line: 5}


OTHER = release(":third").line


@pytest.mark.parametrize("call", ["ssm:PutParameter", "DescribeScalableTargets", "RegisterScalableTarget"])
@pytest.mark.parametrize("other", [OTHER, f"{OTHER} --until ready"])
def test_what_autoscaling_was_is_never_lost_between_two_releases(call: str, other: str) -> None:
    """Promised at the end of each story: the next release brings it back as it was."""
    assert V2.line in told("contended", (call, other)).exits


@pytest.mark.parametrize("call", ["ssm:GetParameter (Failed", "RegisterScalableTarget (Failed", "ssm:DeleteParameter"])
def test_a_release_that_begins_while_another_restores_autoscaling_keeps_it_still(call: str) -> None:
    found = told("contended, and the first release fails", (call, f"{OTHER} --until ready"))

    assert found.exits == {V2.line: 3, f"{OTHER} --until ready": 0}


def test_a_release_that_was_restored_by_another_before_it_began_suspends_autoscaling_again() -> None:
    found = told("contended", ("codedeploy:CreateDeployment", OTHER))

    assert found.exits == {V2.line: 0, OTHER: 0}


def test_a_rollback_that_failed_with_production_on_the_candidate_is_not_nothing_to_do() -> None:
    """The next release is of what is live already, and gives it all of production."""
    found = told("until traffic", ("ModifyListener prod (InProgress AllowTraffic 100", AWAY_LONG))

    assert list(found.exits.values()) == [5]


def test_a_live_version_that_lost_all_of_production_is_told_with_what_helps() -> None:
    """By the next release, which CodeDeploy would refuse."""
    moved, moves_back = "ModifyListener prod (InProgress AllowTraffic", "ModifyListener prod (Failed"

    found = told("at once", (moved, "answer lost"), (moves_back, AWAY_LONG))

    assert found.exits == {V2.line: 5}


def test_what_was_stopped_for_a_release_that_could_not_begin_is_told() -> None:
    found = told("replacing", ("codedeploy:ListDeployments (Stopped 0 stop, Succeeded", THROTTLED))

    assert list(found.exits.values()) == [3]
