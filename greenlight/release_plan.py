"""What a release would register, and how that differs from what is live."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import comparison, containers, images, revisions, sidecars, tasks
from greenlight.aws import Aws
from greenlight.errors import RefusedError
from greenlight.manifest import Manifest
from greenlight.revisions import Live, Revision


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A release, before anything is changed."""

    live: Live
    image: str
    container: containers.Serving
    request: dict[str, Any]  # RegisterTaskDefinition's
    differences: list[comparison.Difference]  # none: what runs is what would be released
    version: dict[str, str | None]  # tag and commit, as `Revision.version`
    repeatable: bool  # the live revision names its image by the digest, and was not deregistered
    notes: list[str]  # what is to be said of it

    @property
    def releasable_again(self) -> str | None:
        """The live revision's ARN, where a release of the same again needs no other: so the way back stays its own."""
        return self.live.arn if self.repeatable and not self.differences else None


def make(aws: Aws, manifest: Manifest, asked: images.Pinned | None) -> Plan:
    """Terraform's newest revision with the image replaced by the `asked` one; without it the live digest stays.

    So a change of memory or environment ships with the next release, whether or not that brings a new image.
    """
    now = revisions.live(aws, manifest)
    running, base = revisions.describe(aws, now.arn), revisions.describe(aws, manifest.task_definition)
    # Before anything is registered: a revision that no AppSpec can name is of no use.
    container = containers.serving(base.content, revisions.short(base.arn), manifest.container)
    was = revisions.serving_name(manifest, now, running)
    pinned = images.is_pinned(running.image(was))
    running_image = _pinned(aws, manifest, now, running, was)
    wanted = asked.image if asked else running_image
    chosen = sidecars.choose(aws, base.content, container.name, wanted)
    content = _with_images(base, chosen.by_container)
    # Where no task runs, ECS may be waiting for up to 27 minutes to pull the image again; a release does it at once.
    shown = {was: running.image(was) if _runs_nothing(now) else running_image}
    unseen: list[str] = []
    for name in running.containers:
        if name != was and sidecars.is_movable(running.image(name)):
            try:
                shown[name] = _pinned(aws, manifest, now, running, name)
            except (ClientError, BotoCoreError) as error:
                # As for those of the new revision: only a difference may be shown that is none.
                unseen.append(sidecars.unseen(name, running.image(name), error))
    differences = comparison.differences(_with_images(running, shown), content)
    # Where AWS does not say what the running tasks have, there is nothing to compare with.
    differences += comparison.network(now.network, _network(manifest)) if now.network else []
    differences += comparison.tags(running.own_tags, base.own_tags)
    repeatable = pinned and running.active
    version = _version(asked, running, was, kept=wanted == running_image)
    tags = base.own_tags | {revisions.BASE: base.arn, revisions.REPLACES: now.arn}
    if not differences and revisions.REPLACES in running.tags:
        # The same again, under another number: the way back stays its own.
        kept = (revisions.REPLACES, revisions.REPLACES_IMAGE)
        tags |= {key: running.tags[key] for key in kept if key in running.tags}
    elif images.is_pinned(running_image) and not pinned:
        # What Terraform made has a tag, which may move: a rollback has to know what it stood for.
        tags[revisions.REPLACES_IMAGE] = running_image
    named = {revisions.TAG: version["tag"], revisions.COMMIT: version["commit"]}
    tags |= {key: value for key, value in named.items() if value}
    return Plan(
        live=now,
        image=wanted,
        container=container,
        request=content | {"tags": [{"key": key, "value": value} for key, value in sorted(tags.items())]},
        differences=differences,
        version=version if differences or not repeatable else running.version,
        repeatable=repeatable,
        notes=list(dict.fromkeys(chosen.notes + unseen)),
    )


def commit() -> str | None:
    """The commit that CI releases; None elsewhere, because the folder that one stands in says nothing of an image."""
    return os.environ.get("GITHUB_SHA") or os.environ.get("CI_COMMIT_SHA") or None


def _version(asked: images.Pinned | None, running: Revision, container: str, *, kept: bool) -> dict[str, str | None]:
    """The tag that was asked for, or that the live image has by itself; an image that is `kept` keeps what it has."""
    tag = asked.tag if asked else images.tag(running.image(container))
    before: dict[str, str | None] = running.version if kept else {"tag": None, "commit": None}
    return {"tag": tag or before["tag"], "commit": before["commit"] or commit()}


def _network(manifest: Manifest) -> dict[str, Any]:
    return {
        "subnets": manifest.network.subnets,
        "securityGroups": manifest.network.security_groups,
        "assignPublicIp": manifest.network.assign_public_ip,
    }


def _runs_nothing(now: Live) -> bool:
    return bool(now.service.get("desiredCount")) and now.service.get("runningCount") == 0


def _pinned(aws: Aws, manifest: Manifest, now: Live, running: Revision, name: str) -> str:
    """The live image by its digest. What Terraform made may have a tag: the running tasks say what it stood for."""
    image = running.image(name)
    if images.is_pinned(image):
        return image
    digests = {
        container["imageDigest"]
        for task in tasks.read(aws, manifest, "RUNNING")
        if task["taskDefinitionArn"] == now.arn
        for container in task.get("containers", [])
        if container["name"] == name and container.get("imageDigest")
    }
    if len(digests) == 1:
        return images.with_digest(image, digests.pop())
    # The tag moved between two task starts, or nothing runs: what it stands for now is what ECS would start next.
    try:
        return images.check(aws, image) or image
    except RefusedError:
        # Nothing runs that could be kept; that the image is missing is told where it is asked for.
        return image


def _with_images(revision: Revision, by_container: Mapping[str, str]) -> dict[str, Any]:
    changed = [
        container | {"image": by_container.get(container["name"], container["image"])}
        for container in revision.content["containerDefinitions"]
    ]
    return revision.content | {"containerDefinitions": changed}
