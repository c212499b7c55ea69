"""The plans of other people's stacks are complete: each change has a plan, and what a person says of it."""

import json

import pytest
import yaml

from greenlight.review.findings import Rank
from tests.plans import recorded
from tests.plans.public_make import GROUPS, sources

LABELS = [label for label in recorded.labels() if label.plan.split("/")[0] in GROUPS]


def changes() -> list[str]:
    """Their plans' names, in the order of the stacks."""
    return [
        f"{name}/{change['name']}"
        for name, folder in sorted(sources().items())
        for change in yaml.safe_load((folder / "changes.yaml").read_text())
    ]


def test_each_change_is_labelled_once() -> None:
    assert sorted(label.plan for label in LABELS) == sorted(changes())


def test_each_change_has_its_plan_and_no_plan_is_left_over() -> None:
    plans = [file for group in GROUPS for file in (recorded.FOLDER / group).rglob("*.json.xz")]
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
