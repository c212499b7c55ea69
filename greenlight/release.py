"""A release from its beginning to its end: what `deploy` and `rollback` have in common."""

import json
import uuid
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import autoscaling, deployments
from greenlight.aws import explain
from greenlight.context import Context, Result
from greenlight.deployment import Deployment, Until
from greenlight.errors import GreenlightError, InFlightError, LostSightError
from greenlight.follow import Followed, follow
from greenlight.outcome import NAMES, Exit


class Conflict(Enum):
    """What to do about a deployment that is in flight already: the group takes one at a time."""

    refuse = "refuse"
    queue = "queue"
    replace = "replace"


def clear_the_way(context: Context, conflict: Conflict) -> Followed | None:
    """Returns None once nothing is in flight. Otherwise it could not be awaited, or its rollback failed.

    `refuse` raises InFlightError with its id; `queue` waits for its end; `replace` stops it with rollback, or, where
    it only bakes, lets the old tasks go at once: production is wholly on its version. A rollback is never stopped.
    """
    while found := deployments.under_way(context):
        if conflict is Conflict.refuse:
            raise in_flight_error(context, found)
        # Before anything is changed: without it no end could be recognised.
        seconds = deployments.limit_seconds(context, Until.done)
        ending = deployments.ending(found, replaced=True) if conflict is Conflict.replace else {}
        if ending:
            how = "ending the bake of" if found.baking else "stopping with rollback:"
            context.show.line(f"{how} {found.id}")
            deployments.end(context.aws, ending)
        else:
            context.show.line(f"waiting for {found.id}, in flight: {found.status}")
        followed = follow(context, found.id, until=Until.done, seconds=seconds, guard=False)
        if followed.exit not in (Exit.OK, Exit.FAILED):
            return followed
    return None


def in_flight_error(context: Context, found: Deployment) -> InFlightError:
    state = "baking" if found.baking else f"{found.status}, and being undone" if found.over else found.status
    by = f", begun by {found.creator}" if found.creator else ""
    return InFlightError(
        f"{context.manifest.address} has deployment {found.id} in flight ({state}{by}), and takes one at a time: "
        f"wait for it with --queue, end it with --replace, or see how it goes with {context.command('watch', found.id)}"
    )


def describe(what: str) -> str:
    """A description that tells this request from every other, so that it can be found again."""
    return f"greenlight: {what} ({uuid.uuid4().hex[:12]})"


def run(context: Context, asked: dict[str, Any], until: Until) -> Followed:
    """Suspends autoscaling, creates the deployment and follows it; what cannot become good is stopped with rollback.

    From its id on nothing depends on us but that autoscaling is restored.
    """
    seconds = deployments.limit_seconds(context, until)
    try:
        autoscaling.suspend(context)
    except BaseException:
        settle(context, autoscaling.restore)
        raise
    try:
        deployment_id = deployments.create(context, asked)
    except (LostSightError, InFlightError):
        # It may run, or another one does: autoscaling must keep still until its traffic has moved.
        settle(context, autoscaling.remind)
        raise
    except KeyboardInterrupt:
        return _detached(deployments.await_mine(context, asked, "interrupted"))
    except BaseException:
        settle(context, autoscaling.restore)
        raise
    try:
        context.show.line(f"deployment {deployment_id} of {context.manifest.address}", "bold")
        if url := console_url(context, deployment_id):
            context.show.line(url, "dim")
        return follow(context, deployment_id, until=until, seconds=seconds, guard=True)
    except KeyboardInterrupt:
        return _detached(deployment_id)


def _detached(deployment_id: str) -> Followed:
    return Followed(exit=Exit.DETACHED, id=deployment_id, causes=[f"detached; deployment {deployment_id} goes on"])


def settle(context: Context, autoscaling: Callable[[Context], None]) -> None:
    """Restores or reminds; that it failed must not hide what else is to be told."""
    try:
        autoscaling(context)
    except (ClientError, BotoCoreError, GreenlightError) as error:
        context.show.line(f"autoscaling may be suspended; the next deploy restores it: {explain(error)}", "yellow")


def console_url(context: Context, deployment_id: str) -> str | None:
    console = context.aws.console
    region = context.aws.region
    return f"{console}/codesuite/codedeploy/deployments/{deployment_id}?region={region}" if console else None


def report(
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
    return f"{version} has the traffic" if deployment.shifted else f"{version} is ready for production traffic"


def document(context: Context, followed: Followed) -> dict[str, Any]:
    ready = followed.exit is Exit.OK and followed.deployment and not followed.deployment.shifted
    return {
        "target": context.manifest.address,
        "outcome": "ready" if ready else NAMES[followed.exit],
        "deployment": deployment_document(followed.deployment) or {"id": followed.id},
        "rollback": deployment_document(followed.rollback),
        "causes": followed.causes,
        "console_url": console_url(context, followed.id),
        "watch": context.command("watch", followed.id),
    }


def deployment_document(deployment: Deployment | None) -> dict[str, Any] | None:
    if deployment is None:
        return None
    sides = {"candidate": deployment.candidate, "live": deployment.live}
    return {
        "id": deployment.id,
        "status": deployment.status,
        "baking": deployment.baking,
        "created": deployment.created,
        "completed": deployment.completed,
        "creator": deployment.creator,
        "error": {"code": deployment.error[0], "message": deployment.error[1]} if deployment.error else None,
        "events": [
            {"name": event.name, "status": event.status, "started": event.started, "ended": event.ended}
            for event in deployment.events
        ],
        "traffic": {name: {"target_group": side.group, "weight": side.weight} for name, side in sides.items() if side},
    }


def dry_run(context: Context, requests: Mapping[str, dict[str, Any]], **content: Any) -> Result:
    """What --dry-run prints: the requests by their action, in the order in which they would be made."""
    asked = [{"action": action, "request": request} for action, request in requests.items()]
    return Result(
        Exit.OK, {"target": context.manifest.address, **content, "requests": asked}, json.dumps(asked, indent=2)
    )
