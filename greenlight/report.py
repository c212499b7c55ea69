"""How a release ended, for people and for programs."""

import json
from collections.abc import Mapping
from typing import Any

from greenlight import approval
from greenlight.context import Context, Result
from greenlight.deployment import Deployment, Until
from greenlight.follow import Followed
from greenlight.outcome import NAMES, Exit


def console_url(context: Context, deployment_id: str) -> str | None:
    console = context.aws.console
    region = context.aws.region
    return f"{console}/codesuite/codedeploy/deployments/{deployment_id}?region={region}" if console else None


def ended(
    context: Context, followed: Followed, new: str = "the new version", old: str = "the old version", **content: Any
) -> Result:
    """Tells how it ended; the last lines name the causes of anything but success."""
    _tell(context, followed, new, old)
    return Result(followed.exit, document(context, followed) | content)


def _tell(context: Context, followed: Followed, new: str, old: str) -> None:
    show = context.show
    match followed.exit:
        case Exit.OK:
            assert followed.deployment is not None
            candidate = followed.deployment.candidate
            if candidate and not candidate.desired:
                show.line("no task ran, because the service is scaled to zero: nothing was proven", "yellow")
            show.line(_reached(followed.deployment, new), "bold green")
        case Exit.FAILED:
            show.line(f"FAILED: {old} has the traffic", "bold red")
        case Exit.ROLLBACK_FAILED:
            what = "FAILED, and so did its rollback" if followed.rollback else "FAILED in mid-shift, and is not undone"
            show.line(f"{what}. Look now: {context.command('status')}", "bold red")
    for cause in followed.causes:
        show.line(f"  {cause}", "" if followed.exit is Exit.DETACHED else "red")
    if followed.exit in (Exit.LOST, Exit.DETACHED):
        show.line(f"watch it again: {context.command('watch', followed.id)}", "bold")


def _reached(deployment: Deployment, version: str) -> str:
    if deployment.status == "Succeeded":
        return f"{version} has the traffic, and the old tasks are gone"
    if deployment.waits_for_approval:
        return f"{version} waits for approval"
    if deployment.shifted:
        return f"{version} has the traffic"
    if deployment.reached(Until.ready):
        return f"{version} is ready for production traffic"
    return f"{version} goes on without us, at {deployment.waits_for}: the live version has the traffic"


def document(context: Context, followed: Followed) -> dict[str, Any]:
    return {
        "target": context.manifest.address,
        "outcome": _outcome(followed),
        "deployment": deployment_document(context, followed.deployment) or {"id": followed.id},
        "rollback": deployment_document(context, followed.rollback),
        "causes": followed.causes,
        "console_url": console_url(context, followed.id),
        "watch": context.command("watch", followed.id),
        "way_back": _way_back(context, followed),
    }


def _outcome(followed: Followed) -> str:
    found = followed.deployment
    if followed.exit is not Exit.OK or found is None or found.shifted:
        return NAMES[followed.exit]
    return "ready" if found.reached(Until.ready) else "reached"


def _way_back(context: Context, followed: Followed) -> str | None:
    """The command that gives the traffic to the version before; None where that has it, or a look is needed first."""
    if followed.exit in (Exit.FAILED, Exit.ROLLBACK_FAILED):
        return None
    found = followed.deployment
    return context.command("rollback" if followed.exit is Exit.OK and found and found.shifted else "stop")


def deployment_document(context: Context, deployment: Deployment | None) -> dict[str, Any] | None:
    if deployment is None:
        return None
    sides = {"candidate": deployment.candidate, "live": deployment.live}
    return {
        "id": deployment.id,
        "status": deployment.status,
        "baking": deployment.baking,
        "config": deployment.config,
        "approval": approval.document(context, deployment),
        "created": deployment.created,
        "completed": deployment.completed,
        "creator": deployment.creator,
        "error": {"code": deployment.error[0], "message": deployment.error[1]} if deployment.error else None,
        "events": [
            {"name": event.name, "status": event.status, "started": event.started, "ended": event.ended}
            for event in deployment.events
        ],
        "traffic": {
            name: {"target_group": side.group, "weight": side.weight, "desired": side.desired, "running": side.running}
            for name, side in sides.items()
            if side
        },
    }


def dry_run(context: Context, requests: Mapping[str, dict[str, Any]], **content: Any) -> Result:
    """What --dry-run prints: the requests by their action, in the order in which they would be made."""
    asked = [{"action": action, "request": request} for action, request in requests.items()]
    return Result(
        Exit.OK, {"target": context.manifest.address, **content, "requests": asked}, json.dumps(asked, indent=2)
    )
