"""An alarm that fires stops a release wherever it is, lets none begin, and never blocks the way out."""

import pytest

from tests.failures.drill import Drill
from tests.failures.phases import CALLED, held
from tests.failures.scene import Scene, cause, refusal


@pytest.mark.parametrize("phase", ["AllowTraffic", "bake"])
def test_an_alarm_gives_production_to_the_version_before(drill: Drill, scene: Scene, phase: str) -> None:
    with held(drill, phase) as release:
        scene.both_answer()
        drill.alarm("ALARM")
        try:
            assert release.deploy.wait() == 3
        finally:
            drill.alarm("OK")

    scene.settles("before", seen=True)
    fault = f"An alarm of the group fires in {CALLED[phase]}"
    scene.row("alarms", fault, cause(release.deploy, "ALARM_ACTIVE"), deploy=release.deploy)


def test_while_an_alarm_fires_no_release_begins_and_the_way_back_is_open(drill: Drill, scene: Scene) -> None:
    drill.alarm("ALARM")
    try:
        deploy = drill.deploy(drill.good())
        assert deploy.wait() == 1
        assert scene.deployments == []
        rollback = drill.greenlight("rollback", "drill")
        drill.finish(drill.begun(rollback))
        rollback.succeed()
    finally:
        drill.alarm("OK")

    scene.settles("candidate")
    scene.row("alarms", "An alarm fires already", refusal(deploy), deploy=deploy, rollback=rollback)
