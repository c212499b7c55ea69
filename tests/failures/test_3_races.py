"""Releases that meet, and one that nobody approves."""

from tests.failures.drill import HOUR, Drill
from tests.failures.patience import poll
from tests.failures.phases import held
from tests.failures.scene import Scene, cause, line, refusal


def test_of_two_deploys_at_once_exactly_one_begins(drill: Drill, scene: Scene) -> None:
    with drill.gates.held("AfterInstall"):
        first, second = drill.deploy(drill.good()), drill.deploy(drill.good())
        poll("one of them ends", lambda: first.process.poll() is not None or second.process.poll() is not None)
        loser, winner = (first, second) if first.process.poll() is not None else (second, first)
        assert loser.wait() == 1
        deployment = drill.begun(winner)
        assert scene.deployments == [deployment]
        third = drill.deploy(drill.good())
        assert third.wait() == 1
    drill.finish(deployment)
    winner.succeed()

    assert deployment in refusal(loser)
    scene.settles("candidate")
    scene.row("people", "Two deploys at once", refusal(third), winner=winner, loser=loser)


def test_a_second_deploy_waits_in_the_queue(drill: Drill, scene: Scene) -> None:
    with held(drill, "AfterInstall") as release:
        queued = drill.deploy("print-blue", "--queue", "--force")
        drill.wait_for(queued, f"waiting for {release.deployment}")
        release.let_go()
        drill.finish(release.deployment)
        drill.finish(drill.begun(queued))
        release.deploy.succeed()
        queued.succeed()

    scene.settles("candidate", seen=True)
    fault = "`deploy --queue` while a release is under way"
    scene.row("people", fault, line(queued, "waiting for"), first=release.deploy, queued=queued)


def test_a_second_deploy_takes_the_place_of_the_first(drill: Drill, scene: Scene) -> None:
    with held(drill, "AllowTraffic") as release:
        scene.both_answer()
        replacing = drill.deploy("print-blue", "--replace", "--force")
        assert release.deploy.wait() == 3
        drill.finish(drill.begun(replacing))
        replacing.succeed()

    scene.settles("candidate", seen=True)
    fault = "`deploy --replace` in AllowTraffic (10 %)"
    scene.row("people", fault, cause(release.deploy, "MANUAL_STOP"), first=release.deploy, replacing=replacing)


def test_what_nobody_approves_in_time_never_gets_production(drill: Drill, scene: Scene) -> None:
    with held(drill, "Ready") as release:
        drill.sandbox.forward(HOUR)
        assert release.deploy.wait() == 3

    scene.settles("before")
    why = cause(release.deploy, "nobody approved it")
    scene.row("people", "Nobody approves a release that waits for it", why, deploy=release.deploy)


def test_stop_with_nothing_under_way_has_nothing_to_do(drill: Drill, scene: Scene) -> None:
    stop = drill.greenlight("stop", "drill")
    stop.succeed()

    scene.settles("before")
    scene.row("people", "`greenlight stop` once a release is over", line(stop, "nothing to do"), stop=stop)
