"""`greenlight approve`: let the release that waits for it go on to production traffic."""

from typing import Annotated

import typer

from greenlight import codedeploy, report
from greenlight.commands.command_line import DryRun, Output, Profile, Region, Target, UntilOption, on_service
from greenlight.context import Context, Result
from greenlight.deployment import Deployment, Until
from greenlight.errors import RefusedError
from greenlight.follow import follow, interrupted
from greenlight.output import Format


def command(
    target: Target,
    deployment_id: Annotated[str | None, typer.Argument(help="Default: the one that waits.")] = None,
    until: UntilOption = Until.done,
    dry_run: DryRun = False,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Let the release that waits for approval go on, and see it through. To refuse it: greenlight stop."""
    on_service(
        "approve", target, output, region, profile, lambda context: run(context, deployment_id, until, dry_run=dry_run)
    )


def run(context: Context, deployment_id: str | None, until: Until, *, dry_run: bool) -> Result:
    """Production traffic moves, once the hooks that come after the wait have agreed; an approval overrules none.

    From then on as `watch`: followed to its end, never stopped. Raises RefusedError where nothing waits.
    """
    found = _waiting(context, deployment_id)
    if dry_run:
        return report.dry_run(context, codedeploy.approval(found))
    seconds = codedeploy.limit_seconds(context, until, found.config)
    try:
        by_us = codedeploy.answered(context, found, "approved", lambda: codedeploy.approve(context, found))
    except KeyboardInterrupt:
        return report.ended(context, interrupted(context, found, "approved"))
    context.show.line(f"approved {found.id}" if by_us else f"{found.id} has been approved", "bold")
    followed = follow(context, found.id, until=until, seconds=seconds, guard=False, approved=True)
    return report.ended(context, followed, f"the version of {found.id}")


def _waiting(context: Context, deployment_id: str | None) -> Deployment:
    aws, manifest = context.aws, context.manifest
    found = codedeploy.get(context, deployment_id) if deployment_id else codedeploy.in_flight(aws, manifest)
    if found and found.waits_for_approval:
        return found
    if found:
        raise RefusedError(f"deployment {found.id} does not wait for an approval: {_state(context, found)}")
    raise RefusedError(f"{manifest.address} has nothing that waits for an approval: no deployment is in flight")


def _state(context: Context, found: Deployment) -> str:
    if found.over:
        return f"it has ended, {found.status}"
    return f"it is at {found.waits_for}; {context.command('watch', found.id)}"
