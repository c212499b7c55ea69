"""Releases through the hook: a good one takes the traffic without dropping a request, a bad one never gets any."""

import json
from collections import Counter
from typing import Any

import pytest

from sandbox.bench.stack import shift
from sandbox.stream import Answer, RequestStream
from tests.e2e.harness import Command, Stack, poll

pytestmark = pytest.mark.usefixtures("images", "dev_under_way", "shop_under_way")


def live(stack: Stack) -> dict[str, Any]:
    """The one task set of the service between releases."""
    (service,) = stack.client("ecs").describe_services(cluster="sandbox", services=["sandbox-api"])["services"]
    (task_set,) = service["taskSets"]
    return dict(task_set)


def too_early_or_late(release: Command, stream: RequestStream) -> list[Answer]:
    """Answers of a version that had no production traffic then, by CodeDeploy's own times."""
    seen = shift(json.loads(release.output[release.output.index("\n{") :]))
    return [answer for answer in stream.log if answer.revision not in seen.may_answer(answer)]


def test_a_good_release_takes_the_traffic_without_dropping_a_request(stack: Stack, stream: RequestStream) -> None:
    release = stack.greenlight("deploy", "sandbox", "--image", ":print-blue", "-o", "json")
    release.succeed()
    stream.phase("after")
    poll("answers after the release", lambda: stream.answers["after"].total() > 20)

    assert stream.failed == {}
    assert set(stream.answers["after"]) == {"Blue"}
    assert too_early_or_late(release, stream) == []


def test_the_hook_tested_the_candidate_and_said_so_in_its_log(stack: Stack) -> None:
    group = stack.manifest()["log_groups"]["hooks"]["BeforeAllowTraffic"]

    def verdicts() -> list[str]:
        events = stack.client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events if '"verdict"' in event["message"]]

    (verdict,) = poll("the hook's verdict is logged", verdicts)

    assert json.loads(verdict)["expected_identity"] == "sandbox-api:2"


@pytest.mark.parametrize("command", ["status sandbox", "history sandbox", "list"])
def test_whoever_releases_sees_what_is_live(stack: Stack, command: str) -> None:
    assert "sandbox" in stack.greenlight(*command.split()).succeed()


def test_the_plan_is_empty_after_one_release(stack: Stack) -> None:
    stack.assert_plan_is_empty()


def test_the_same_image_again_is_nothing_to_do(stack: Stack) -> None:
    before = live(stack)["taskDefinition"]

    stack.greenlight("deploy", "sandbox", "--image", ":print-blue").succeed()

    assert live(stack)["taskDefinition"] == before


def test_a_bad_release_is_refused_by_the_hook_and_never_gets_a_request(stack: Stack, stream: RequestStream) -> None:
    deploy = stack.greenlight("deploy", "sandbox", "--image", ":print-broken")

    assert deploy.wait() == 3
    assert stream.failed == {}
    assert sum(stream.answers.values(), Counter()).keys() == {"Blue"}


def test_the_last_lines_of_a_refused_release_name_route_expected_and_got(stack: Stack) -> None:
    deploy = stack.greenlight("deploy", "sandbox", "--image", ":print-broken")
    deploy.wait()
    last = "\n".join(deploy.output.strip().splitlines()[-12:])

    assert "hook: GET /one FAILED: answered 500, expected 200" in last


def test_rollback_gives_the_traffic_back_to_the_version_before(stack: Stack, stream: RequestStream) -> None:
    rollback = stack.greenlight("rollback", "sandbox", "-o", "json")
    rollback.succeed()
    stream.phase("after")
    poll("answers after the rollback", lambda: stream.answers["after"].total() > 20)

    assert stream.failed == {}
    assert set(stream.answers["after"]) == {"Green"}
    assert too_early_or_late(rollback, stream) == []


def test_the_plan_is_empty_after_a_rollback(stack: Stack) -> None:
    stack.assert_plan_is_empty()


def test_ctrl_c_detaches_with_130_and_stops_nothing_but_stop_does(stack: Stack, stream: RequestStream) -> None:
    deploy = stack.greenlight("deploy", "sandbox", "--image", ":print-blue")
    poll("the release is under way", lambda: "Install" in deploy.output)
    deploy.interrupt()

    assert deploy.wait() == 130
    assert "greenlight watch" in deploy.output
    assert len(stack.in_flight()) == 1
    stack.greenlight("stop", "sandbox").succeed()
    stream.phase("after")
    poll("answers after the stop", lambda: stream.answers["after"].total() > 20)
    assert stream.failed == {}
    assert set(stream.answers["after"]) == {"Green"}
