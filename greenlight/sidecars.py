"""The images of the other containers: a release that left them on a moving tag could not be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from greenlight import images
from greenlight.aws import Aws, explain
from greenlight.errors import RefusedError


@dataclass(frozen=True)
class Images:
    """What each container of a release gets, and what is to be said of those whose tag stays."""

    by_container: dict[str, str]
    notes: list[str] = field(default_factory=list)


def choose(aws: Aws, definition: Mapping[str, Any], serving: str, wanted: str) -> Images:
    """The `serving` container gets the `wanted` image, and so do those that Terraform gave the same one.

    Others in private ECR are pinned to what their tag stands for now.
    """
    named = {container["name"]: str(container["image"]) for container in definition["containerDefinitions"]}
    chosen = Images({})
    for name, image in named.items():
        chosen.by_container[name] = wanted if image == named[serving] else _pinned(aws, name, image, chosen.notes)
    return chosen


def check(aws: Aws, definition: Mapping[str, Any], serving: str) -> list[str]:
    """What is to be said of the others before a rollback."""
    notes: list[str] = []
    for container in definition["containerDefinitions"]:
        name, image = container["name"], str(container["image"])
        if name == serving:
            continue
        pinned = _pinned(aws, name, image, notes)
        if pinned != image:
            notes.append(f"container {name} takes {image} by its tag, which may have moved since it ran")
    return notes


def is_movable(image: str) -> bool:
    """In private ECR and known by a tag, so that it can be pinned."""
    if images.is_pinned(image):
        return False
    try:
        return images.read(image).private is not None
    except ValueError:
        return False


def unseen(name: str, image: str, error: Exception) -> str:
    """What is said of a container whose image cannot be looked at."""
    return f"cannot see the image of container {name}, {image}: {explain(error)}"


def _pinned(aws: Aws, name: str, image: str, notes: list[str]) -> str:
    try:
        found = images.check(aws, image)
    except (ClientError, BotoCoreError, RefusedError) as error:
        # An older policy allows the service's own repository only, and a pull-through cache has what was pulled before
        # only. Neither must cost a release, nor the way back; what ECS cannot pull is rolled back within minutes.
        notes.append(unseen(name, image, error))
        return image
    if found is None and not images.is_pinned(image):
        notes.append(
            f"container {name} takes {image} by its tag, which may move: only private ECR's can be pinned here"
        )
    return found or image
