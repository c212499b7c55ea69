"""AWS's API that throttles, loses an answer, or refuses credentials that have expired."""

from collections.abc import Iterator

import pytest

from tests.failures.drill import NAME, Drill
from tests.failures.phases import held
from tests.failures.scene import Scene, cause, line


@pytest.fixture(autouse=True)
def cleared(drill: Drill) -> Iterator[None]:
    yield
    drill.sandbox.clear_faults()


def test_a_throttled_watcher_asks_again_and_fails_nothing(drill: Drill, scene: Scene) -> None:
    with held(drill, "AfterInstall") as release:
        # Beyond what the SDK tries by itself.
        fault = drill.sandbox.fault("throttle", "codedeploy:GetDeployment", by="administrator", calls=9)
        release.let_go()
        line_of = "cannot ask CodeDeploy, trying again"
        drill.wait_for(release.deploy, line_of)
        drill.sandbox.clear_faults(fault)
        drill.finish(release.deployment)
        release.deploy.succeed()

    scene.settles("candidate")
    scene.row("wire", "CodeDeploy throttles who watches", line(release.deploy, line_of), deploy=release.deploy)


def test_a_lost_answer_to_create_deployment_makes_one_deployment(drill: Drill, scene: Scene) -> None:
    drill.sandbox.fault("drop", "codedeploy:CreateDeployment", calls=1)
    deploy = drill.deploy(drill.good())
    deployment = drill.begun(deploy)
    drill.finish(deployment)
    deploy.succeed()

    assert scene.deployments == [deployment]
    scene.settles("candidate")
    scene.row("wire", "The answer to CreateDeployment is lost", line(deploy, "deployment d-"), deploy=deploy)


def test_credentials_that_expire_cost_the_sight_and_not_the_deployment(drill: Drill, scene: Scene) -> None:
    with held(drill, "AfterInstall") as release:
        fault = drill.sandbox.fault("expire", "codedeploy:*")
        assert release.deploy.wait() == 4
        drill.sandbox.clear_faults(fault)
        assert drill.under_way() == [release.deployment]
        watch = drill.greenlight("watch", NAME, release.deployment)
        release.let_go()
        drill.finish(release.deployment)
        watch.succeed()

    scene.settles("candidate")
    why = cause(release.deploy, "lost sight of it")
    scene.row("wire", "Credentials expire while a release is watched", why, deploy=release.deploy, watch=watch)
