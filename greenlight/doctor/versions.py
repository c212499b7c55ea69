"""Whether the live version can go on, the way back is open, and the manifest is the stack's. Pure."""

from collections.abc import Iterator

from greenlight import revisions
from greenlight.doctor.facts import Facts
from greenlight.doctor.finding import Finding
from greenlight.revisions import Revision


def missing(facts: Facts) -> Iterator[Finding]:
    if facts.no_service:
        yield Finding(what=facts.no_service, effect="nothing can be released", repair="deploy the stack again")
    for what in facts.missing:
        yield Finding(
            what=f"the release manifest {facts.manifest.parameter} names {what}, which is not there",
            effect="releases and rollbacks fail, or are refused",
            repair="the manifest is older than the stack, or a part of it was deleted: deploy the stack again",
        )


def manifest_older(facts: Facts) -> Iterator[Finding]:
    """An old state was restored, or an apply ended half-way: the manifest is the last thing that it writes."""
    if facts.newest is None:
        return
    named = revisions.short(facts.newest.arn)
    base = facts.running.tags.get(revisions.BASE) if facts.running else None
    later = facts.later or (base if base and _number(base) > _number(facts.newest.arn) else None)
    if later:
        yield Finding(
            what=f"the release manifest names {named}, and Terraform has made {revisions.short(later)} since",
            effect="the next release takes back what Terraform has changed",
            repair="deploy the stack again, which writes the manifest; after a restored state see whether the plan "
            "changes what you want",
        )
    elif not facts.newest.active:
        yield Finding(
            what=f"the release manifest names {named}, which is deregistered",
            effect="releases are made of it, and ECS may delete it: then there is nothing to make one of",
            repair="deploy the stack again, which registers it anew",
        )


def no_task_starts(facts: Facts) -> Iterator[Finding]:
    for line in facts.no_start:
        what, _, repair = line.rpartition(": ")
        yield Finding(what=what, effect="deploy and rollback are refused beforehand", repair=repair)


def live_image_gone(facts: Facts) -> Iterator[Finding]:
    for image in _gone(facts, facts.running):
        yield Finding(
            what=f"image {image} of the live version is gone from ECR",
            effect="tasks that run go on, and none can be started: not after a crash, not when the service grows",
            repair=f"push it again under that digest, or release another: {facts.command('deploy', '--image', '…')}",
        )


def way_back_gone(facts: Facts) -> Iterator[Finding]:
    if facts.back is None:
        return
    back = revisions.short(facts.back.arn)
    if not facts.back.active:
        yield Finding(
            what=f"{back}, which a rollback would release, is deregistered",
            effect="rollback is refused",
            repair=f"release the version that you would go back to by its image: "
            f"{facts.command('deploy', '--image', '…')}",
        )
    for image in _gone(facts, facts.back):
        yield Finding(
            what=f"image {image} of {back}, which a rollback would release, is gone from ECR",
            effect="rollback is refused",
            repair="push it again under that digest; keep ECR's lifecycle rules from images that may be gone back to",
        )


def _gone(facts: Facts, revision: Revision | None) -> list[str]:
    used = [str(one["image"]) for one in revision.content["containerDefinitions"]] if revision else []
    return [image for image in dict.fromkeys(used) if image in facts.images_gone]


def _number(arn: str) -> int:
    return int(arn.rpartition(":")[2])
