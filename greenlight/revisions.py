"""Task definition revisions: what is live, and what a release would register."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from greenlight import comparison, containers, images, sidecars, tasks
from greenlight.appspec import Placement
from greenlight.aws import Aws, error_code
from greenlight.errors import RefusedError
from greenlight.manifest import Manifest

# What RegisterTaskDefinition takes of what DescribeTaskDefinition gives.
_REGISTRABLE = (
    "family",
    "taskRoleArn",
    "executionRoleArn",
    "networkMode",
    "containerDefinitions",
    "volumes",
    "placementConstraints",
    "requiresCompatibilities",
    "cpu",
    "memory",
    "pidMode",
    "ipcMode",
    "proxyConfiguration",
    "inferenceAccelerators",
    "ephemeralStorage",
    "runtimePlatform",
    "enableFaultInjection",
)


# Tags of a revision: where it comes from, and what it replaced.
BASE = "greenlight:base"
REPLACES = "greenlight:replaces"
REPLACES_IMAGE = "greenlight:replaces-image"
TAG = "greenlight:tag"
COMMIT = "greenlight:commit"
_EACH_HAS = (BASE, REPLACES, REPLACES_IMAGE, TAG, COMMIT)


@dataclass(frozen=True, kw_only=True)
class Other:
    """A task set next to the live one: a candidate, or what is kept for the way back."""

    task_definition: str  # ARN
    desired: int
    running: int


@dataclass(frozen=True, kw_only=True)
class Live:
    """The version with the production traffic."""

    arn: str
    network: dict[str, Any]  # its awsvpcConfiguration
    service: dict[str, Any]  # as DescribeServices gave it
    container: str | None  # the one that takes its traffic, where ECS says it
    desired: int  # tasks
    running: int
    others: tuple[Other, ...]
    placement: Placement


@dataclass(frozen=True, kw_only=True)
class Revision:
    arn: str
    active: bool
    content: dict[str, Any]
    tags: dict[str, str]
    registered: datetime | None = None

    @property
    def own_tags(self) -> dict[str, str]:
        """Neither AWS's, nor those that each release gets."""
        return {key: value for key, value in self.tags.items() if not key.startswith("aws:") and key not in _EACH_HAS}

    @property
    def containers(self) -> list[str]:
        return [str(container["name"]) for container in self.content["containerDefinitions"]]

    @property
    def version(self) -> dict[str, str | None]:
        """What people call it: the image's tag and the commit, where they were known when it was released."""
        return {"tag": self.tags.get(TAG), "commit": self.tags.get(COMMIT)}

    def image(self, container: str) -> str:
        return next(str(one["image"]) for one in self.content["containerDefinitions"] if one["name"] == container)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A release, before anything is changed."""

    live: Live
    image: str
    container: containers.Serving
    request: dict[str, Any]  # RegisterTaskDefinition's
    differences: list[comparison.Difference]  # none: what runs is what would be released
    version: dict[str, str | None]  # tag and commit, as `Revision.version`
    pinned: bool  # the live revision names its image by the digest
    notes: list[str]  # what is to be said of it

    @property
    def releasable_again(self) -> str | None:
        """The live revision's ARN, where a release of the same again needs no other: so the way back stays its own."""
        return None if self.differences or not self.pinned else self.live.arn


def short(arn: str) -> str:
    """`family:revision`, as people say it."""
    return arn.rsplit("/", 1)[-1]


def called(image: str, version: Mapping[str, str | None]) -> str:
    """What people call a version: `:v2, commit c0ffee`, or by the begin of its digest where it has no tag."""
    name = (
        f":{version['tag']}"
        if version["tag"]
        else f"@{images.digest(image)[:19]}…"
        if images.is_pinned(image)
        else image
    )
    return f"{name}, commit {version['commit']}" if version["commit"] else name


def live(aws: Aws, manifest: Manifest) -> Live:
    """Raises RefusedError where there is no such service, or CodeDeploy does not release it."""
    found = aws.call("ecs:DescribeServices", cluster=manifest.cluster, services=[manifest.ecs_service])["services"]
    service = next((service for service in found if service["status"] == "ACTIVE"), None)
    place = f"ECS service {manifest.ecs_service} of cluster {manifest.cluster}"
    if service is None:
        raise RefusedError(f"{place} is not there, though its release manifest is: deploy the stack again")
    controller = (service.get("deploymentController") or {}).get("type", "ECS")
    if controller != "CODE_DEPLOY":
        raise RefusedError(f"{place} has the deployment controller {controller}: releases need CODE_DEPLOY")
    sets = service.get("taskSets", [])
    primary: dict[str, Any] = next((found for found in sets if found["status"] == "PRIMARY"), {})
    network = primary.get("networkConfiguration") or service.get("networkConfiguration") or {}
    balancers = primary.get("loadBalancers") or [{}]
    return Live(
        arn=primary.get("taskDefinition") or service["taskDefinition"],
        network=network.get("awsvpcConfiguration") or {},
        service=service,
        container=balancers[0].get("containerName"),
        # The service's own counts are those of all its task sets.
        desired=primary.get("computedDesiredCount", service["desiredCount"]),
        running=primary.get("runningCount", service["runningCount"]),
        others=tuple(
            Other(
                task_definition=one["taskDefinition"], desired=one["computedDesiredCount"], running=one["runningCount"]
            )
            for one in sets
            if one is not primary
        ),
        placement=Placement(
            # LATEST comes back as the number that it stood for: https://github.com/aws/containers-roadmap/issues/2840
            platform_version=primary.get("platformVersion") or service.get("platformVersion"),
            capacity_providers=tuple(
                primary.get("capacityProviderStrategy") or service.get("capacityProviderStrategy") or ()
            ),
        ),
    )


