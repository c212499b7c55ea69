"""Candidates that cannot live: production never hears of them, and the CLI says why, long before CodeDeploy would."""

import pytest

from tests.failures.drill import HOUR, Drill
from tests.failures.scene import Scene, cause, refusal

NOWHERE = "registry.example.com/api@sha256:" + "0" * 64


def test_a_tag_that_is_not_there_is_refused_before_anything_begins(drill: Drill, scene: Scene) -> None:
    deploy = drill.deploy("typo")

    assert deploy.wait() == 1
    assert scene.deployments == []
    scene.settles("before")
    scene.row("candidate", "The image's tag is not there", refusal(deploy), deploy=deploy)


CRASHING = {
    "its image cannot be pulled": (NOWHERE, "CannotPullContainerError"),
    "it crashes": (":crash", "panic: no such database"),
    "it is unhealthy": (":unhealthy", "Target.ResponseCodeMismatch"),
}


@pytest.mark.parametrize("fault", CRASHING)
def test_a_candidate_that_cannot_live_is_given_up_in_minutes(drill: Drill, scene: Scene, fault: str) -> None:
    image, why = CRASHING[fault]
    deploy = drill.greenlight("deploy", "drill", "--image", image)

    assert deploy.wait() == 3
    assert cause(deploy, "stopped with rollback by greenlight: the candidate keeps crashing")
    scene.settles("before", plan=fault == "it crashes")
    scene.row("candidate", f"The candidate cannot live: {fault}", cause(deploy, why), deploy=deploy)


def test_a_candidate_that_never_becomes_healthy_is_given_up_by_codedeploy_after_an_hour(
    drill: Drill, scene: Scene
) -> None:
    with drill.grace(2 * HOUR), drill.candidate_held():
        deploy = drill.deploy("slow")
        drill.reaches(drill.begun(deploy), "Install")
        drill.sandbox.forward(HOUR)
        assert deploy.wait() == 3

    scene.settles("before")
    why = cause(deploy, "TIMEOUT")
    scene.row("candidate", "The candidate is neither healthy nor given up for an hour", why, deploy=deploy)
