"""Whether an image has a part for the processor that a task asks for: without it no task starts, again and again."""

import http.client
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.request import urlopen

from greenlight import images
from greenlight.aws import Aws

LIMIT_SECONDS = 10.0
_MOST_BYTES = 4 * 2**20  # of a manifest as ECR keeps it; an image's configuration is smaller
# ECS's word -> an image's. https://specs.opencontainers.org/image-spec/config/ has Go's.
_WORDS = {"X86_64": "amd64", "ARM64": "arm64"}


def check(aws: Aws, revision: Mapping[str, Any]) -> Iterator[str]:
    """A line for each image in private ECR, pinned by its digest, that has no part for the revision's platform."""
    platform = revision.get("runtimePlatform") or {}
    wanted = _WORDS.get(platform.get("cpuArchitecture", "X86_64"))  # X86_64 is ECS's default
    if wanted is None or platform.get("operatingSystemFamily", "LINUX") != "LINUX":
        return
    for image in dict.fromkeys(str(container["image"]) for container in revision["containerDefinitions"]):
        found = _architectures(aws, image)
        if found and wanted not in found:
            yield (
                f"image {image} is for {', '.join(sorted(found))}, and the task definition asks for {wanted}: build it "
                f"with --platform linux/{wanted}, or change the service's architecture"
            )


def _architectures(aws: Aws, image: str) -> set[str]:
    """Empty where it is not known: another registry, or a kind of manifest that says nothing of it."""
    if not images.is_pinned(image):
        return set()
    try:
        private = images.read(image).private
    except ValueError:
        return set()
    if private is None:
        return set()
    aws = aws.in_region(private.region)
    named = {"registryId": private.account, "repositoryName": private.name}
    # Without media types ECR gives the manifest as it was pushed, an index too.
    answer = aws.call("ecr:BatchGetImage", **named, imageIds=[{"imageDigest": images.digest(image)}])
    if not answer["images"]:
        return set()  # that it is missing is told where it is resolved
    manifest = _read(answer["images"][0]["imageManifest"])
    if "manifests" in manifest:
        platforms = (one.get("platform") or {} for one in manifest["manifests"])
        # Attestations are of `unknown`, and run nowhere.
        return {str(one["architecture"]) for one in platforms if one.get("os") == "linux" and "architecture" in one}
    config = (manifest.get("config") or {}).get("digest")
    if config is None:
        return set()
    url = aws.call("ecr:GetDownloadUrlForLayer", **named, layerDigest=config)["downloadUrl"]
    architecture = get(url).get("architecture")
    return {str(architecture)} if architecture else set()


def get(url: str) -> dict[str, Any]:
    """An image's configuration, from where ECR says; waits 10 seconds for each step. Empty where it cannot be read."""
    try:
        with urlopen(url, timeout=LIMIT_SECONDS) as answer:
            return _read(answer.read(_MOST_BYTES))
    except (OSError, http.client.HTTPException):
        return {}


def _read(document: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(document)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
