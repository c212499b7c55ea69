"""`greenlight history`: the newest deployments, and what became of them."""

from collections.abc import Mapping
from itertools import islice
from typing import Annotated, Any

import typer

from greenlight import codedeploy, revisions
from greenlight.commands.command_line import Output, Profile, Region, Target, on_service
from greenlight.context import Context, Result
from greenlight.deployment import Deployment
from greenlight.errors import RefusedError
from greenlight.output import Format


def command(
    target: Target,
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """List the newest deployments."""
    on_service("history", target, output, region, profile, lambda context: run(context, limit=limit))


def run(context: Context, *, limit: int) -> Result:
    """Newest first. A rollback is a deployment of its own, next to the one that it undoes."""
    aws, manifest = context.aws, context.manifest
    versions: dict[str | None, dict[str, str | None]] = {None: {"tag": None, "commit": None}}
    found = []
    for deployment in islice(codedeploy.newest_first(aws, manifest), limit):
        released = codedeploy.released(aws, manifest, deployment)
        if released and released not in versions:
            versions[released] = _version(context, released)
        found.append(_entry(deployment, released, versions[released]))
    content = {"target": manifest.address, "deployments": found}
    usual = manifest.codedeploy.config
    return Result(
        0, content, "\n".join(_line(entry, usual) for entry in found) or f"{manifest.address} has had no deployment"
    )


def _version(context: Context, task_definition: str) -> dict[str, str | None]:
    try:
        return revisions.describe(context.aws, task_definition).version
    except RefusedError:
        return {"tag": None, "commit": None}  # deleted since


def _entry(deployment: Deployment, task_definition: str | None, version: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        "id": deployment.id,
        "status": deployment.status,
        "task_definition": task_definition,
        **version,
        "created": deployment.created,
        "completed": deployment.completed,
        "creator": deployment.creator,
        "description": deployment.description,
        "config": deployment.config,
        "error": {"code": deployment.error[0], "message": deployment.error[1]} if deployment.error else None,
        "rollback": deployment.rollback_id,
        "rollback_of": deployment.undoes,
    }


def _line(entry: dict[str, Any], usual: str) -> str:
    began = entry["created"].astimezone().strftime("%Y-%m-%d %H:%M:%S") if entry["created"] else ""
    what = revisions.short(entry["task_definition"]) if entry["task_definition"] else "?"
    took = f"{(entry['completed'] - entry['created']).total_seconds():.0f} s" if entry["completed"] else ""
    notes = [f":{entry['tag']}" if entry["tag"] else "", f"commit {entry['commit'][:12]}" if entry["commit"] else ""]
    notes += [f"by {entry['config']}" if entry["config"] not in (None, usual) else ""]
    notes += ["waits for approval" if entry["status"] == "Ready" else ""]
    notes += [f"rollback of {entry['rollback_of']}" if entry["rollback_of"] else ""]
    notes += [f"rolled back by {entry['rollback']}" if entry["rollback"] else ""]
    notes += [entry["error"]["code"] if entry["error"] else ""]
    return (
        f"{began}  {entry['id']}  {entry['status']:<10} {what:<20} {took:>7}  {', '.join(filter(None, notes))}".rstrip()
    )
