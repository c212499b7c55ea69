"""Hooks that do not agree, in every way: production stays, or comes back, and later events are not run."""

import pytest
from botocore.exceptions import ClientError

from tests.failures.drill import HOUR, Drill
from tests.failures.gates import EVENTS
from tests.failures.scene import Scene, cause, refusal

CRASHING = """#!PYTHON
import os, sys, urllib.request

urllib.request.urlopen("http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/next").read()
sys.exit(3)
"""
PUT = "codedeploy:PutLifecycleEventHookExecutionStatus"


def refused_answer(drill: Drill, deployment: str, execution: str) -> str:
    """The code of the error that a yes is answered with."""
    with pytest.raises(ClientError) as caught:
        drill.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=deployment, lifecycleEventHookExecutionId=execution, status="Succeeded"
        )
    return str(caught.value.response["Error"]["Code"])


def test_a_candidate_that_the_release_hook_refuses_gets_no_request(drill: Drill, scene: Scene) -> None:
    deploy = drill.deploy("broken")

    assert deploy.wait() == 3
    scene.settles("before", plan=True)
    scene.row("hook", "The release hook's checks fail", cause(deploy, "hook: GET /one FAILED"), deploy=deploy)


@pytest.mark.parametrize("event", EVENTS)
def test_a_hook_that_says_failed_ends_the_release_there(drill: Drill, scene: Scene, event: str) -> None:
    with drill.gates.held(event, "Failed"):
        deploy = drill.deploy(drill.good())
        deployment = drill.begun(deploy)
        drill.reaches(deployment, event)
        before = drill.service()["taskSets"]
        if event == "AfterAllowTraffic":
            scene.both_answer()

    assert deploy.wait() == 3
    events = drill.events(deployment)
    after = list(events)[list(events).index(event) + 1 :]
    assert {events[later] for later in after} <= {"Skipped"}
    # The version before is there to go back to until the last hook has agreed.
    assert {one["runningCount"] for one in before} == {2}
    scene.settles("before", seen=event == "AfterAllowTraffic")
    scene.row("hook", f"The hook of {event} answers Failed", cause(deploy, f"{event} Failed"), deploy=deploy)


def test_a_hook_that_is_silent_for_an_hour_has_said_no_and_its_late_answer_changes_nothing(
    drill: Drill, scene: Scene
) -> None:
    with drill.gates.held("AfterAllowTestTraffic", "silent"):
        deploy = drill.deploy(drill.good())
        drill.reaches(drill.begun(deploy), "AfterAllowTestTraffic")
    assert drill.gates.told("AfterAllowTestTraffic") == []
    drill.sandbox.forward(HOUR)
    assert deploy.wait() == 3

    asked = drill.gates.asked("AfterAllowTestTraffic")
    late = refused_answer(drill, asked["DeploymentId"], asked["LifecycleEventHookExecutionId"])
    assert late == "LifecycleEventAlreadyCompletedException"
    scene.settles("before")
    scene.row("hook", "A hook gives no answer for an hour", cause(deploy, "ScriptTimedOut"), deploy=deploy)
    scene.row("hook", "A hook answers when the hour is over", late, deploy=deploy)


def test_only_the_first_proper_answer_counts(drill: Drill, scene: Scene) -> None:
    with drill.gates.held("AfterInstall", "Skipped", "Succeeded", "Failed"):
        deploy = drill.deploy(drill.good())
        deployment = drill.begun(deploy)
        drill.reaches(deployment, "AfterInstall")
        refused = refused_answer(drill, deployment, "made-up")

    told = drill.gates.told("AfterInstall")
    drill.finish(deployment)
    deploy.succeed()
    scene.settles("candidate")
    assert refused == "InvalidLifecycleEventHookExecutionIdException"
    assert told == [
        "InvalidLifecycleEventHookExecutionStatusException",
        "accepted",
        "LifecycleEventAlreadyCompletedException",
    ]
    scene.row("hook", "A hook answers `Skipped`", told[0], deploy=deploy)
    scene.row("hook", "A hook answers twice", told[2], deploy=deploy)
    scene.row("hook", "Somebody answers for an execution that there is not", refused, deploy=deploy)


def test_a_release_hook_that_crashes_is_not_waited_for(drill: Drill, scene: Scene) -> None:
    with drill.hook_is(CRASHING):
        deploy = drill.deploy(drill.good())
        assert deploy.wait() == 3

    scene.settles("before")
    scene.row("hook", "The release hook crashes", cause(deploy, "can no longer answer"), deploy=deploy)


def test_a_release_hook_that_may_not_answer_is_not_waited_for(drill: Drill, scene: Scene) -> None:
    with drill.hook_may_not(PUT), drill.hook_ends_after(20):
        deploy = drill.deploy(drill.good())
        assert deploy.wait() == 3

    scene.settles("before")
    why = cause(deploy, "can no longer answer")
    scene.row("hook", "The release hook may not answer CodeDeploy", why, deploy=deploy)


def test_a_hook_that_goes_away_during_a_release_ends_it(drill: Drill, scene: Scene) -> None:
    with drill.gates.held("AfterInstall"):
        deploy = drill.deploy(drill.good())
        drill.reaches(drill.begun(deploy), "AfterInstall")
        drill.gates.remove("AfterAllowTestTraffic")
    try:
        assert deploy.wait() == 3
    finally:
        drill.gates.make("AfterAllowTestTraffic")

    scene.settles("before")
    why = cause(deploy, "AfterAllowTestTraffic Failed")
    scene.row("hook", "A hook's function goes away during the release", why, deploy=deploy)


def test_a_hook_that_is_gone_is_told_before_anything_begins(drill: Drill, scene: Scene) -> None:
    drill.gates.remove("AfterAllowTraffic")
    try:
        deploy = drill.deploy(drill.good())
        assert deploy.wait() == 1
    finally:
        drill.gates.make("AfterAllowTraffic")

    assert scene.deployments == []
    scene.settles("before")
    scene.row("hook", "A hook's function is gone before the release", refusal(deploy), deploy=deploy)
