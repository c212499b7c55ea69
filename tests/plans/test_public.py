"""The plans of other people's stacks are complete: each change has a plan, and what a person says of it."""

import json

import pytest
import yaml

from greenlight.review.findings import Rank
from tests.plans import recorded
from tests.plans.public_make import FOLDER

LABELS = [label for label in recorded.labels() if label.plan.startswith("public/")]


def changes() -> list[str]:
    """Their plans' names, in the order of the stacks."""
    return [
        f"public/{file.parent.name}/{change['name']}"
        for file in sorted(FOLDER.glob("*/changes.yaml"))
        for change in yaml.safe_load(file.read_text())
    ]


def test_each_change_is_labelled_once() -> None:
    assert sorted(label.plan for label in LABELS) == sorted(changes())


def test_each_change_has_its_plan_and_no_plan_is_left_over() -> None:
    plans = (recorded.FOLDER / "public").rglob("*.json.xz")
    kept = [str(file.relative_to(recorded.FOLDER)).removesuffix(".json.xz") for file in plans]

    assert sorted(kept) == sorted(changes())


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label.plan)
def test_a_label_speaks_of_what_changes_in_its_plan(label: recorded.Label) -> None:
    changed = {
        change["address"]
        for change in json.loads(recorded.load(label.plan))["resource_changes"]
        if change["change"]["actions"] != ["no-op"]
    }

    assert set(label.about) - changed == set()
    assert label.says in {rank.key for rank in Rank}
    assert bool(label.about) == (label.says != "safe")
