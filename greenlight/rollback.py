"""`greenlight rollback`: give the traffic back to the version that was live before."""

import json

from greenlight import deployments, images, release, revisions, stop
from greenlight.context import Context, Result
from greenlight.deployment import Until
from greenlight.errors import GreenlightError
from greenlight.outcome import Exit


def run(context: Context, *, until: Until, dry_run: bool) -> Result:
    """In flight or baking: stop it, which is instant. Else a release of the version that the live one replaced.

    It passes the hooks like every release; firing alarms do not block it, because they may be why it is wanted.
    """
    if found := deployments.in_flight(context.aws, context.manifest):
        return stop.stop(context, found, dry_run=dry_run)
    live = revisions.describe(context.aws, revisions.live(context.aws, context.manifest).arn)
    target = _target(context, live)
    images.check(context.aws, target.image(context.manifest.container.name))
    name, from_ = revisions.short(target.arn), revisions.short(live.arn)
    what = release.describe(f"rollback to {name} from {from_}")
    asked = deployments.request(context.manifest, target.arn, what, ignore_alarms=True)
    content = {"target": context.manifest.address, "task_definition": target.arn, "replaces": live.arn}
    if dry_run:
        whole = content | release.requests(codedeploy_CreateDeployment=asked)
        return Result(Exit.OK, whole, json.dumps(whole["requests"], indent=2))
    context.show.line(f"rolling back from {from_} to {name}", "bold")
    followed = release.run(context, asked, until)
    return release.report(context, followed, f"{name} has the traffic", **content)


def _target(context: Context, live: revisions.Revision) -> revisions.Revision:
    arn = live.tags.get("greenlight:replaces") or _deployed_before(context, live.arn)
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


def _deployed_before(context: Context, live: str) -> str | None:
    """What the last deployment before the live revision's first one released; never simply the revision before.

    A revision that was registered or released in vain has a number too.
    """
    before = None
    found = False
    # From the oldest on: what was last when the live one first appeared.
    for deployment in reversed(list(deployments.newest_first(context.aws, context.manifest))):
        if deployment.status != "Succeeded":
            continue
        released = deployments.released(context.aws, context.manifest, deployment)
        if released == live:
            found = True
            break
        before = released or before
    return before if found else None
