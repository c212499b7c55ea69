"""`greenlight deploy`: release a version, and stay until it has the traffic or the old one has it back."""

from dataclasses import dataclass
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError

from greenlight import (
    alarms,
    appspec,
    autoscaling,
    codedeploy,
    hook_function,
    images,
    preflight,
    release,
    release_plan,
    report,
    revisions,
    shift,
    smoke,
)
from greenlight.aws import explain
from greenlight.clock import Pace
from greenlight.commands.command_line import (
    DryRun,
    Image,
    Output,
    Profile,
    Region,
    ShowValues,
    Target,
    UntilOption,
    on_service,
)
from greenlight.comparison import concealed, document, render, without_values
from greenlight.context import Context, Result
from greenlight.deployment import OnTimeout, Until
from greenlight.errors import InFlightError, RefusedError, ReplacedError
from greenlight.outcome import Exit
from greenlight.output import Format
from greenlight.release import Conflict

_MOST_LOST_RACES = 20


def command(
    target: Target,
    image: Image = None,
    until: UntilOption = Until.done,
    on_timeout: Annotated[
        OnTimeout,
        typer.Option(
            help="What becomes of a release that takes too long while production is not wholly on it: it is stopped "
            "with rollback, or left running."
        ),
    ] = OnTimeout.stop,
    queue: Annotated[bool, typer.Option("--queue", help="Wait for a deployment in flight.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="End a deployment in flight.")] = False,
    config: Annotated[
        str | None,
        typer.Option(help="Deployment configuration by which this release moves traffic; default: the group's."),
    ] = None,
    ignore_alarms: Annotated[bool, typer.Option("--ignore-alarms", help="Release while alarms fire.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Release though nothing differs: new tasks read a rotated secret.")
    ] = False,
    show_values: ShowValues = False,
    dry_run: DryRun = False,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Release a version, and stay until it has the traffic or the old one has it back."""
    if queue and replace:
        raise RefusedError("--queue waits for the deployment in flight, --replace ends it: give one of them")
    options = Options(
        image=image,
        until=until,
        on_timeout=on_timeout,
        conflict=Conflict.queue if queue else Conflict.replace if replace else Conflict.refuse,
        config=config,
        ignore_alarms=ignore_alarms,
        force=force,
        show_values=show_values,
        dry_run=dry_run,
    )
    on_service("deploy", target, output, region, profile, lambda context: run(context, options))


@dataclass(frozen=True, kw_only=True)
class Options:
    """What a person may say of a release; each default is the careful one."""

    image: str | None = None  # None: the live one's digest
    until: Until = Until.done
    on_timeout: OnTimeout = OnTimeout.stop
    conflict: Conflict = Conflict.refuse
    config: str | None = None  # None: the deployment group's
    ignore_alarms: bool = False
    force: bool = False  # also where nothing differs
    show_values: bool = False  # of environment variables
    dry_run: bool = False


def run(context: Context, options: Options) -> Result:
    """Production traffic moves only after the hooks have agreed; a release that fails leaves it on the old version.

    Raises ReplacedError where a deployment in flight was ended for it, and it could not begin.
    """
    ended: list[str] = []
    try:
        return _run(context, options, ended)
    except (RefusedError, ClientError, BotoCoreError) as error:
        if not ended:
            raise
        raise ReplacedError(
            f"{', '.join(ended)} was ended for this release, which did not begin: {explain(error)}. "
            f"Who has the traffic: {context.command('status')}"
        ) from error


def _run(context: Context, options: Options, ended: list[str]) -> Result:
    aws, manifest = context.aws, context.manifest
    # Pin the tag now: it may move while we queue. This also rejects a mistyped tag before anything is stopped.
    asked = images.resolve(aws, options.image, manifest.repository)
    if options.config:
        moves = shift.check(aws, options.config)
        context.show.line(f"traffic is to move by {options.config}: {moves}")
    if options.dry_run:
        return _dry_run(context, asked, options)
    if options.conflict is Conflict.replace:
        # So does a revision that is gone.
        _look_ahead(context, options, release_plan.make(aws, manifest, asked))
    pace, arn, registered, lost_races = Pace(), "", None, 0
    while True:
        if blocked := release.clear_the_way(context, options.conflict, ended):
            unknown: dict[str, Any] = {"task_definition": None, "replaces": None, "differences": None}
            unknown |= {"image": asked.image, "tag": asked.tag} if asked else {"image": None, "tag": None}
            return report.ended(context, blocked, **unknown, commit=release_plan.commit(), smoke=None)
        # Only now: what is live may be the work of the deployment before.
        plan = release_plan.make(aws, manifest, asked)
        differences = plan.differences if options.show_values else concealed(plan.differences)
        content: dict[str, Any] = {
            "image": plan.image,
            **plan.version,
            "replaces": plan.live.arn,
            "differences": document(differences),
        }
        if not differences and not options.force and not _repairs(context, plan):
            release.settle(context, autoscaling.restore_patiently)
            preflight.check_production(context, plan.live)
            context.show.line(f"nothing to do: {revisions.short(plan.live.arn)} is live already", "bold green")
            nothing = {"target": manifest.address, "outcome": "nothing-to-do", "task_definition": plan.live.arn}
            return Result(Exit.OK, nothing | content | {"smoke": None})
        again = plan.releasable_again
        if plan.request != registered:
            _look_ahead(context, options, plan)
            for line in render(differences):
                context.show.line(line)
            for note in plan.notes:
                context.show.line(note, "yellow")
            arn, registered = again or revisions.register(context, plan.request), plan.request
            context.show.line(f"{revisions.short(arn)} is {revisions.called(plan.image, plan.version)}")
        name = revisions.short(arn)
        try:
            followed = release.run(context, _request(context, arn, plan, options), options.until, options.on_timeout)
        except InFlightError as error:
            # Somebody else's began since we looked, or the account has as many as it may.
            lost_races += 1
            if options.conflict is Conflict.refuse or lost_races == _MOST_LOST_RACES:
                found = codedeploy.in_flight(aws, manifest)
                refusal = release.in_flight_error(context, found) if found else error
                raise (refusal if again else _unused(name, refusal)) from None
            context.show.line(f"trying again: {error}")
            context.clock.sleep(pace.next())
        except RefusedError as error:
            if again:
                raise
            raise _unused(name, error) from error
        else:
            moved = followed.exit is Exit.OK and followed.deployment and followed.deployment.shifted
            answer = smoke.run(context) if moved else None
            return report.ended(context, followed, name, task_definition=arn, **content, smoke=answer)


def _look_ahead(context: Context, options: Options, plan: release_plan.Plan) -> None:
    """Before anything is changed: what would stop the release for certain."""
    preflight.check(context, plan.request, plan.live)
    if not options.ignore_alarms:
        alarms.check(context)
    hook_function.prepare(context, dry_run=options.dry_run)


def _repairs(context: Context, plan: release_plan.Plan) -> bool:
    """Whether a release of what is live is wanted though nothing differs: it has not all of production."""
    failed = codedeploy.left_in_mid_shift(context.aws, context.manifest)
    if failed is None:
        return False
    name = revisions.short(plan.live.arn)
    context.show.line(
        f"{failed.id} failed in mid-shift, and nobody undid it: {name} is released again, so that it gets all of the "
        "traffic",
        "yellow",
    )
    return True


def _request(context: Context, arn: str, plan: release_plan.Plan, options: Options) -> dict[str, Any]:
    new, old = revisions.short(arn), revisions.short(plan.live.arn)
    what = release.describe(f"{new} again" if new == old else f"{new} replaces {old}")
    spec = appspec.build(context.manifest, arn, plan.container, plan.live.placement)
    return codedeploy.request(context.manifest, spec, what, ignore_alarms=options.ignore_alarms, config=options.config)


def _unused(revision: str, error: RefusedError) -> RefusedError:
    return type(error)(f"{error}. {revision} was registered for it, and nothing runs it")


def _dry_run(context: Context, asked: images.Pinned | None, options: Options) -> Result:
    manifest = context.manifest
    requests: dict[str, dict[str, Any]] = {}
    if found := codedeploy.under_way(context):
        if options.conflict is Conflict.refuse:
            raise release.in_flight_error(context, found)
        requests |= codedeploy.ending(found, replaced=True) if options.conflict is Conflict.replace else {}
    plan = release_plan.make(context.aws, manifest, asked)
    if plan.differences or options.force or _repairs(context, plan):
        _look_ahead(context, options, plan)
        arn = plan.releasable_again
        if arn is None:
            # Only AWS knows the number of the revision that it will make.
            arn = f"{manifest.task_definition.rpartition(':')[0]}:REVISION"
            shown = plan.request if options.show_values else without_values(plan.request)
            requests |= {"ecs:RegisterTaskDefinition": shown}
        requests |= autoscaling.suspension(context)
        requests |= {"codedeploy:CreateDeployment": _request(context, arn, plan, options)}
    else:
        preflight.check_production(context, plan.live)
        context.show.line(f"nothing to do: {revisions.short(plan.live.arn)} is live already")
    differences = plan.differences if options.show_values else concealed(plan.differences)
    return report.dry_run(context, requests, differences=document(differences))
