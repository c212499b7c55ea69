"""`greenlight stop`: end the deployment that is in flight."""

import json

from greenlight import deployments, release
from greenlight.context import Context, Result
from greenlight.deployment import Deployment, Until
from greenlight.follow import follow
from greenlight.outcome import Exit


def run(context: Context, *, dry_run: bool) -> Result:
    """Production goes back to, or stays on, the version that was live before; followed to the end of that."""
    found = deployments.in_flight(context.aws, context.manifest)
    if found is None:
        context.show.line("nothing to do: no deployment is in flight")
        return Result(Exit.OK, {"target": context.manifest.address, "outcome": "nothing-to-do"})
    return stop(context, found, dry_run=dry_run)


def stop(context: Context, found: Deployment, *, dry_run: bool) -> Result:
    """Exit code 0: the version before has the traffic, which is what was asked for."""
    if dry_run:
        asked = {"deploymentId": found.id, "autoRollbackEnabled": True}
        whole = release.requests(codedeploy_StopDeployment=asked) if not found.undoes else {"requests": []}
        return Result(Exit.OK, {"target": context.manifest.address} | whole, json.dumps(whole["requests"], indent=2))
    if found.undoes:
        context.show.line(f"{found.id} is a rollback already, and goes on")
        followed = follow(context, found.undoes, until=Until.done, seconds=release.ROLLBACK_SECONDS, guard=False)
    else:
        context.show.line(f"stopping {found.id} with rollback")
        if not deployments.stop(context.aws, found.id):
            context.show.line(f"{found.id} was over already")
        followed = follow(context, found.id, until=Until.done, seconds=release.ROLLBACK_SECONDS, guard=False)
    content = release.document(context, followed)
    if followed.exit is Exit.FAILED:
        context.show.line("stopped: the version before has the traffic", "bold green")
        return Result(Exit.OK, content | {"outcome": "stopped"})
    if followed.exit is Exit.OK:
        context.show.line(f"too late: {found.id} has succeeded, and its version has the traffic", "bold red")
        context.show.line(f"to go back nevertheless: {context.command('rollback')}", "bold")
        return Result(Exit.ERROR, content | {"outcome": "too-late"})
    return release.report(context, followed, "")
