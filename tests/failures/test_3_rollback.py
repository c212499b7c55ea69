"""Stop, Ctrl-C and SIGKILL where a release cannot be stopped any more: it is being undone, or its old tasks end."""

import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.e2e.harness import Command
from tests.failures.drill import BAKE_MINUTES, NAME, Drill
from tests.failures.patience import poll
from tests.failures.scene import Scene, cause, line


@contextmanager
def being_undone(drill: Drill) -> Iterator[Command]:
    """A release that has failed, and whose rollback waits for the candidate's tasks to end."""
    with drill.candidate_held():
        with drill.gates.held("AfterInstall", "Failed"):
            deploy = drill.deploy("lingering")
            deployment = drill.begun(deploy)
            drill.reaches(deployment, "AfterInstall")
        poll("it is being undone", lambda: drill.under_way() not in ([], [deployment]))
        yield deploy


@contextmanager
def old_tasks_ending(drill: Drill) -> Iterator[Command]:
    """A release that has left its bake, and waits for the old tasks, which linger, to end."""
    with drill.candidate_held():
        deploy = drill.deploy("print-green")
        deployment = drill.begun(deploy)
        drill.bakes(deployment)
        drill.sandbox.forward(BAKE_MINUTES * 60)
        poll("old tasks end", lambda: "DRAINING" in {one["status"] for one in drill.service()["taskSets"]})
        yield deploy


@pytest.fixture
def lingering(drill: Drill) -> None:
    """What is live does not end while it is held. `usefixtures` comes before the scene, which begins after it."""
    if drill.answer() != "Lingering":
        deploy = drill.deploy("lingering")
        drill.finish(drill.begun(deploy))
        deploy.succeed()


def watching_again(drill: Drill, deploy: Command) -> Command:
    deploy.interrupt()
    assert deploy.wait() == 130, deploy.output[-8000:]
    (printed,) = re.findall(r"watch it again: greenlight (.*)$", deploy.output, re.MULTILINE)
    return drill.greenlight(*shlex.split(printed))


def test_a_rollback_is_not_stopped_but_followed(drill: Drill, scene: Scene) -> None:
    with being_undone(drill) as deploy:
        stop = drill.greenlight("stop", "drill")
        drill.wait_for(stop, "is a rollback already, and goes on")
    stop.succeed()
    assert deploy.wait() == 3

    scene.settles("before")
    scene.row(
        "people", "`greenlight stop` in a rollback", line(stop, "is a rollback already"), deploy=deploy, stop=stop
    )


def test_ctrl_c_in_a_rollback_leaves_it_to_codedeploy(drill: Drill, scene: Scene) -> None:
    with being_undone(drill) as deploy:
        drill.wait_for(deploy, "rollback d-")
        watch = watching_again(drill, deploy)
    assert watch.wait() == 3

    scene.settles("before")
    scene.row("people", "Ctrl-C in a rollback", cause(deploy, "goes on"), deploy=deploy, watch=watch)


def test_a_cli_killed_in_a_rollback_costs_nothing_that_doctor_does_not_mend(drill: Drill, scene: Scene) -> None:
    with being_undone(drill) as deploy:
        deploy.process.kill()
        deploy.wait()
    drill.ends(scene.deployments[0])

    doctor = drill.greenlight("doctor", NAME, "--fix")
    assert "repaired suspended" in doctor.succeed()
    deploy = drill.deploy("lingering")
    drill.finish(drill.begun(deploy))
    deploy.succeed()
    scene.settles("candidate")
    fault = "The CLI is killed in a rollback; once that is over, `doctor --fix` and `deploy`"
    scene.row("people", fault, line(doctor, "repaired suspended"), doctor=doctor, deploy=deploy)


@pytest.mark.usefixtures("lingering")
def test_stop_is_too_late_once_the_old_tasks_end(drill: Drill, scene: Scene) -> None:
    with old_tasks_ending(drill) as deploy:
        stop = drill.greenlight("stop", "drill")
        drill.wait_for(stop, "was over already")
    assert stop.wait() == 1
    deploy.succeed()

    scene.settles("candidate", seen=True)
    fault = "`greenlight stop` while the old tasks end"
    scene.row("people", fault, line(stop, "too late"), deploy=deploy, stop=stop)


@pytest.mark.usefixtures("lingering")
def test_ctrl_c_while_the_old_tasks_end_leaves_that_to_codedeploy(drill: Drill, scene: Scene) -> None:
    with old_tasks_ending(drill) as deploy:
        watch = watching_again(drill, deploy)
    watch.succeed()

    scene.settles("candidate", seen=True)
    scene.row("people", "Ctrl-C while the old tasks end", cause(deploy, "goes on"), deploy=deploy, watch=watch)


@pytest.mark.usefixtures("lingering")
def test_a_cli_killed_while_the_old_tasks_end_costs_nothing(drill: Drill, scene: Scene) -> None:
    with old_tasks_ending(drill) as deploy:
        deploy.process.kill()
        deploy.wait()
    drill.ends(scene.deployments[-1])

    doctor = drill.greenlight("doctor", NAME, "--fix")
    doctor.succeed()
    again = drill.deploy("print-green")
    again.succeed()
    scene.settles("candidate", seen=True)
    fault = "The CLI is killed while the old tasks end; once that is over, `doctor --fix` and `deploy`"
    scene.row("people", fault, line(again, "nothing to do"), doctor=doctor, deploy=again)
