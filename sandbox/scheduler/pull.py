"""From a task definition to what its containers run: images, secrets, log streams, all with its execution role.

Every failure is in AWS's words. Where they were seen:
https://github.com/aws/aws-cdk/issues/29876 (a manifest), https://github.com/aws/containers-roadmap/issues/2493
(a layer), https://github.com/doctorray117/minecraft-ondemand/issues/12 (a log stream); GetAuthorizationToken's begin as
https://github.com/aws/aws-app-mesh-examples/issues/413 shows for another cause, and go on as the secrets' do.
"""

from __future__ import annotations

import json
import re
from typing import Any

from botocore.exceptions import ClientError

from sandbox.access.sessions import Session
from sandbox.clients import Caller, error_code, error_message
from sandbox.images import ARCHITECTURES, Image, native_architecture
from sandbox.log_stream import LogStream
from sandbox.scheduler import secrets
from sandbox.scheduler.secrets import RESOURCES, RETRIED, told
from sandbox.scheduler.tools import StartError, Tools
from sandbox.scheduler.way import Way

_ECR = re.compile(
    r"(?P<registry>(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com)/(?P<repository>[^:@]+)"
    r"(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


class Start:
    """What ECS does with a task's execution role before its containers run."""

    def __init__(self, tools: Tools, region: str, execution: Session | None, way: Way):
        self._tools = tools
        self._way = way
        self._region = region
        self._role = tools.clients.by(execution) if execution is not None else None

    async def authorize(self, references: list[str]) -> None:
        """Get the token by which private images are pulled."""
        for region in sorted({match["region"] for name in references if (match := _ECR.fullmatch(name))}):
            await self._way.to_ecr(region)
            try:
                await self._as_role("an ECR image").call("ecr", region, "get_authorization_token")
            except ClientError as error:
                raise StartError(
                    f"{RESOURCES}: unable to retrieve ecr registry auth: {RETRIED}: {told(error)}"
                ) from error

    async def pull_image(self, reference: str, platform: str) -> Image:
        """The image of a reference in the sandbox's ECR, for ``ARM64`` or ``X86_64``."""
        match = _ECR.fullmatch(reference)
        if match is None or match["account"] != self._tools.settings.account:
            raise _cannot_pull(
                f"failed to resolve ref {reference}: the sandbox pulls from its own ECR only "
                "(push the image with `python -m sandbox push`)"
            )
        image_id = {"imageDigest": match["digest"]} if match["digest"] else {"imageTag": match["tag"] or "latest"}
        role, named = self._as_role("an ECR image"), {"repositoryName": match["repository"]}
        version = match["digest"] or match["tag"] or "latest"
        manifest = f"https://{match['registry']}/v2/{match['repository']}/manifests/{version}"
        await self._way.to_registry(match["region"], reference, manifest)
        try:
            answer = await role.call("ecr", match["region"], "batch_get_image", **named, imageIds=[image_id])
        except ClientError as error:
            if error_code(error) == _DENIED:
                raise _cannot_pull(
                    f"failed to resolve ref {reference}: pulling from host {match['registry']} failed with status code "
                    f"[manifests {version}]: 403 Forbidden"
                ) from error
            raise _cannot_pull(
                f"failed to resolve ref {reference}: pull access denied, repository does not exist or may require "
                f"authorization: {error_message(error)}"
            ) from error
        if not answer["images"]:
            raise _cannot_pull(f"failed to resolve ref {reference}: {reference}: not found")
        found = answer["images"][0]
        await self._way.to_layers(match["region"], reference)
        await self._get_layers(role, match, json.loads(found["imageManifest"]))
        try:
            image = self._tools.blobs.load_image(reference, found["imageId"]["imageDigest"], found["imageManifest"])
        except LookupError as error:
            raise _cannot_pull(f"failed to resolve ref {reference}: {error}") from error
        if image.architecture.upper() != platform:
            raise _cannot_pull(
                f"image Manifest does not contain descriptor matching platform "
                f"'linux/{ARCHITECTURES[platform.lower()]}'"
            )
        return image

    async def _get_layers(self, role: Caller, match: re.Match[str], manifest: dict[str, Any]) -> None:
        """Ask for the layers and where they are, as a pull does. The files themselves are on this machine."""
        blobs = [blob for blob in (manifest.get("config"), *manifest.get("layers", ())) if blob]
        named = {"repositoryName": match["repository"]}
        for digest in [blob["digest"] for blob in blobs]:
            try:
                await role.call(
                    "ecr", match["region"], "batch_check_layer_availability", **named, layerDigests=[digest]
                )
                await role.call("ecr", match["region"], "get_download_url_for_layer", **named, layerDigest=digest)
            except ClientError as error:
                if error_code(error) != _DENIED:
                    raise
                url = f"https://{match['registry']}/v2/{match['repository']}/blobs/{digest}"
                raise _cannot_pull(
                    f"failed to resolve ref {match[0]}: unexpected status from HEAD request to {url}: 403 Forbidden"
                ) from error

    async def open_logs(self, container: dict[str, Any], task_id: str) -> LogStream | None:
        """The container's stream ``<prefix>/<container>/<task id>``; its group must exist, as on AWS."""
        configuration = container.get("logConfiguration")
        if not configuration:
            return None
        options = configuration.get("options") or {}
        region = options.get("awslogs-region", self._region)
        group = options["awslogs-group"]
        prefix = options.get("awslogs-stream-prefix")
        name = f"{prefix}/{container['name']}/{task_id}" if prefix else task_id
        copy = self._tools.settings.log_dir / "tasks" / f"{container['name']}-{task_id}.log"
        role = self._as_role("the log driver awslogs")
        await self._way.to_logs(region)
        stream = LogStream(role, region, group, name, copy)
        try:
            if options.get("awslogs-create-group") == "true":
                try:
                    await role.call("logs", region, "create_log_group", logGroupName=group)
                except ClientError as error:
                    if error_code(error) != "ResourceAlreadyExistsException":
                        raise
            await stream.create()
        except ClientError as error:
            raise StartError(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                f"failed to create Cloudwatch log stream: {error_code(error)}: {error_message(error)} (log group "
                f"{group}) : exit status 1"
            ) from error
        return stream

    async def read_secrets(self, container: dict[str, Any]) -> dict[str, str]:
        """The values of the container's ``secrets``, from Parameter Store or Secrets Manager."""
        given = container.get("secrets") or []
        return {
            one["name"]: await secrets.read(self._as_role("secrets"), self._way, self._region, one) for one in given
        }

    def _as_role(self, what: str) -> Caller:
        """On Fargate, RegisterTaskDefinition refuses a definition that needs the role and has none."""
        if self._role is None:
            raise StartError(f"{RESOURCES}: the task has no execution role, and {what} needs one")
        return self._role


_DENIED = "AccessDeniedException"


def _cannot_pull(why: str) -> StartError:
    return StartError(f"CannotPullContainerError: pull image manifest has been retried 1 time(s): {why}")


def check_platform(platform: str) -> None:
    """AWS has machines of both kinds; a task for the other one cannot run here."""
    native = native_architecture().upper()
    if platform != native:
        raise StartError(
            f"CannotStartContainerError: exec format error: the task asks for {platform}, and this sandbox runs on "
            f"{native} (set `architecture: native` in the environment)"
        )


_NOT_MODELLED = ("volumesFrom", "environmentFiles", "firelensConfiguration")


def check_volume(volume: dict[str, Any]) -> None:
    """Only empty folders that end with the task: a file system, or a host's folder, has contents that are not here."""
    wanted = [name for name, value in volume.items() if name not in ("name", "host") and value]
    if (volume.get("host") or {}).get("sourcePath"):
        wanted.append("sourcePath")
    if wanted:
        what = f"{', '.join(wanted)} (volume {volume.get('name')})"
        raise StartError(f"ResourceInitializationError: the sandbox does not model {what}")


def check_modelled(container: dict[str, Any]) -> None:
    """A container definition that needs more than the sandbox has does not start half."""
    wanted = [name for name in _NOT_MODELLED if container.get(name)]
    driver = (container.get("logConfiguration") or {}).get("logDriver", "awslogs")
    if driver != "awslogs":
        wanted.append(f"log driver {driver}")
    if wanted:
        what = f"{', '.join(wanted)} (container {container['name']})"
        raise StartError(f"ResourceInitializationError: the sandbox does not model {what}")
