"""A release from its beginning to its end: what `deploy` and `rollback` have in common."""

import uuid
from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import autoscaling, codedeploy, interrupts, report
from greenlight.aws import explain
from greenlight.context import Context
from greenlight.deployment import Deployment, OnTimeout, Until
from greenlight.errors import InFlightError, LostSightError, RefusedError
from greenlight.follow import Followed, follow, interrupted
from greenlight.outcome import Exit


class Conflict(Enum):
    """What to do about a deployment that is in flight already: the group takes one at a time."""

    refuse = "refuse"
    queue = "queue"
    replace = "replace"


def clear_the_way(context: Context, conflict: Conflict, ended: list[str]) -> Followed | None:
    """Returns None once nothing is in flight. Otherwise it could not be awaited, or its rollback failed.

    `refuse` raises InFlightError with its id; `queue` waits for its end; `replace` stops it with rollback, or, where
    it only bakes, lets the old tasks go at once: production is wholly on its version. A rollback is never stopped.
    The ids of what was ended so are added to `ended`.
    """
    while found := codedeploy.under_way(context):
        if conflict is Conflict.refuse:
            raise in_flight_error(context, found)
        # Before anything is changed: without it no end could be recognised.
        seconds = codedeploy.limit_seconds(context, Until.done, found.config)
        ending = codedeploy.ending(found, replaced=True) if conflict is Conflict.replace else {}
        if ending:
            how = "ending the bake of" if found.baking else "stopping with rollback:"
            context.show.line(f"{how} {found.id}")
            what = "giving up its old tasks" if found.baking else "being stopped"
            try:
                if codedeploy.answered(context, found, what, partial(codedeploy.end, context.aws, ending)):
                    ended.append(found.id)
            except KeyboardInterrupt:
                return interrupted(context, found, what)
        else:
            context.show.line(f"waiting for {found.id}, in flight: {found.status}")
        followed = follow(context, found.id, until=Until.done, seconds=seconds, guard=False, stopping=bool(ending))
        if followed.exit not in (Exit.OK, Exit.FAILED):
            return followed
        if followed.interrupted:
            raise KeyboardInterrupt  # what was waited for is over, and nothing else is to begin
        interrupts.heed()
    return None


def in_flight_error(context: Context, found: Deployment) -> InFlightError:
    state = found.waits_for if found.baking or found.waits_for_approval else found.status
    state += ", and being undone" if found.over else ""
    by = f", begun by {found.creator}" if found.creator else ""
    return InFlightError(
        f"{context.manifest.address} has deployment {found.id} in flight ({state}{by}), and takes one at a time: "
        f"wait for it with --queue, end it with --replace, or see how it goes with {context.command('watch', found.id)}"
    )


def describe(what: str) -> str:
    """A description that tells this request from every other, so that it can be found again."""
    return f"greenlight: {what} ({uuid.uuid4().hex[:12]})"


def run(context: Context, asked: dict[str, Any], until: Until, on_timeout: OnTimeout = OnTimeout.stop) -> Followed:
    """Suspends autoscaling, creates the deployment and follows it; what cannot become good is stopped with rollback.

    From its id on nothing depends on us but that autoscaling is restored.
    """
    seconds = codedeploy.limit_seconds(context, until, asked.get("deploymentConfigName"))
    try:
        before = autoscaling.suspend(context)
    except BaseException:
        settle(context, autoscaling.restore_patiently)
        raise
    try:
        deployment_id = codedeploy.create(context, asked)
    except (LostSightError, InFlightError):
        # It may run, or another one does: autoscaling must keep still until its traffic has moved.
        settle(context, autoscaling.remind)
        raise
    except KeyboardInterrupt:
        return _detached(context, _find_out(context, asked))
    except BaseException:
        settle(context, autoscaling.restore_patiently)
        raise
    try:
        context.show.line(f"deployment {deployment_id} of {context.manifest.address}", "bold")
        if url := report.console_url(context, deployment_id):
            context.show.line(url, "dim")
        settle(context, partial(autoscaling.hold, before=before), "autoscaling may act in the middle of this shift")
        return follow(context, deployment_id, until=until, seconds=seconds, guard=True, on_timeout=on_timeout)
    except KeyboardInterrupt:
        return _detached(context, deployment_id)


def _find_out(context: Context, asked: dict[str, Any]) -> str:
    """The deployment whose creation was interrupted. Raises LostSightError if nobody knows whether it began."""
    try:
        return codedeploy.await_mine(context, asked, "interrupted")
    except KeyboardInterrupt:
        raise codedeploy.unknown(context, "interrupted") from None
    except LostSightError:
        settle(context, autoscaling.remind)
        raise


def _detached(context: Context, deployment_id: str) -> Followed:
    interrupts.ignore()
    causes = [f"detached; deployment {deployment_id} goes on", *autoscaling.unwatched(context)]
    return Followed(exit=Exit.DETACHED, id=deployment_id, causes=causes)


def settle(
    context: Context,
    autoscaling: Callable[[Context], object],
    otherwise: str = "autoscaling may be suspended; the next deploy restores it",
) -> None:
    """Restores, reminds or holds; that it failed must not hide what else is to be told."""
    try:
        autoscaling(context)
    except (ClientError, BotoCoreError, RefusedError) as error:
        context.show.line(f"{otherwise}: {explain(error)}", "yellow")
