"""Tags of what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sandbox.access.model import Need
from sandbox.access.needs import UnmappedError, needs
from sandbox.access.needs.ec2.resources import kind_of, on, on_nothing
from sandbox.aws.model.request import Call


@needs("ec2", "CreateTags", "DeleteTags")
def tags(call: Call) -> Iterator[Need]:
    """Without tags, DeleteTags takes away all of them; without a tag's value, the tag whatever its value is."""
    given = call.params.get("Tags") or []
    values = {tag.get("Key", ""): tag["Value"] for tag in given if tag.get("Value") is not None}
    keys = {"ec2:CreateAction": (), "aws:TagKeys": tuple(tag.get("Key", "") for tag in given)}
    if not call.params["Resources"]:
        yield on_nothing(call)
    for resource in call.params["Resources"]:
        kind = kind_of(resource)
        if kind is None:
            raise UnmappedError(
                f"sandbox/access/needs/ec2 does not say what {call.operation.name} of {resource} asks for"
            )
        # Which value a tag has that is taken away whatever it is, AWS does not say.
        yield replace(on(call, kind, resource, keys), request_tags=values if len(values) == len(given) else None)
