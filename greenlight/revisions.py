"""Task definition revisions: what is live, and what each of them is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import containers, images
from greenlight.appspec import Placement
from greenlight.aws import Aws, error_code, is_passing, is_unanswered
from greenlight.clock import backoff
from greenlight.context import Context
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
_ATTEMPTS = 5
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
    target_group: str | None  # ARN of the one that its tasks are in, where ECS says it
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
        target_group=balancers[0].get("targetGroupArn"),
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


def serving_name(manifest: Manifest, now: Live, running: Revision) -> str:
    """The container of the live revision that takes the traffic: it may have another name than the newest one's."""
    return now.container or containers.serving_name(running.content, short(running.arn), manifest.container)


def register(context: Context, request: dict[str, Any]) -> str:
    """Changes nothing that runs.

    AWS has no token that would make the call safe to repeat: where an answer is lost there may be two revisions, which
    are the same but for their number. The one whose number is not known is never released, and it is said.
    """
    lost = False
    for attempt in range(_ATTEMPTS):
        if attempt:
            context.clock.sleep(backoff(attempt))
        try:
            answer = context.aws.call_once("ecs:RegisterTaskDefinition", **request)
        except (ClientError, BotoCoreError) as error:
            if not is_passing(error) or attempt == _ATTEMPTS - 1:
                raise
            lost = lost or is_unanswered(error)
            continue
        break
    arn = str(answer["taskDefinition"]["taskDefinitionArn"])
    if lost:
        context.show.line(
            f"an answer to RegisterTaskDefinition was lost: a revision before {short(arn)} may be the same as it, and "
            "nothing runs it",
            "yellow",
        )
    return arn
