"""EventBridge: rules and their targets, buses, and what is sent to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from moto.events.models import events_backends

from sandbox.access.model import Keys, Need
from sandbox.access.needs import needs, tags
from sandbox.access.needs.arns import arn, passed
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

_OF_PATTERN = {
    "events:source": ("source",),
    "events:detail-type": ("detail-type",),
    "events:detail.service": ("detail", "service"),
    "events:detail.eventTypeCode": ("detail", "eventTypeCode"),
    "events:detail.userIdentity.principalId": ("detail", "userIdentity", "principalId"),
}


@needs("events", "PutRule")
def new_rule(call: Call) -> Iterator[Need]:
    """With tags, "you must have both the events:PutRule and events:TagResource permissions", says AWS's own model."""
    new = tags.given(call.params.get("Tags"))
    resource = _rule(call, call.params["Name"])
    yield _on(call, resource, {**_of_rule(call, resource), **_of_pattern(call.params.get("EventPattern"))}, new)
    if new:
        keys = {"events:creatorAccount": (ACCOUNT,)}
        yield Need("events:TagResource", resource, keys=keys, request_tags=new, resource_tags=_tags(call, resource))
    yield from passed(call.params.get("RoleArn"), "events.amazonaws.com")


@needs("events", "PutTargets")
def new_targets(call: Call) -> Iterator[Need]:
    resource = _rule(call, call.params["Rule"])
    targets = call.params["Targets"]
    arns = tuple(target["Arn"] for target in targets)
    yield _on(call, resource, {**_of_rule(call, resource), "events:TargetArn": arns})
    for role in dict.fromkeys(target.get("RoleArn") for target in targets):
        yield from passed(role, "events.amazonaws.com")


@needs("events", "DeleteRule", "DisableRule", "EnableRule")
def of_rule(call: Call) -> Iterator[Need]:
    resource = _rule(call, call.params["Name"])
    yield _on(call, resource, _of_rule(call, resource))


@needs("events", "RemoveTargets")
def old_targets(call: Call) -> Iterator[Need]:
    resource = _rule(call, call.params["Rule"])
    yield _on(call, resource, _of_rule(call, resource))


@needs("events", "DescribeRule")
def described_rule(call: Call) -> Iterator[Need]:
    yield _on(call, _rule(call, call.params["Name"]), {"events:creatorAccount": (ACCOUNT,)})


@needs("events", "ListTargetsByRule")
def listed_targets(call: Call) -> Iterator[Need]:
    yield _on(call, _rule(call, call.params["Rule"]), {"events:creatorAccount": (ACCOUNT,)})


