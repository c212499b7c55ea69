"""`greenlight history`: the newest deployments, and what became of them."""

from itertools import islice
from typing import Any

from greenlight import codedeploy, revisions
from greenlight.commands.command_line import Output, Profile, Region, Target, on_service
from greenlight.context import Context, Result
from greenlight.deployment import Deployment
from greenlight.output import Format

_MOST = 20


def command(target: Target, output: Output = Format.text, region: Region = None, profile: Profile = None) -> None:
    """List the newest deployments."""
    on_service("history", target, output, region, profile, run)


def run(context: Context) -> Result:
    """Newest first. A rollback is a deployment of its own, next to the one that it undoes."""
    aws, manifest = context.aws, context.manifest
    found = [
        _entry(deployment, codedeploy.released(aws, manifest, deployment))
        for deployment in islice(codedeploy.newest_first(aws, manifest), _MOST)
    ]
    content = {"target": manifest.address, "deployments": found}
    return Result(0, content, "\n".join(_line(entry) for entry in found) or f"{manifest.address} has had no deployment")


def _entry(deployment: Deployment, task_definition: str | None) -> dict[str, Any]:
    return {
        "id": deployment.id,
        "status": deployment.status,
        "task_definition": task_definition,
        "created": deployment.created,
        "completed": deployment.completed,
        "creator": deployment.creator,
        "description": deployment.description,
        "error": {"code": deployment.error[0], "message": deployment.error[1]} if deployment.error else None,
        "rollback": deployment.rollback_id,
        "rollback_of": deployment.undoes,
    }


def _line(entry: dict[str, Any]) -> str:
    began = entry["created"].astimezone().strftime("%Y-%m-%d %H:%M:%S") if entry["created"] else ""
    what = revisions.short(entry["task_definition"]) if entry["task_definition"] else "?"
    took = f"{(entry['completed'] - entry['created']).total_seconds():.0f} s" if entry["completed"] else ""
    notes = [f"rollback of {entry['rollback_of']}" if entry["rollback_of"] else ""]
    notes += [f"rolled back by {entry['rollback']}" if entry["rollback"] else ""]
    notes += [entry["error"]["code"] if entry["error"] else ""]
    return (
        f"{began}  {entry['id']}  {entry['status']:<10} {what:<20} {took:>7}  {', '.join(filter(None, notes))}".rstrip()
    )