def describe(aws: Aws, arn: str) -> Revision:
    try:
        found = aws.call("ecs:DescribeTaskDefinition", taskDefinition=arn, include=["TAGS"])
    except ClientError as error:
        if error_code(error) != "ClientException":
            raise
        raise RefusedError(f"there is no task definition {arn}") from error
    definition = found["taskDefinition"]
    return Revision(
        arn=definition["taskDefinitionArn"],
        active=definition.get("status", "ACTIVE") == "ACTIVE",
        content={key: definition[key] for key in _REGISTRABLE if definition.get(key) not in (None, [], {}, "")},
        tags={tag["key"]: tag["value"] for tag in found.get("tags", [])},
        registered=definition.get("registeredAt"),
    )


def plan(aws: Aws, manifest: Manifest, asked: images.Pinned | None) -> Plan:
    """Terraform's newest revision with the image replaced by the `asked` one; without it the live digest stays.

    So a change of memory or environment ships with the next release, whether or not that brings a new image.
    """
    now = live(aws, manifest)
    running, base = describe(aws, now.arn), describe(aws, manifest.task_definition)
    # Before anything is registered: a revision that no AppSpec can name is of no use.
    container = containers.serving(base.content, short(base.arn), manifest.container)
    was = serving_name(manifest, now, running)
    running_image = _pinned(aws, manifest, now, running, was)
    wanted = asked.image if asked else running_image
    chosen = sidecars.choose(aws, base.content, container.name, wanted)
    content = _with_images(base, chosen.by_container)
    network = {
        "subnets": manifest.network.subnets,
        "securityGroups": manifest.network.security_groups,
        "assignPublicIp": manifest.network.assign_public_ip,
    }
    # Where no task runs, ECS may be waiting for up to 27 minutes to pull the image again; a release does it at once.
    shown = {was: running.image(was) if _runs_nothing(now) else running_image}
    for name in running.containers:
        if name != was and sidecars.is_movable(running.image(name)):
            shown[name] = _pinned(aws, manifest, now, running, name)
    differences = comparison.differences(_with_images(running, shown), content)
    # Where AWS does not say what the running tasks have, there is nothing to compare with.
    differences += comparison.network(now.network, network) if now.network else []
    differences += comparison.tags(running.own_tags, base.own_tags)
    tags = base.own_tags | {BASE: base.arn, REPLACES: now.arn}
    pinned = images.is_pinned(running.image(was))
    if images.is_pinned(running_image) and not pinned:
        # What Terraform made has a tag, which may move: a rollback has to know what it stood for.
        tags[REPLACES_IMAGE] = running_image
    kept: dict[str, str | None] = running.version if wanted == running_image else {"tag": None, "commit": None}
    named = asked.tag if asked else images.tag(running.image(was))
    version = {"tag": named or kept["tag"], "commit": commit() or kept["commit"]}
    tags |= {key: value for key, value in ((TAG, version["tag"]), (COMMIT, version["commit"])) if value}
    request = content | {"tags": [{"key": key, "value": value} for key, value in sorted(tags.items())]}
    return Plan(
        live=now,
        image=wanted,
        container=container,
        request=request,
        differences=differences,
        version=version if differences or not pinned else running.version,
        pinned=pinned,
        notes=chosen.notes,
    )


def _runs_nothing(now: Live) -> bool:
    return bool(now.service.get("desiredCount")) and now.service.get("runningCount") == 0


def serving_name(manifest: Manifest, now: Live, running: Revision) -> str:
    """The container of the live revision that takes the traffic: it may have another name than the newest one's."""
    return now.container or containers.serving_name(running.content, short(running.arn), manifest.container)


def register(aws: Aws, request: dict[str, Any]) -> str:
    """Changes nothing that runs."""
    answer = aws.call("ecs:RegisterTaskDefinition", **request)
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def commit() -> str | None:
    """The commit that CI releases; None elsewhere, because the folder that one stands in says nothing of an image."""
    return os.environ.get("GITHUB_SHA") or os.environ.get("CI_COMMIT_SHA") or None


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
