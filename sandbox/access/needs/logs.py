"""CloudWatch Logs.

A log group's ARN ends with ``:log-stream:``, as AWS's denials have it, so that policies have to end with ``:*``:
https://github.com/aws-samples/amazon-eks-fluent-logging-examples/issues/15. "The exception is when specifying
permissions for TagResource, UntagResource, and ListTagsForResource": AWS's own model, of a log group's ``arn``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from moto.logs.models import logs_backends

from sandbox.access.model import Need
from sandbox.access.needs import needs, tags
from sandbox.access.needs.arns import arn
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT


@needs("logs", "CreateLogGroup")
def new_group(call: Call) -> Iterator[Need]:
    """With tags, "you must have either the logs:TagResource or logs:TagLogGroup permission", says AWS's own model; its
    denials name the first: https://github.com/DataDog/cloudformation-template/pull/61."""
    request_tags = tags.given(call.params.get("tags"))
    yield _of_group(call, call.params["logGroupName"], request_tags)
    if request_tags:
        resource = arn(call, "logs", f"log-group:{call.params['logGroupName']}")
        yield Need("logs:TagResource", resource, request_tags=request_tags, resource_tags={})


@needs(
    "logs",
    *("CreateExportTask", "DeleteLogGroup", "DeleteMetricFilter", "DeleteRetentionPolicy", "DescribeLogStreams"),
    *("DeleteSubscriptionFilter", "DescribeMetricFilters", "DescribeSubscriptionFilters", "FilterLogEvents"),
    *("ListTagsLogGroup", "PutMetricFilter", "PutRetentionPolicy"),
)
def of_group(call: Call) -> Iterator[Need]:
    """Those that list filters of all groups name none."""
    yield _of_group(call, call.params.get("logGroupName") or call.params.get("logGroupIdentifier") or "*")


@needs("logs", "TagLogGroup")
def old_new_tags(call: Call) -> Iterator[Need]:
    yield _of_group(call, call.params["logGroupName"], tags.given(call.params["tags"]))


@needs("logs", "UntagLogGroup")
def old_old_tags(call: Call) -> Iterator[Need]:
    yield _of_group(call, call.params["logGroupName"], tags.without_values(call.params["tags"]))


@needs("logs", "StartQuery", "StartLiveTail")
def of_groups(call: Call) -> Iterator[Need]:
    given = call.params
    one = [given["logGroupName"]] if given.get("logGroupName") else []
    for name in (*one, *given.get("logGroupNames", ()), *given.get("logGroupIdentifiers", ())) or ("*",):
        yield _of_group(call, name)


@needs("logs", "GetQueryResults")
def of_query(call: Call) -> Iterator[Need]:
    query = logs_backends[ACCOUNT][call.region].queries.get(call.params["queryId"])
    for name in query.log_group_names if query is not None else ["*"]:
        yield _of_group(call, name)


@needs("logs", "PutSubscriptionFilter")
def new_subscription(call: Call) -> Iterator[Need]:
    """Which service the role is passed to is not said: a policy that asks for it allows nothing here."""
    yield _of_group(call, call.params["logGroupName"])
    if ":logs:" in call.params["destinationArn"]:
        destination = call.params["destinationArn"]
        yield Need("logs:PutSubscriptionFilter", destination, request_tags={}, resource_tags=_tags(call, destination))
    yield from _role(call)


@needs("logs", "CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents")
def of_stream(call: Call) -> Iterator[Need]:
    group = _name(call.params.get("logGroupName") or call.params.get("logGroupIdentifier") or "*")
    resource = arn(call, "logs", f"log-group:{group}:log-stream:{call.params['logStreamName']}")
    yield Need(
        _own(call), resource, request_tags={}, resource_tags=_tags(call, arn(call, "logs", f"log-group:{group}"))
    )


@needs("logs", "ListTagsForResource")
def listed_tags(call: Call) -> Iterator[Need]:
    yield from _of_resource(call, {})


@needs("logs", "TagResource")
def new_tags(call: Call) -> Iterator[Need]:
    yield from _of_resource(call, tags.given(call.params["tags"]))


@needs("logs", "UntagResource")
def old_tags(call: Call) -> Iterator[Need]:
    yield from _of_resource(call, tags.without_values(call.params["tagKeys"]))


_BY_NAME = {
    "DeleteDelivery": ("delivery", "id"),
    "DeleteDeliveryDestination": ("delivery-destination", "name"),
    "DeleteDeliveryDestinationPolicy": ("delivery-destination", "deliveryDestinationName"),
    "DeleteDestination": ("destination", "destinationName"),
    "GetDelivery": ("delivery", "id"),
    "GetDeliveryDestination": ("delivery-destination", "name"),
    "GetDeliveryDestinationPolicy": ("delivery-destination", "deliveryDestinationName"),
    "GetDeliverySource": ("delivery-source", "name"),
    "PutDeliveryDestinationPolicy": ("delivery-destination", "deliveryDestinationName"),
    "PutDestinationPolicy": ("destination", "destinationName"),
}


def _by_name(kind: str, parameter: str, call: Call) -> Iterator[Need]:
    resource = arn(call, "logs", f"{kind}:{call.params[parameter]}")
    yield Need(_own(call), resource, request_tags={}, resource_tags=_tags(call, resource))


for _operation, (_kind, _parameter) in _BY_NAME.items():
    needs("logs", _operation)(partial(_by_name, _kind, _parameter))


def _of_group(call: Call, name: str, request_tags: dict[str, str] | None = None) -> Need:
    group = _name(name)
    resource = arn(call, "logs", f"log-group:{group}:log-stream:")
    return Need(
        _own(call),
        resource,
        request_tags=request_tags or {},
        resource_tags=_tags(call, arn(call, "logs", f"log-group:{group}")),
    )


def _of_resource(call: Call, request_tags: dict[str, str]) -> Iterator[Need]:
    resource = call.params["resourceArn"].removesuffix(":*")
    yield Need(_own(call), resource, request_tags=request_tags, resource_tags=_tags(call, resource))


def _role(call: Call) -> Iterator[Need]:
    if call.params.get("roleArn"):
        yield Need("iam:PassRole", call.params["roleArn"], resource_tags={})


def _name(name: str) -> str:
    """Of a group that is named by its name or its ARN."""
    return name.partition(":log-group:")[2].removesuffix(":*") if name.startswith("arn:") else name


def _tags(call: Call, resource: str) -> dict[str, str]:
    found: dict[str, str] = logs_backends[ACCOUNT][call.region].tagger.get_tag_dict_for_resource(resource)
    return found


def _own(call: Call) -> str:
    return f"logs:{call.operation.name}"