@needs("events", "PutEvents")
def new_events(call: Call) -> Iterator[Need]:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-conditions.html"""
    for entry in call.params["Entries"] or [{}]:
        keys = {
            f"events:{key}": (entry[name],) if entry.get(name) else ()
            for key, name in (("source", "Source"), ("detail-type", "DetailType"))
        }
        yield _on(call, _bus(call, entry.get("EventBusName")), keys)


@needs("events", "CreateEventBus")
def new_bus(call: Call) -> Iterator[Need]:
    """AWS does not say what its tags ask for: the same as those of a rule, here."""
    new = tags.given(call.params.get("Tags"))
    resource = _bus(call, call.params["Name"])
    yield _on(call, resource, request_tags=new)
    if new:
        keys = {"events:creatorAccount": (ACCOUNT,)}
        yield Need("events:TagResource", resource, keys=keys, request_tags=new, resource_tags={})


@needs("events", "DeleteEventBus", "DescribeEventBus")
def of_bus(call: Call) -> Iterator[Need]:
    yield _on(call, _bus(call, call.params.get("Name")))


@needs("events", "ListTagsForResource")
def listed_tags(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["ResourceARN"], {"events:creatorAccount": (ACCOUNT,)})


@needs("events", "TagResource")
def new_tags(call: Call) -> Iterator[Need]:
    keys = {"events:creatorAccount": (ACCOUNT,)}
    yield _on(call, call.params["ResourceARN"], keys, tags.given(call.params["Tags"]))


@needs("events", "UntagResource")
def old_tags(call: Call) -> Iterator[Need]:
    keys = {"events:creatorAccount": (ACCOUNT,)}
    yield _on(call, call.params["ResourceARN"], keys, tags.without_values(call.params["TagKeys"]))


@needs("events", "CreateArchive")
def new_archive(call: Call) -> Iterator[Need]:
    yield _on(call, arn(call, "events", f"archive/{call.params['ArchiveName']}"))
    yield _on(call, call.params["EventSourceArn"])


@needs("events", "StartReplay")
def new_replay(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["EventSourceArn"])
    yield _on(call, call.params["Destination"]["Arn"])
    yield _on(call, arn(call, "events", f"replay/{call.params['ReplayName']}"))


@needs("events", "CreateApiDestination", "UpdateApiDestination")
def new_destination(call: Call) -> Iterator[Need]:
    yield _on(call, arn(call, "events", f"api-destination/{call.params['Name']}"))
    if call.operation.name == "CreateApiDestination":
        yield _on(call, call.params["ConnectionArn"])


_BY_NAME = {
    "CancelReplay": ("replay", "ReplayName"),
    "CreateConnection": ("connection", "Name"),
    "DeleteApiDestination": ("api-destination", "Name"),
    "DeleteArchive": ("archive", "ArchiveName"),
    "DeleteConnection": ("connection", "Name"),
    "DescribeApiDestination": ("api-destination", "Name"),
    "DescribeArchive": ("archive", "ArchiveName"),
    "DescribeConnection": ("connection", "Name"),
    "DescribeReplay": ("replay", "ReplayName"),
    "UpdateArchive": ("archive", "ArchiveName"),
    "UpdateConnection": ("connection", "Name"),
}


def _by_name(kind: str, parameter: str, call: Call) -> Iterable[Need]:
    return [_on(call, arn(call, "events", f"{kind}/{call.params[parameter]}"))]


for _operation, (_kind, _parameter) in _BY_NAME.items():
    needs("events", _operation)(partial(_by_name, _kind, _parameter))


def _on(call: Call, resource: str, keys: Keys | None = None, request_tags: dict[str, str] | None = None) -> Need:
    return Need(
        f"events:{call.operation.name}",
        resource,
        keys=keys or {},
        request_tags=request_tags or {},
        resource_tags=_tags(call, resource),
    )


def _tags(call: Call, resource: str) -> dict[str, str]:
    found: dict[str, str] = events_backends[ACCOUNT][call.region].tagger.get_tag_dict_for_resource(resource)
    return found


def _rule(call: Call, name: str) -> str:
    """A rule of the default bus does not name it."""
    bus = _bus_name(call.params.get("EventBusName"))
    return arn(call, "events", f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}")


def _bus(call: Call, name: str | None) -> str:
    return arn(call, "events", f"event-bus/{_bus_name(name)}")


def _bus_name(name: str | None) -> str:
    """Of a bus that is named by its name or its ARN, or not at all."""
    return (name or "default").rpartition(":event-bus/")[2]


def _of_rule(call: Call, resource: str) -> Keys:
    there = next((one for bus in _buses(call) for one in bus.rules.values() if one.arn == resource), None)
    manager = getattr(there, "managed_by", None)
    return {"events:creatorAccount": (ACCOUNT,), "events:ManagedBy": (manager,) if manager else ()}


def _buses(call: Call) -> Iterable[Any]:
    buses: dict[str, Any] = events_backends[ACCOUNT][call.region].event_buses
    return buses.values()


def _of_pattern(text: str | None) -> Keys:
    """The literal strings that a pattern's fields may be; a field with another matcher is not known here."""
    try:
        pattern = json.loads(text or "{}")
    except ValueError:
        return {}
    keys: dict[str, tuple[str, ...]] = {}
    for key, path in _OF_PATTERN.items():
        field: Any = pattern
        for part in path:
            field = field.get(part, []) if isinstance(field, dict) else []
        if isinstance(field, list) and all(isinstance(one, str) for one in field):
            keys[key] = tuple(field)
    return keys
