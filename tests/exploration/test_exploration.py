"""Releases in every interleaving of engine, CLI and faults that the search comes by: each keeps every promise."""

from __future__ import annotations

import pytest

from tests.exploration.past_bugs import PAST_BUGS, Bug
from tests.exploration.scenarios import SCENARIOS
from tests.exploration.search import one_thing, several_things, smallest

PAIRS = 20
"""How often more than one thing goes wrong in a scenario; `make explore` has many more."""


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_promise_is_kept_whatever_goes_wrong(name: str) -> None:
    for search in (one_thing(name), several_things(name, PAIRS)):
        for found in search:
            assert not found.broken, f"\n{smallest(found)}"


@pytest.mark.parametrize("bug", PAST_BUGS, ids=lambda bug: bug.name)
def test_a_bug_of_the_past_is_found(bug: Bug) -> None:
    with bug.put_back():
        assert any(found.broken for found in one_thing(bug.scenario))
