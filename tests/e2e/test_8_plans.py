"""Ten of the recorded plans, made once more: the rules are tried on what Terraform and the provider say today."""

import json
from typing import Any

import pytest

from tests.e2e.harness import Stack
from tests.plans import recorded
from tests.plans.make import CASES, planned

# Their resources have the same addresses in this stack, which has one of the services, under another name.
AGAIN = (
    "no-change",
    "prod-port-alone",
    "target-group-protocol-version",
    "balancer-idle-timeout",
    "stage-name",
    "hook-timeout",
    "service-forced",
    "skip-destroy-off",
    "rule-to-cidr",
    "trust-narrowed",
)

Meaning = dict[str, tuple[list[str], list[list[Any]], list[str]]]


@pytest.mark.parametrize("name", AGAIN)
def test_a_plan_says_what_the_recorded_one_says(stack: Stack, name: str) -> None:
    (case,) = [case for case in CASES if case.name == name]
    text = (stack.stack_folder / "cdk.tf.json").read_text()

    assert meaning(planned(stack, text, case, then=text)) == meaning(json.loads(recorded.load(f"stack/{name}")))


def meaning(plan: dict[str, Any]) -> Meaning:
    """Of each address but the manifest's: what is done, what forces it, and which arguments change."""
    found: Meaning = {}
    for one in plan["resource_changes"]:
        change = one["change"]
        if change["actions"] not in (["no-op"], ["read"]) and one["type"] != "aws_ssm_parameter":
            found[one["address"]] = (change["actions"], change.get("replace_paths", []), arguments(change))
    return found


def arguments(change: dict[str, Any]) -> list[str]:
    before, after = change["before"] or {}, change["after"] or {}
    unknown = {key for key, value in change["after_unknown"].items() if value is True}
    return sorted(unknown | {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)})
