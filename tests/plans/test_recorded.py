"""The golden set itself: whole, labelled, and nobody's machine in it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from greenlight.review.findings import Rank
from tests.plans import recorded
from tests.plans.cases.team import TEAM
from tests.plans.cases.written import WRITTEN
from tests.plans.make import CASES
from tests.plans.typed import TYPED

PLANS = recorded.names()
LABELS = {label.plan: label for label in recorded.labels()}


def test_every_plan_has_one_label_and_every_label_a_plan() -> None:
    assert sorted(label.plan for label in recorded.labels()) == PLANS


def test_every_plan_of_its_groups_can_be_made_again() -> None:
    made = {
        "stack": [case.name for case in CASES],
        "hcl": [case.name for case in WRITTEN],
        "team": [case.name for case in TEAM],
        "typed": list(TYPED),
    }
    of_groups = {plan for plan in PLANS if plan.partition("/")[0] in made}
    assert of_groups - {f"{group}/{name}" for group, names in made.items() for name in names} == set()


@pytest.mark.parametrize("plan", LABELS)
def test_a_label_is_a_rank_and_names_what_is_in_its_plan(plan: str) -> None:
    label = LABELS[plan]
    assert label.says in {rank.key for rank in Rank}
    assert set(label.about) - set(addresses(json.loads(recorded.load(plan)))) == set()


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_names_nothing_of_the_machine_that_made_it(plan: str) -> None:
    assert (
        re.findall(r'"(?:/(?:tmp|home|root|work|opt|usr)/[^"]*|[^"]*127\.0\.0\.1:(?!4566)[^"]*)', recorded.load(plan))
        == []
    )


def test_a_plan_can_be_multiplied_to_the_size_of_a_large_stacks() -> None:
    large = recorded.multiplied("stack/memory", 1_000_000)
    named = [change["address"] for change in json.loads(large)["resource_changes"]]

    assert 1_000_000 <= len(large) < 2_000_000
    assert len(set(named)) == len(named)


def addresses(plan: dict[str, Any]) -> Iterator[str]:
    for part in ("resource_changes", "resource_drift", "action_invocations"):
        for change in plan.get(part, []):
            yield change["address"]
    for deferred in plan.get("deferred_changes", []):
        yield deferred["resource_change"]["address"]
