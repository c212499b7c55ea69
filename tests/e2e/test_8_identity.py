"""Any image can be released: which version answers is proven by its own word, or by where the test listener leads."""

import json
from typing import Any

import pytest

from sandbox.stream import RequestStream
from tests.e2e.harness import Command, Stack, poll

pytestmark = pytest.mark.usefixtures("images")


def last_verdict(stack: Stack, status: str) -> dict[str, Any]:
    """The newest verdict of the hook, once it is this one."""
    group = stack.manifest()["log_groups"]["hooks"]["BeforeAllowTraffic"]

    def newest() -> dict[str, Any] | None:
        events = stack.client("logs").filter_log_events(logGroupName=group)["events"]
        verdicts = [json.loads(event["message"]) for event in events if '"verdict"' in event["message"]]
        return dict(verdicts[-1]) if verdicts and verdicts[-1]["status"] == status else None

    return dict(poll(f"the hook says {status}", newest))


def test_an_image_that_says_nothing_is_released_by_where_the_test_listener_leads(
    stack: Stack, stream: RequestStream
) -> None:
    stack.greenlight("deploy", "sandbox", "--image", ":print-plain").succeed()
    stream.phase("after")
    poll("answers after the release", lambda: stream.answers["after"].total() > 20)

    assert last_verdict(stack, "Succeeded")["identity_by"] == "listener"
    assert stream.failed == {}
    assert set(stream.answers["after"]) == {"Plain"}


def test_a_test_listener_that_leads_to_the_live_version_is_refused_by_name(stack: Stack, stream: RequestStream) -> None:
    """Somebody moves it by hand, between CodeDeploy's own move and the hook's checks, and nobody says who answers."""
    live, candidate = live_and_candidate(stack)
    deploy = stack.greenlight("deploy", "sandbox", "--image", ":print-unsigned")
    poll("CodeDeploy has moved the test listener", lambda: before_allow_traffic(deploy))
    balancer = stack.manifest()["load_balancer"]
    arns = {balancer[color]["name"]: balancer[color]["arn"] for color in ("blue", "green")}
    stack.client("elbv2").modify_listener(
        ListenerArn=balancer["test_listener"], DefaultActions=[{"Type": "forward", "TargetGroupArn": arns[live]}]
    )

    assert deploy.wait() == 3
    reason = last_verdict(stack, "Failed")["reason"]
    assert f"forwards to {live}, expected {candidate} alone" in reason
    assert set(stream.answers["before"]) == {"Plain"}


def before_allow_traffic(deploy: Command) -> bool:
    return "BeforeAllowTraffic" in deploy.output


def live_and_candidate(stack: Stack) -> tuple[str, str]:
    """The target groups that the two versions of the next release have."""
    weights = stack.prod_weights()
    live = max(weights, key=lambda name: weights[name])
    (candidate,) = {"sandbox-api-blue", "sandbox-api-green"} - {live}
    return live, candidate


def test_then_the_image_that_says_who_it_is_is_released_by_its_own_word(stack: Stack, stream: RequestStream) -> None:
    stack.greenlight("rollback", "sandbox").succeed()

    assert last_verdict(stack, "Succeeded")["identity_by"] == "header"
    assert stream.failed == {}


def test_an_image_that_names_another_version_is_refused(stack: Stack, stream: RequestStream) -> None:
    deploy = stack.greenlight("deploy", "sandbox", "--image", ":print-impostor")

    assert deploy.wait() == 3
    assert 'x-task-definition is "sandbox-api:1000", expected "sandbox-api:' in deploy.output
    assert "Impostor" not in {answer for phase in stream.answers.values() for answer in phase}


def test_the_plan_is_empty_after_all_of_them(stack: Stack) -> None:
    stack.assert_plan_is_empty()
