"""`greenlight appspec`: the AppSpec of a release, for other clients of CodeDeploy."""

import json
from typing import Annotated

import typer

from greenlight import appspec, containers, revisions
from greenlight.commands.command_line import Output, Profile, Region, Target, on_service
from greenlight.context import Context, Result
from greenlight.output import Format


def command(
    target: Target,
    task_definition: Annotated[str | None, typer.Option(help="Its ARN; default: the live one's.")] = None,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Print the AppSpec of a release, for other clients of CodeDeploy."""
    on_service("appspec", target, output, region, profile, lambda context: run(context, task_definition))


def run(context: Context, task_definition: str | None) -> Result:
    """Prints the AppSpec with which `task_definition`, by default the live one, would be released; changes nothing."""
    aws, manifest = context.aws, context.manifest
    live = revisions.live(aws, manifest)
    revision, name = revisions.describe(aws, task_definition or live.arn), None if task_definition else live.container
    container = containers.serving(revision.content, revisions.short(revision.arn), manifest.container, name)
    spec = appspec.build(manifest, revision.arn, container, live.placement)
    document = {"target": manifest.address, "content": spec.content, "sha256": spec.sha256}
    return Result(exit_code=0, document=document, text=json.dumps(json.loads(spec.content), indent=2))
