"""`greenlight rollback`: give the traffic back to the version that was live before."""

from dataclasses import replace

from greenlight import (
    appspec,
    autoscaling,
    codedeploy,
    containers,
    hook_function,
    images,
    preflight,
    release,
    report,
    revisions,
    sidecars,
)
from greenlight.commands import stop
from greenlight.commands.command_line import DryRun, Output, Profile, Region, Target, UntilOption, on_service
from greenlight.containers import Serving
from greenlight.context import Context, Result
from greenlight.deployment import Until
from greenlight.errors import RefusedError
from greenlight.output import Format

_LOOK_BACK = 100  # deployments; each costs a call


def command(
    target: Target,
    until: UntilOption = Until.done,
    dry_run: DryRun = False,
    output: Output = Format.text,
    region: Region = None,
    profile: Profile = None,
) -> None:
    """Give the traffic back to the version before. Firing alarms do not block it."""
    on_service("rollback", target, output, region, profile, lambda context: run(context, until=until, dry_run=dry_run))


def run(context: Context, *, until: Until, dry_run: bool) -> Result:
    """In flight or baking: stop it, which is instant. Else a release of the version that the live one replaced.

    It passes the hooks like every release; firing alarms do not block it, because they may be why it is wanted.
    """
    aws, manifest = context.aws, context.manifest
    if found := codedeploy.under_way(context):
        result = stop.stop(context, found, dry_run=dry_run)
        return replace(
            result, document={"task_definition": None, "replaces": None, "tag": None, "commit": None} | result.document
        )
    now = revisions.live(aws, manifest)
    live = revisions.describe(aws, now.arn)
    if failed := codedeploy.left_in_mid_shift(aws, manifest):
        # Nobody undid it, and it has a part of production: what is live is to have all of it again.
        target, from_ = live, f"what {failed.id} left behind"
        container = _container(context, live, now.container)
    else:
        target, from_ = _target(context, live), revisions.short(live.arn)
        container = _container(context, target)
        _check_image(context, live, target, container)
        for note in sidecars.check(aws, target.content, container.name):
            context.show.line(note, "yellow")
    preflight.check(context, target.content, now)
    hook_function.prepare(context, dry_run=dry_run)
    name = revisions.short(target.arn)
    what = release.describe(f"rollback to {name} from {from_}")
    spec = appspec.build(manifest, target.arn, container, now.placement)
    asked = codedeploy.request(manifest, spec, what, ignore_alarms=True)
    content = {"task_definition": target.arn, "replaces": live.arn, **target.version}
    if dry_run:
        requests = autoscaling.suspension(context) | {"codedeploy:CreateDeployment": asked}
        return report.dry_run(context, requests, **content)
    called = revisions.called(target.image(container.name), target.version)
    context.show.line(f"rolling back from {from_} to {name}, which is {called}", "bold")
    followed = release.run(context, asked, until)
    return report.ended(context, followed, name, from_, **content)


def _container(context: Context, target: revisions.Revision, name: str | None = None) -> Serving:
    return containers.serving(target.content, revisions.short(target.arn), context.manifest.container, name)


def _check_image(context: Context, live: revisions.Revision, target: revisions.Revision, container: Serving) -> None:
    """Raises RefusedError where what would run is gone from ECR, or is not what ran: a tag may have moved since."""
    image = target.image(container.name)
    now = images.check(context.aws, image)
    ran = live.tags.get(revisions.REPLACES_IMAGE)
    if ran and now and not images.is_pinned(image) and now != ran:
        raise RefusedError(
            f"cannot roll back to {revisions.short(target.arn)}: its image {image} was {images.digest(ran)} when it "
            f"ran, and is {images.digest(now)} now. Release what ran: " + context.command("deploy", "--image", ran)
        )


def _target(context: Context, live: revisions.Revision) -> revisions.Revision:
    arn = way_back(context, live)
    if arn is None:
        raise RefusedError(
            f"nothing to roll back to: {revisions.short(live.arn)} is live, was not released by greenlight, and no "
            "deployment that succeeded came before it. Release the version you want: "
            + context.command("deploy", "--image", "…")
        )
    target = revisions.describe(context.aws, arn)
    if not target.active:
        raise RefusedError(
            f"cannot roll back to {revisions.short(arn)}, which "
            f"{revisions.short(live.arn)} replaced: it was deregistered"
        )
    return target


def way_back(context: Context, live: revisions.Revision) -> str | None:
    """The ARN of what a rollback would release; None where nothing is known. Raises RefusedError where it cannot be."""
    return live.tags.get(revisions.REPLACES) or _deployed_before(context, live)


def _deployed_before(context: Context, live: revisions.Revision) -> str | None:
    """What the last deployment before the live revision's first one released; never simply the revision before.

    A revision that was registered or released in vain has a number too. Raises RefusedError where that is further back
    than a bounded number of calls leads.
    """
    found, before = False, None
    for looked_at, deployment in enumerate(codedeploy.newest_first(context.aws, context.manifest, "Succeeded")):
        if looked_at == _LOOK_BACK:
            raise RefusedError(
                f"cannot tell what {revisions.short(live.arn)} replaced: it was not released by greenlight, and its "
                f"first deployment is not among the last {_LOOK_BACK} that succeeded. Release the version you want: "
                + context.command("deploy", "--image", "…")
            )
        if codedeploy.released(context.aws, context.manifest, deployment) == live.arn:
            found, before = True, None
        elif found and before is None:
            before = deployment
        if live.registered and deployment.created and deployment.created < live.registered:
            break  # the live revision was not there yet
    if before is None:
        return None
    released = codedeploy.released(context.aws, context.manifest, before)
    if released is None:
        raise RefusedError(
            f"cannot tell what {before.id}, the deployment before {revisions.short(live.arn)}, released: its AppSpec "
            "is not to be had from CodeDeploy. Release the version you want: "
            + context.command("deploy", "--image", "…")
        )
    return released
