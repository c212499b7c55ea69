"""`greenlight watch`: see a deployment through. It never stops anything."""

from typing import Annotated

import typer

from greenlight import codedeploy, report
from greenlight.commands.command_line import Output, Profile, Region, Target, UntilOption, on_service
from greenlight.context import Context, Result
from greenlight.deployment import Deployment, Until
from greenlight.errors import RefusedError
from greenlight.follow import follow
from greenlight.output import Format


def command(
    target: Target,
    deployment_id: Annotated[str | None, typer.Argument(help="Default: the newest.")] = None,
    until: UntilOption = Until.done,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """See a deployment through, and exit as it ends. Never stops anything."""
    on_service("watch", target, output, region, profile, lambda context: run(context, deployment_id, until))


def run(context: Context, deployment_id: str | None, until: Until) -> Result:
    """Follows the deployment, by default the newest, running or over, and ends with the exit code that it earned."""
    found = _find(context, deployment_id)
    if found.undoes:
        # A rollback is the second half of a release: its story begins with the first.
        context.show.line(f"{found.id} is the rollback of {found.undoes}")
        found = codedeploy.read(context.aws, context.manifest, found.undoes)
    seconds = codedeploy.limit_seconds(context, until, found.config)
    followed = follow(context, found.id, until=until, seconds=seconds, guard=False)
    return report.ended(context, followed, f"the version of {found.id}")


def _find(context: Context, deployment_id: str | None) -> Deployment:
    if deployment_id:
        return codedeploy.get(context, deployment_id)
    newest = next(codedeploy.newest_first(context.aws, context.manifest), None)
    if newest is None:
        raise RefusedError(f"{context.manifest.address} has had no deployment yet: there is nothing to watch")
    return newest
