"""From a task definition to what its containers run: images, secrets, log streams. Every failure is in AWS's words."""

from __future__ import annotations

import json
import re
from typing import Any

from botocore.exceptions import ClientError

from sandbox.clients import error_code, error_message
from sandbox.images import ARCHITECTURES, Image, native_architecture
from sandbox.log_stream import LogStream
from sandbox.scheduler.tools import StartError, Tools

_ECR = re.compile(
    r"(?P<registry>(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com)/(?P<repository>[^:@]+)"
    r"(?::(?P<tag>[\w.-]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)


async def pull_image(tools: Tools, reference: str, platform: str) -> Image:
    """The image of a reference in the sandbox's ECR, for ``ARM64`` or ``X86_64``."""
    match = _ECR.fullmatch(reference)
    if match is None or match["account"] != tools.settings.account:
        raise _cannot_pull(
            f"failed to resolve ref {reference}: the sandbox pulls from its own ECR only "
            "(push the image with `python -m sandbox push`)"
        )
    image_id = {"imageDigest": match["digest"]} if match["digest"] else {"imageTag": match["tag"] or "latest"}
    try:
        answer = await tools.clients.call(
            "ecr", match["region"], "batch_get_image", repositoryName=match["repository"], imageIds=[image_id]
        )
    except ClientError as error:
        raise _cannot_pull(
            f"failed to resolve ref {reference}: pull access denied, repository does not exist or may require "
            f"authorization: {error_message(error)}"
        ) from error
    if not answer["images"]:
        raise _cannot_pull(f"failed to resolve ref {reference}: {reference}: not found")
    found = answer["images"][0]
    try:
        image = tools.blobs.load_image(reference, found["imageId"]["imageDigest"], found["imageManifest"])
    except LookupError as error:
        raise _cannot_pull(f"failed to resolve ref {reference}: {error}") from error
    if image.architecture.upper() != platform:
        raise _cannot_pull(
            f"image Manifest does not contain descriptor matching platform 'linux/{ARCHITECTURES[platform.lower()]}'"
        )
    return image


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


_NOT_MODELLED = ("dependsOn", "volumesFrom", "mountPoints", "environmentFiles", "firelensConfiguration")


def check_modelled(container: dict[str, Any]) -> None:
    """A container definition that needs more than the sandbox has does not start half."""
    wanted = [name for name in _NOT_MODELLED if container.get(name)]
    driver = (container.get("logConfiguration") or {}).get("logDriver", "awslogs")
    if driver != "awslogs":
        wanted.append(f"log driver {driver}")
    if wanted:
        what = f"{', '.join(wanted)} (container {container['name']})"
        raise StartError(f"ResourceInitializationError: the sandbox does not model {what}")


async def open_logs(tools: Tools, region: str, container: dict[str, Any], task_id: str) -> LogStream | None:
    """The container's stream ``<prefix>/<container>/<task id>``; its group must exist, as on AWS."""
    configuration = container.get("logConfiguration")
    if not configuration:
        return None
    options = configuration.get("options") or {}
    region = options.get("awslogs-region", region)
    group = options["awslogs-group"]
    prefix = options.get("awslogs-stream-prefix")
    name = f"{prefix}/{container['name']}/{task_id}" if prefix else task_id
    copy = tools.settings.log_dir / "tasks" / f"{container['name']}-{task_id}.log"
    stream = LogStream(tools.clients, region, group, name, copy)
    try:
        if options.get("awslogs-create-group") == "true":
            try:
                await tools.clients.call("logs", region, "create_log_group", logGroupName=group)
            except ClientError as error:
                if error_code(error) != "ResourceAlreadyExistsException":
                    raise
        await stream.create()
    except ClientError as error:
        raise StartError(
            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
            f"failed to create Cloudwatch log stream: {error_code(error)}: {error_message(error)} (log group {group}) "
            ": exit status 1"
        ) from error
    return stream


async def read_secrets(tools: Tools, region: str, container: dict[str, Any]) -> dict[str, str]:
    """The values of the container's ``secrets``, from Parameter Store or Secrets Manager."""
    values = {}
    for secret in container.get("secrets") or []:
        try:
            values[secret["name"]] = await _secret(tools, region, secret["valueFrom"])
        except (ClientError, KeyError, ValueError) as error:
            text = f"{error_code(error)}: {error_message(error)}" if isinstance(error, ClientError) else repr(error)
            raise StartError(
                "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval "
                f"failed: unable to retrieve secret {secret['valueFrom']}: {text}"
            ) from error
    return values


async def _secret(tools: Tools, region: str, source: str) -> str:
    if not source.startswith("arn:aws:secretsmanager:"):
        name = source.split(":parameter", 1)[1] if source.startswith("arn:") else source
        answer = await tools.clients.call("ssm", region, "get_parameter", Name=name, WithDecryption=True)
        return str(answer["Parameter"]["Value"])
    # arn:aws:secretsmanager:region:account:secret:name[:json key[:version stage[:version id]]]
    parts = [*source.split(":"), "", "", ""]
    request = {"SecretId": ":".join(parts[:7]), "VersionStage": parts[8], "VersionId": parts[9]}
    answer = await tools.clients.call(
        "secretsmanager", region, "get_secret_value", **{key: value for key, value in request.items() if value}
    )
    return str(json.loads(answer["SecretString"])[parts[7]] if parts[7] else answer["SecretString"])
