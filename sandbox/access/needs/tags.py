"""Tags: those that a request brings, and those that a resource has, as moto keeps them. With the lock held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from moto.core.resource_tagging import iter_taggable_backends

from sandbox.state import ACCOUNT

_KEYS = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))


def given(tags: Mapping[str, str] | Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """A request's tags, in whichever of AWS's forms they are written."""
    if isinstance(tags, Mapping):
        return dict(tags)
    return {_of(tag, 0): _of(tag, 1) for tag in tags or ()}


def _of(tag: Mapping[str, str], part: int) -> str:
    return next((tag[names[part]] for names in _KEYS if names[part] in tag), "")


def without_values(keys: Iterable[str]) -> dict[str, str]:
    """Of a request that takes tags away: ``aws:TagKeys`` is about these keys."""
    return dict.fromkeys(keys, "")


def on(arn: str) -> dict[str, str]:
    """What the resource is tagged with; nothing where there is no such resource, or it is no ARN at all."""
    region = [*arn.split(":"), "", "", "", ""][3]
    for backend in iter_taggable_backends(ACCOUNT, region or "us-east-1"):
        if backend.owns_arn(arn):
            return next((dict(one.tags) for one in backend.iter_tagged_resources() if one.arn == arn), {})
    return {}
