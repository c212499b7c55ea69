"""The golden set itself: whole, labelled, and nobody's machine in it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from greenlight.review.findings import Rank
from tests.plans import recorded
from tests.plans.stack_cases import CASES

PLANS = sorted(
    str(file.relative_to(recorded.FOLDER)).removesuffix(".json.xz") for file in recorded.FOLDER.rglob("*.xz")
)
LABELS = {label.plan: label for label in recorded.labels()}


def test_every_plan_has_one_label_and_every_label_a_plan() -> None:
    assert sorted(label.plan for label in recorded.labels()) == PLANS


def test_the_maker_makes_every_plan_of_the_stack() -> None:
    made = [f"stack/{case.name}" for case in CASES]
    assert sorted(made) == [plan for plan in PLANS if plan.startswith("stack/")]


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


def addresses(plan: dict[str, Any]) -> Iterator[str]:
    for part in ("resource_changes", "resource_drift"):
        for change in plan.get(part, []):
            yield change["address"]
