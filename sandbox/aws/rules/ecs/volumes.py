"""The volumes of a task definition, and where its containers mount them."""

from __future__ import annotations

from functools import partial

from sandbox.aws.model.request import Call
from sandbox.aws.rules.ecs.tasks import NAME
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

_VOLUME = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Volume.html"

_task = partial(rule, "ecs", "RegisterTaskDefinition", code="ClientException", coded=False)


def _names(call: Call) -> list[str]:
    return [volume["name"] for volume in call.params.get("volumes") or [] if volume.get("name")]


@_task(
    source=_VOLUME,
    says="A volume's name is of letters, digits, hyphens and underscores.",
    quote="Up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed.",
    worded=False,
)
def volume_name_has_other_characters(call: Call) -> str | None:
    wrong = any(not NAME.fullmatch(name) for name in _names(call))
    return "Volume.name contains invalid characters." if wrong else None


@_task(
    source=_VOLUME,
    says="A mount point finds its volume by its name, which two of them cannot share.",
    quote="this name is referenced in the sourceVolume parameter of the mountPoints object",
    worded=False,
)
def volume_name_is_given_twice(call: Call) -> str | None:
    twice = len(set(_names(call))) < len(_names(call))
    return "Volume names must be unique within a task definition" if twice else None


@_task(
    source=tried("ecs/pf-ecs-mountpoint-source-volume-missing"),
    says="A container mounts a volume of its task.",
    quote="Unknown volume '",
)
def mounted_volume_is_missing(call: Call) -> str | None:
    for container in call.params["containerDefinitions"]:
        for mount in container.get("mountPoints") or []:
            if mount.get("sourceVolume") and mount["sourceVolume"] not in _names(call):
                return f"Unknown volume '{mount['sourceVolume']}'."
    return None
