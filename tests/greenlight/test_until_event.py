"""`--until` a lifecycle event, on `deploy` and `watch`, and what becomes of a release that takes too long."""

import json
from typing import Any

import pytest

from greenlight.commands import deploy, watch
from greenlight.deployment import IN_FLIGHT, OnTimeout, Until, parse
from greenlight.limits import limit_minutes
from tests.greenlight.script import EVENTS, step

EVERY = ["ready", "traffic", "done", *EVENTS]


def test_every_lifecycle_event_can_be_named_in_codedeploys_order() -> None:
    assert [str(one) for one in Until] == EVERY


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_reached_when_it_has_ended_well_and_not_before(event: str) -> None:
    turn = EVENTS.index(event)
    during = parse({"deploymentId": "d-1"} | step(at=event)["info"], step(at=event)["target"])
    after = step(at=EVENTS[turn + 1]) if turn + 1 < len(EVENTS) else step(weight=100.0)

    assert not during.reached(Until(event))
    assert parse({"deploymentId": "d-1"} | after["info"], after["target"]).reached(Until(event))


@pytest.mark.parametrize("event", EVENTS)
def test_what_is_skipped_because_another_event_failed_is_not_reached(event: str) -> None:
    """CodeDeploy marks it before it says that the deployment has failed."""
    failing = step(failed="BeforeInstall")
    seen = parse({"deploymentId": "d-1"} | failing["info"], failing["target"])

    assert (seen.status in IN_FLIGHT, seen.reached(Until(event))) == (True, False)


@pytest.mark.parametrize("absent", ["Skipped", None])
def test_an_event_that_codedeploy_passes_over_is_reached_with_the_next(absent: str | None) -> None:
    script = step(at="AfterAllowTestTraffic")
    events = script["target"]["lifecycleEvents"]
    place = EVENTS.index("AllowTestTraffic")
    if absent:
        events[place]["status"] = absent
    else:
        del events[place]

    assert parse({"deploymentId": "d-1"} | script["info"], script["target"]).reached(Until.AllowTestTraffic)


@pytest.mark.parametrize(
    ("event", "last", "outcome"),
    [
        ("Install", "api:2 goes on without us, at BeforeAllowTraffic: the live version has the traffic", "reached"),
        ("BeforeAllowTraffic", "api:2 is ready for production traffic", "ready"),
        ("AllowTraffic", "api:2 has the traffic", "succeeded"),
        ("AfterAllowTraffic", "api:2 has the traffic", "succeeded"),
    ],
)
def test_deploy_returns_after_the_event_and_leaves_the_release_to_itself(
    context: Any, aws: Any, event: str, last: str, outcome: str
) -> None:
    result = deploy.run(context, deploy.Options(image=":blue", until=Until(event)))

    assert (result.exit_code, result.document["outcome"], context.show.lines[-1]) == (0, outcome, last)
    assert aws.made("codedeploy:StopDeployment") == []


def test_watch_returns_after_the_event_too(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", play.good[1:])

    result = watch.run(context, "d-1", Until.AllowTestTraffic)

    assert (result.exit_code, result.document["outcome"]) == (0, "reached")
    assert result.document["way_back"] == "greenlight stop dev/api --region us-east-1"
    assert context.show.lines[-1] == (
        "the version of d-1 goes on without us, at BeforeAllowTraffic: the live version has the traffic"
    )


def test_a_release_that_fails_before_the_event_has_failed(context: Any, aws: Any, play: Any) -> None:
    aws.play("d-1", [play.step("Failed", failed="Install", autoRollbackConfiguration={})])

    assert watch.run(context, "d-1", Until.AfterAllowTraffic).exit_code == 3


@pytest.mark.parametrize("verb", ["deploy", "watch"])
def test_a_wrong_name_is_an_error_that_lists_the_right_ones(greenlight: Any, verb: str) -> None:
    code, _, told = greenlight(verb, "dev/api", "--until", "AllowTestTrafic")

    assert code == 1
    said = " ".join(told.replace("│", " ").split())
    assert "'AllowTestTrafic' is not one of " + ", ".join(f"'{one}'" for one in EVERY) in said


def test_only_an_event_after_the_shift_waits_for_it() -> None:
    canary = {"trafficRoutingConfig": {"timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 15}}}
    bake = {"terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 30}}

    minutes = {one: limit_minutes({"blueGreenDeploymentConfiguration": bake}, canary, 1, one) for one in Until}

    before = ("ready", *EVENTS[: EVENTS.index("AllowTraffic")])
    assert minutes == {one: 130 if one in before else 175 if one == "done" else 145 for one in EVERY}


# --on-timeout --------------------------------------------------------------------------------------------------------


def test_a_release_that_takes_too_long_is_stopped_by_default(context: Any, aws: Any, play: Any) -> None:
    aws.next_script = [play.step(at="Install", running=0)]
    aws.play("d-BACK", [play.step("Succeeded", rollbackInfo={"rollbackTriggeringDeploymentId": "d-NEW1"})])
    aws.not_yet = {"d-BACK"}
    aws.stop_script = [play.step("Stopped", failed="Install", rollbackInfo={"rollbackDeploymentId": "d-BACK"})]

    result = deploy.run(context, deploy.Options(image=":blue"))

    assert (result.exit_code, result.document["outcome"]) == (3, "failed")
    assert result.document["causes"][0] == (
        "stopped with rollback by greenlight: it took longer than its deployment group allows"
    )
    assert len(aws.made("codedeploy:StopDeployment")) == 1


def test_with_detach_it_is_left_running_and_the_command_that_takes_it_up_again_is_told(
    greenlight: Any, aws: Any, play: Any
) -> None:
    aws.next_script = [play.step(at="Install", running=0)]

    code, out, told = greenlight("deploy", "dev/api", "--image", ":blue", "--on-timeout", "detach", "-o", "json")

    found = json.loads(out)
    assert (code, found["outcome"], found["watch"]) == (
        *(4, "lost-sight"),
        "greenlight watch dev/api d-NEW0 --region us-east-1",
    )
    assert found["causes"] == [
        "lost sight of it: not over after 135 minutes, last seen InProgress; deployment d-NEW0 goes on"
    ]
    assert told.splitlines()[-1].endswith("watch it again: greenlight watch dev/api d-NEW0 --region us-east-1")
    assert aws.made("codedeploy:StopDeployment") == []


def test_detach_leaves_a_candidate_that_crashes_to_be_stopped(context: Any, aws: Any, play: Any) -> None:
    crashed = {
        "desiredStatus": "STOPPED",
        "taskDefinitionArn": f"{play.family}:2",
        "stopCode": "EssentialContainerExited",
    }
    aws.tasks = [crashed | {"taskArn": f"t/{number}"} for number in range(3)]
    aws.next_script = [play.step(at="Install", running=0)]
    aws.stop_script = [play.step("Stopped", failed="Install", autoRollbackConfiguration={})]

    result = deploy.run(context, deploy.Options(image=":blue", on_timeout=OnTimeout.detach))

    assert result.exit_code == 3
    assert len(aws.made("codedeploy:StopDeployment")) == 1
