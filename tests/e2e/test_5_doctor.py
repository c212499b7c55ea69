"""A listener that leads away from the live tasks: doctor names it, repairs it, and the next release works."""

import json
import sys
from typing import Any

from tests.e2e.harness import Command, Stack, poll


def examined(command: Command) -> Any:
    """What it printed, once it has ended."""
    code = command.wait()
    printed = json.loads(command.output[command.output.index("{") :])
    assert printed["exit_code"] == code
    return printed


def doctor(stack: Stack) -> list[str]:
    """The findings of who releases."""
    return [one["id"] for one in examined(stack.greenlight("doctor", "sandbox", "-o", "json"))["findings"]]


def live(stack: Stack) -> list[str]:
    """The target groups that get requests."""
    return [group for group, part in stack.prod_weights().items() if part]


def revert(stack: Stack) -> None:
    """As Terraform does that makes the listener anew: to the group that the live tasks are not in."""
    balancer, weights = stack.manifest()["load_balancer"], stack.prod_weights()
    (other,) = (balancer[colour]["arn"] for colour in ("blue", "green") if not weights.get(balancer[colour]["name"]))
    stack.client("elbv2").modify_listener(
        ListenerArn=balancer["prod_listener"], DefaultActions=[{"Type": "forward", "TargetGroupArn": other}]
    )


def test_a_deployed_environment_has_no_finding_and_whoever_releases_may_look_at_all_of_it(stack: Stack) -> None:
    assert doctor(stack) == []


def test_a_reverted_listener_is_found_repaired_by_an_administrator_and_the_next_release_works(stack: Stack) -> None:
    before = live(stack)
    revert(stack)

    assert doctor(stack) == ["reverted-listener"]
    fix = (sys.executable, "-m", "greenlight", "doctor", "sandbox", "--fix", "-o", "json")
    repair = examined(stack.run(*fix))
    assert ([one["id"] for one in repair["repaired"]], repair["findings"]) == (["reverted-listener"], [])

    assert live(stack) == before
    stack.greenlight("deploy", "sandbox", "--force").succeed()
    poll("the release has the traffic", lambda: live(stack) != before)
    assert doctor(stack) == []


def test_the_plan_is_empty_after_that(stack: Stack) -> None:
    stack.assert_plan_is_empty()
