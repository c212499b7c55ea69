"""`greenlight deploy`: release a version, and stay until it has the traffic or the old one has it back."""

from typing import Annotated, Any

import typer

from greenlight import autoscaling, codedeploy, hook_function, images, release, report, revisions, smoke
from greenlight.clock import Pace
from greenlight.commands.command_line import DryRun, Image, Output, Profile, Region, Target, UntilOption, on_service
from greenlight.comparison import document, render
from greenlight.context import Context, Result
from greenlight.deployment import Until
from greenlight.errors import InFlightError, RefusedError
from greenlight.outcome import Exit
from greenlight.output import Format
from greenlight.release import Conflict

_MOST_LOST_RACES = 20


def command(
    target: Target,
    image: Image = None,
    until: UntilOption = Until.done,
    queue: Annotated[bool, typer.Option("--queue", help="Wait for a deployment in flight.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="End a deployment in flight.")] = False,
    ignore_alarms: Annotated[bool, typer.Option("--ignore-alarms", help="Release while alarms fire.")] = False,
    dry_run: DryRun = False,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Release a version, and stay until it has the traffic or the old one has it back."""
    if queue and replace:
        raise RefusedError("--queue waits for the deployment in flight, --replace ends it: give one of them")
    conflict = Conflict.queue if queue else Conflict.replace if replace else Conflict.refuse
    on_service(
        *("deploy", target, output, region, profile),
        lambda context: run(
            context, image=image, until=until, conflict=conflict, ignore_alarms=ignore_alarms, dry_run=dry_run
        ),
    )


def run(
    context: Context, *, image: str | None, until: Until, conflict: Conflict, ignore_alarms: bool, dry_run: bool
) -> Result:
    """Production traffic moves only after the hooks have agreed; a release that fails leaves it on the old version."""
    aws, manifest = context.aws, context.manifest
    # What the tag stands for now is what is meant, however long the queue is; and a typing error stops nothing.
    pinned = images.resolve(aws, image, manifest.repository)
    if dry_run:
        return _dry_run(context, pinned, conflict, ignore_alarms=ignore_alarms)
    if conflict is Conflict.replace:
        revisions.plan(aws, manifest, pinned)  # so does a revision that is gone
        hook_function.prepare(context)
    pace, arn, asked, lost_races = Pace(), "", None, 0
    while True:
        if blocked := release.clear_the_way(context, conflict):
            unknown: dict[str, Any] = {"task_definition": None, "replaces": None, "image": pinned, "differences": None}
            return report.ended(context, blocked, **unknown, smoke=None)
        # Only now: what is live may be the work of the deployment before.
        plan = revisions.plan(aws, manifest, pinned)
        content: dict[str, Any] = {
            "image": plan.image,
            "replaces": plan.live.arn,
            "differences": document(plan.differences),
        }
        if not plan.differences:
            release.settle(context, autoscaling.restore)
            context.show.line(f"nothing to do: {revisions.short(plan.live.arn)} is live already", "bold green")
            nothing = {"target": manifest.address, "outcome": "nothing-to-do", "task_definition": plan.live.arn}
            return Result(Exit.OK, nothing | content | {"smoke": None})
        if plan.request != asked:
            hook_function.prepare(context)
            for line in render(plan.differences):
                context.show.line(line)
            arn, asked = revisions.register(aws, plan.request), plan.request
        name = revisions.short(arn)
        try:
            followed = release.run(context, _request(context, arn, plan, ignore_alarms=ignore_alarms), until)
        except InFlightError as error:
            # Somebody else's began since we looked, or the account has as many as it may.
            lost_races += 1
            if conflict is Conflict.refuse or lost_races == _MOST_LOST_RACES:
                found = codedeploy.in_flight(aws, manifest)
                raise _unused(name, release.in_flight_error(context, found) if found else error) from None
            context.show.line(f"trying again: {error}")
            context.clock.sleep(pace.next())
        except RefusedError as error:
            raise _unused(name, error) from error
        else:
            moved = followed.exit is Exit.OK and followed.deployment and followed.deployment.shifted
            answer = smoke.run(context) if moved else None
            return report.ended(context, followed, name, task_definition=arn, **content, smoke=answer)


def _request(context: Context, arn: str, plan: revisions.Plan, *, ignore_alarms: bool) -> dict[str, Any]:
    what = release.describe(f"{revisions.short(arn)} replaces {revisions.short(plan.live.arn)}")
    return codedeploy.request(context.manifest, arn, plan.container, what, ignore_alarms=ignore_alarms)


def _unused(revision: str, error: RefusedError) -> RefusedError:
    return type(error)(f"{error}. {revision} was registered for it, and nothing runs it")


def _dry_run(context: Context, pinned: str | None, conflict: Conflict, *, ignore_alarms: bool) -> Result:
    manifest = context.manifest
    requests: dict[str, dict[str, Any]] = {}
    if found := codedeploy.under_way(context):
        if conflict is Conflict.refuse:
            raise release.in_flight_error(context, found)
        requests |= codedeploy.ending(found, replaced=True) if conflict is Conflict.replace else {}
    plan = revisions.plan(context.aws, manifest, pinned)
    if plan.differences:
        hook_function.prepare(context, dry_run=True)
        # Only AWS knows the number of the revision that it will make.
        arn = f"{manifest.task_definition.rpartition(':')[0]}:REVISION"
        requests |= {"ecs:RegisterTaskDefinition": plan.request}
        requests |= autoscaling.suspension(context)
        requests |= {"codedeploy:CreateDeployment": _request(context, arn, plan, ignore_alarms=ignore_alarms)}
    else:
        context.show.line(f"nothing to do: {revisions.short(plan.live.arn)} is live already")
    return report.dry_run(context, requests, differences=document(plan.differences))
