"""`greenlight stop`: end the deployment that is in flight."""

from functools import partial

from greenlight import codedeploy, limits, report
from greenlight.commands.command_line import DryRun, Output, Profile, Region, Target, on_service
from greenlight.context import Context, Result
from greenlight.deployment import Deployment, Until
from greenlight.follow import follow, interrupted
from greenlight.outcome import Exit
from greenlight.output import Format


def command(
    target: Target,
    dry_run: DryRun = False,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Stop the deployment in flight: the version before keeps, or gets back, the traffic."""
    on_service("stop", target, output, region, profile, lambda context: run(context, dry_run=dry_run))


def run(context: Context, *, dry_run: bool) -> Result:
    """Production goes back to, or stays on, the version that was live before; followed to the end of that."""
    found = codedeploy.under_way(context)
    if found:
        return stop(context, found, dry_run=dry_run)
    context.show.line("nothing to do: no deployment is in flight")
    if dry_run:
        return report.dry_run(context, {})
    return Result(Exit.OK, {"target": context.manifest.address, "outcome": "nothing-to-do"})


def stop(context: Context, found: Deployment, *, dry_run: bool) -> Result:
    """Exit code 0: the version before has the traffic, which is what was asked for."""
    if dry_run:
        return report.dry_run(context, codedeploy.ending(found))
    if found.undoes:
        context.show.line(f"{found.id} is a rollback already, and goes on")
    elif found.over:
        context.show.line(f"{found.id} has just failed, and CodeDeploy undoes it")
    else:
        context.show.line(f"stopping {found.id} with rollback")
        try:
            ask = partial(codedeploy.end, context.aws, codedeploy.ending(found))
            was_running = codedeploy.answered(context, found, "being stopped", ask)
        except KeyboardInterrupt:
            return report.ended(context, interrupted(context, found, "being stopped"))
        if not was_running:
            context.show.line(f"{found.id} was over already")
    released = found.undoes or found.id
    followed = follow(context, released, until=Until.done, seconds=limits.ROLLBACK_SECONDS, guard=False, stopping=True)
    content = report.document(context, followed)
    if followed.exit is Exit.FAILED:
        context.show.line("stopped: the version before has the traffic", "bold green")
        return Result(Exit.OK, content | {"outcome": "stopped"})
    if followed.exit is Exit.OK:
        context.show.line(f"too late: {found.id} has succeeded, and its version has the traffic", "bold red")
        context.show.line(f"to go back nevertheless: {context.command('rollback')}", "bold")
        return Result(Exit.ERROR, content | {"outcome": "too-late"})
    return report.ended(context, followed)
