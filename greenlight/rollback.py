"""`greenlight rollback`: give the traffic back to the version that was live before."""

from dataclasses import replace

from greenlight import autoscaling, deployments, images, release, revisions, stop
from greenlight.context import Context, Result
from greenlight.deployment import Deployment, Until
from greenlight.errors import GreenlightError


def run(context: Context, *, until: Until, dry_run: bool) -> Result:
    """In flight or baking: stop it, which is instant. Else a release of the version that the live one replaced.

    It passes the hooks like every release; firing alarms do not block it, because they may be why it is wanted.
    """
    if found := deployments.in_flight(context.aws, context.manifest) or _just_failed(context):
        result = stop.stop(context, found, dry_run=dry_run)
        return replace(result, document={"task_definition": None, "replaces": None} | result.document)
    live = revisions.describe(context.aws, revisions.live(context.aws, context.manifest).arn)
    target = _target(context, live)
    _check_image(context, live, target)
    name, from_ = revisions.short(target.arn), revisions.short(live.arn)
    what = release.describe(f"rollback to {name} from {from_}")
    asked = deployments.request(context.manifest, target.arn, what, ignore_alarms=True)
    content = {"task_definition": target.arn, "replaces": live.arn}
    if dry_run:
        requests = autoscaling.suspension(context) | {"codedeploy:CreateDeployment": asked}
        return release.dry_run(context, requests, **content)
    context.show.line(f"rolling back from {from_} to {name}", "bold")
    followed = release.run(context, asked, until)
    return release.report(context, followed, name, **content)


def _just_failed(context: Context) -> Deployment | None:
    """A release that CodeDeploy itself is about to undo: going back from what is live would go one version too far."""
    aws, manifest = context.aws, context.manifest
    newest = next(deployments.newest_first(aws, manifest), None)
    if newest is None or newest.status == "Succeeded" or newest.rollback_id:
        return None
    failed = deployments.read(aws, manifest, newest.id)
    named = deployments.await_rollback(context.clock, failed, lambda one: deployments.read(aws, manifest, one))
    return named if named.rollback_id else None


def _check_image(context: Context, live: revisions.Revision, target: revisions.Revision) -> None:
    """Raises GreenlightError where what would run is gone from ECR, or is not what ran: a tag may have moved since."""
    image = target.image(context.manifest.container.name)
    now = images.check(context.aws, image)
    ran = live.tags.get("greenlight:replaces-image")
    if ran and now and not images.is_pinned(image) and now != ran:
        raise GreenlightError(
            f"cannot roll back to {revisions.short(target.arn)}: its image {image} was {images.digest(ran)} when it "
            f"ran, and is {images.digest(now)} now. Release what ran: "
            + context.command("deploy", "--image", f"@{images.digest(ran)}")
        )


def _target(context: Context, live: revisions.Revision) -> revisions.Revision:
    arn = live.tags.get("greenlight:replaces") or _deployed_before(context, live)
    if arn is None:
        raise GreenlightError(
            f"nothing to roll back to: {revisions.short(live.arn)} is live, was not released by greenlight, and no "
            "deployment that succeeded came before it. Release the version you want: "
            + context.command("deploy", "--image", "…")
        )
    target = revisions.describe(context.aws, arn)
    if not target.active:
        raise GreenlightError(
            f"cannot roll back to {revisions.short(arn)}, which "
            f"{revisions.short(live.arn)} replaced: it was deregistered"
        )
    return target


def _deployed_before(context: Context, live: revisions.Revision) -> str | None:
    """What the last deployment before the live revision's first one released; never simply the revision before.

    A revision that was registered or released in vain has a number too.
    """
    found, before = False, None
    for deployment in deployments.newest_first(context.aws, context.manifest):
        if deployment.status != "Succeeded":
            continue
        if deployments.released(context.aws, context.manifest, deployment) == live.arn:
            found, before = True, None
        elif found and before is None:
            before = deployment
        if live.registered and deployment.created and deployment.created < live.registered:
            break  # the live revision was not there yet
    if before is None:
        return None
    released = deployments.released(context.aws, context.manifest, before)
    if released is None:
        raise GreenlightError(
            f"cannot tell what {before.id}, the deployment before {revisions.short(live.arn)}, released: its AppSpec "
            "is not to be had from CodeDeploy. Release the version you want: "
            + context.command("deploy", "--image", "…")
        )
    return released
