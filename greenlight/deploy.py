"""`greenlight deploy`: release a version, and stay until it has the traffic or the old one has it back."""

import json

from greenlight import deployments, release, revisions
from greenlight.context import Context, Result
from greenlight.deployment import Until
from greenlight.difference import document, render
from greenlight.errors import InFlightError
from greenlight.outcome import Exit
from greenlight.release import Conflict


def run(
    context: Context, *, image: str | None, until: Until, conflict: Conflict, ignore_alarms: bool, dry_run: bool
) -> Result:
    """Production traffic moves only after the hooks have agreed; a release that fails leaves it on the old version."""
    if dry_run:
        return _dry_run(context, image, ignore_alarms=ignore_alarms)
    while True:
        if blocked := release.clear_the_way(context, conflict):
            return release.report(context, blocked, "")
        # Only now: what is live may be the work of the deployment before.
        plan = revisions.plan(context.aws, context.manifest, image)
        content = {"image": plan.image, "replaces": plan.live.arn, "differences": document(plan.differences)}
        if not plan.differences:
            context.show.line(f"nothing to do: {revisions.short(plan.live.arn)} is live already", "bold green")
            nothing = {"target": context.manifest.address, "outcome": "nothing-to-do", "task_definition": plan.live.arn}
            return Result(Exit.OK, nothing | content)
        for line in render(plan.differences):
            context.show.line(line)
        arn = revisions.register(context.aws, plan.request)
        name = revisions.short(arn)
        what = release.describe(f"{name} replaces {revisions.short(plan.live.arn)}")
        try:
            followed = release.run(
                context, deployments.request(context.manifest, arn, what, ignore_alarms=ignore_alarms), until
            )
        except InFlightError:
            # Somebody else's began since we looked.
            if conflict is not Conflict.refuse:
                continue
            found = deployments.in_flight(context.aws, context.manifest)
            if found:
                raise release.in_flight_error(context, found) from None
            raise
        return release.report(context, followed, _good(name, until), task_definition=arn, **content)


def _good(name: str, until: Until) -> str:
    if until is Until.ready:
        return f"{name} is ready for production traffic"
    return f"{name} has the traffic" + (", and the old tasks are gone" if until is Until.done else "")


def _dry_run(context: Context, image: str | None, *, ignore_alarms: bool) -> Result:
    manifest = context.manifest
    plan = revisions.plan(context.aws, manifest, image)
    content = {"target": manifest.address, "differences": document(plan.differences)}
    if not plan.differences:
        context.show.line(f"nothing to do: {revisions.short(plan.live.arn)} is live already")
        whole = content | {"requests": []}
    else:
        # Only AWS knows the number of the revision that it will make.
        arn = f"{manifest.task_definition.rpartition(':')[0]}:REVISION"
        what = release.describe(f"{revisions.short(arn)} replaces {revisions.short(plan.live.arn)}")
        whole = content | release.requests(
            ecs_RegisterTaskDefinition=plan.request,
            codedeploy_CreateDeployment=deployments.request(manifest, arn, what, ignore_alarms=ignore_alarms),
        )
    return Result(Exit.OK, whole, json.dumps(whole["requests"], indent=2))
