"""Stop, Ctrl-C and SIGKILL in every phase of a release."""

import re
import shlex

import pytest

from tests.failures.drill import NAME, Drill
from tests.failures.phases import CALLED, IN_PRODUCTION, PHASES, held
from tests.failures.scene import Scene, cause, line


@pytest.mark.parametrize("phase", PHASES)
def test_stop_gives_production_to_the_version_before(drill: Drill, scene: Scene, phase: str) -> None:
    with held(drill, phase) as release:
        if phase in IN_PRODUCTION:
            scene.both_answer()
        stop = drill.greenlight("stop", "drill")
        stop.succeed()
        assert release.deploy.wait() == 3

    scene.settles("before", seen=phase in IN_PRODUCTION, plan=phase == "AllowTraffic")
    fault = f"`greenlight stop` in {CALLED.get(phase, phase)}"
    scene.row("people", fault, cause(release.deploy, "MANUAL_STOP"), deploy=release.deploy, stop=stop)


@pytest.mark.parametrize("phase", PHASES)
def test_ctrl_c_stops_nothing_and_what_it_prints_watches_the_release_to_its_end(
    drill: Drill, scene: Scene, phase: str
) -> None:
    with held(drill, phase) as release:
        release.deploy.interrupt()
        assert release.deploy.wait() == 130, release.deploy.output[-8000:]
        assert drill.under_way() == [release.deployment]
        (printed,) = re.findall(r"watch it again: greenlight (.*)$", release.deploy.output, re.MULTILINE)
        watch = drill.greenlight(*shlex.split(printed))
        release.let_go()
        drill.finish(release.deployment)
        watch.succeed()

    scene.settles("candidate")
    fault = f"Ctrl-C in {CALLED.get(phase, phase)}"
    scene.row("people", fault, cause(release.deploy, "goes on"), deploy=release.deploy, watch=watch)


@pytest.mark.parametrize("phase", PHASES)
def test_a_killed_cli_costs_nothing_that_doctor_does_not_mend(drill: Drill, scene: Scene, phase: str) -> None:
    with held(drill, phase) as release:
        release.deploy.process.kill()
        release.deploy.wait()
        assert drill.under_way() == [release.deployment]
        release.let_go()
        drill.finish(release.deployment)

    doctor = drill.greenlight("doctor", NAME, "--fix")
    assert "repaired suspended" in doctor.succeed()
    # The same version again: nothing is left to do.
    deploy = drill.deploy(release.tag)
    deploy.succeed()
    scene.settles("candidate")
    fault = f"The CLI is killed in {CALLED.get(phase, phase)}; once the release is over, `doctor --fix` and `deploy`"
    scene.row("people", fault, line(deploy, "nothing to do"), doctor=doctor, deploy=deploy)
