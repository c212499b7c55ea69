"""AWS's API that throttles, loses an answer, or refuses credentials that have expired."""

import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e.harness import AWS_CLI
from tests.failures.drill import NAME, Drill
from tests.failures.phases import held
from tests.failures.scene import Scene, cause, line, refusal


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


def test_a_rollback_that_fails_half_way_is_told_and_gives_no_production_to_what_failed(
    drill: Drill, scene: Scene
) -> None:
    failed = drill.good()
    with ExitStack() as denied:
        with drill.gates.held("AfterAllowTraffic", "Failed"):
            deploy = drill.deploy(failed)
            drill.reaches(drill.begun(deploy), "AfterAllowTraffic")
            denied.enter_context(drill.codedeploy_may_not("ecs:UpdateServicePrimaryTaskSet"))
        assert deploy.wait() == 5
    # Production is back; ECS has not been told.
    assert drill.answer() == scene.before.version
    doctor = drill.greenlight("doctor", NAME, "--fix")
    assert doctor.wait() == 2
    assert drill.answer() == scene.before.version
    again = drill.deploy(failed)
    assert again.wait() == 1
    # The way out that doctor tells: what ECS calls live is well here, so that it can have production for a release.
    (told,) = re.findall(r"if it can, aws (elbv2 modify-listener .*), then deploy the version before", doctor.output)
    drill.run(AWS_CLI, *shlex.split(told)).succeed()
    last = drill.deploy(drill.good())
    drill.finish(drill.begun(last))
    last.succeed()

    scene.settles("candidate", seen=True)
    fault = "CodeDeploy's role is denied UpdateServicePrimaryTaskSet in a rollback"
    scene.row("wire", fault, refusal(again), deploy=deploy, doctor=doctor, again=again, last=last)
