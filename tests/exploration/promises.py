"""What has to be true when `greenlight` exits, and when all is quiet again."""

from __future__ import annotations

from sandbox.codedeploy_engine.records import Deployment
from tests.exploration.api import Api
from tests.exploration.processes import Process
from tests.exploration.world import World


def at_exit(world: World, api: Api, process: Process) -> None:
    """Nothing has happened since."""
    if process.code is None:
        return
    if process.code == 1 and process.document.get("outcome") != "too-late":
        world.promise(not process.created, "exit code 1: no deployment was made")
        world.promise(not process.stopped, "exit code 1: no deployment was stopped")
        world.promise(not process.continued, "exit code 1: no deployment was let go on")
    check = {0: _ok, 3: _failed, 4: _lost, 5: _rollback_failed, 130: _detached}.get(process.code)
    if check:
        check(world, process)
    if process.suspended and api.suspended != api.before:
        last = next(line for line in reversed(process.lines) if "autoscaling" in line)
        world.promise(not last.startswith("autoscaling suspended"), "autoscaling that stays suspended is told")


def _about(world: World, process: Process) -> Deployment | None:
    """The deployment that the command was about."""
    about = (process.document.get("deployment") or {}).get("id") or next(iter(process.created), None)
    return world.deployments.get(about) if about else None


def _ok(world: World, process: Process) -> None:
    outcome = process.document.get("outcome")
    deployment = _about(world, process)
    if deployment and _superseded(world, deployment):
        return
    if outcome == "ready":
        seen = process.sight.get(deployment.deployment_id) if deployment else "Failed"
        world.promise(seen not in ("Failed", "Stopped"), "exit code 0, ready: it was under way when last seen")
    elif outcome == "stopped":
        assert deployment is not None
        kept = world.production() == {world.was_live[deployment.deployment_id]: 100}
        world.promise(kept, "exit code 0 of a stop: the version before has the traffic")
    elif deployment is not None:
        kept = world.production() == {deployment.appspec.task_definition: 100}
        world.promise(kept, "exit code 0: the new version has the traffic")
    else:
        kept = world.production() == {world.primary_set().task_definition: 100}
        world.promise(kept, "exit code 0, nothing to do: the live version has the traffic")


def _failed(world: World, process: Process) -> None:
    deployment = _about(world, process)
    if deployment is None:
        ended = [*process.stopped, *process.continued]
        world.promise(bool(ended) and ended[0] in process.text, "exit code 3, not begun: what was ended is told")
        return
    if _superseded(world, deployment):
        return
    kept = world.production() == {world.was_live[deployment.deployment_id]: 100}
    world.promise(kept, "exit code 3: the old version has the traffic")
    quiet = world.active() is None or world.active() not in _family(world, deployment)
    world.promise(quiet, "exit code 3: the release is over")


def _rollback_failed(world: World, process: Process) -> None:
    deployment = _about(world, process)
    assert deployment is not None
    old = world.was_live[deployment.deployment_id]
    ended = [one.status for one in _family(world, deployment) if one.undoes is not None]
    # What CodeDeploy shows is said before it is done: it may be that the load balancer has refused it.
    may_have = deployment.green_weight > 0 or world.production() != {old: 100}
    kept = ended == ["Failed"] or (not ended and may_have)
    world.promise(kept, "exit code 5: the rollback failed, or there was none and the candidate may have traffic")


def _lost(world: World, process: Process) -> None:
    world.promise("greenlight watch" in process.text, "exit code 4: the command that goes on is told")
    _goes_on(world, process, 4)


def _detached(world: World, process: Process) -> None:
    active = world.active()
    touched = (*process.stopped, *process.continued)
    if process.created or (active and (active.undoes or active).deployment_id in touched):
        world.promise("greenlight watch" in process.text, "exit code 130: the command that goes on is told")
        _goes_on(world, process, 130)


def _goes_on(world: World, process: Process, code: int) -> None:
    """As far as it could see: nobody saw it end."""
    deployment = _about(world, process)
    if deployment is None or process.blind:
        return
    family = _family(world, deployment)
    seen = [process.sight.get(one.deployment_id) for one in family]
    over = all(status in ("Succeeded", "Failed", "Stopped") for status in seen)
    world.promise(not over, f"exit code {code}: it was not seen to end")


def _family(world: World, deployment: Deployment) -> list[Deployment]:
    return [one for one in world.deployments.values() if deployment in (one, one.undoes)]


def _superseded(world: World, deployment: Deployment) -> bool:
    """Another release has begun since, while the command was slow to look."""
    return list(world.deployments.values())[-1] not in _family(world, deployment)


def when_quiet(world: World) -> None:
    """All deployments have ended, and no `greenlight` runs."""
    if _left_alone(world):
        return
    live = world.primary_set()
    world.promise(world.production() == {live.task_definition: 100}, "one version has all of production in the end")
    world.promise(world.service.task_sets == [live], "no task set is left over")
    world.promise(world.shares["test"].get(live.group) == 100, "the test listener is with production in the end")


def _left_alone(world: World) -> bool:
    """The last release failed, and nothing has undone it: somebody decided so, or the rollback failed."""
    if not world.deployments:
        return False
    last = list(world.deployments.values())[-1]
    if last.undoes is not None:
        return last.status == "Failed"
    return last.status in ("Failed", "Stopped") and last.replacement is not None


def afterwards(world: World, api: Api, process: Process) -> None:
    """A release after all that, without any fault."""
    if process.code == 1 and _left_alone(world) and "must be behind listener" in process.text:
        return  # a rollback that failed half-way: what to do is told
    last = list(world.deployments.values())[-1] if world.deployments else None
    if process.document.get("outcome") == "nothing-to-do" and last and last.undoes and last.status == "Failed":
        return  # ECS's primary has not followed the traffic: exit code 5 said so, and `doctor` finds it
    world.promise(process.code == 0, "the next release succeeds")
    _ok(world, process)
    when_quiet(world)
    world.promise(api.suspended == api.before, "the next release brings autoscaling back as it was")
    world.promise("/greenlight/dev/api/suspended" not in api.parameters, "the next release takes the record away")
