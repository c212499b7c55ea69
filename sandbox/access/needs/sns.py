"""SNS: topics, subscriptions and messages."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.access.model import Keys, Need
from sandbox.access.needs import needs, tags
from sandbox.access.needs.arns import arn, passed
from sandbox.aws.model.request import Call

_SERVICE = "sns.amazonaws.com"


@needs("sns", "CreateTopic")
def new_topic(call: Call) -> Iterator[Need]:
    """With tags, "you must have the sns:CreateTopic and sns:TagResource permissions", says AWS's own model."""
    resource = arn(call, "sns", call.params["Name"])
    new = tags.given(call.params.get("Tags"))
    yield _on(call, resource, request_tags=new)
    if new:
        yield Need("sns:TagResource", resource, request_tags=new, resource_tags=tags.on(resource))
    for name, value in (call.params.get("Attributes") or {}).items():
        if name.endswith("FeedbackRoleArn"):
            yield from passed(value, _SERVICE)


@needs("sns", "SetTopicAttributes")
def changed_topic(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["TopicArn"])
    if call.params["AttributeName"].endswith("FeedbackRoleArn"):
        yield from passed(call.params.get("AttributeValue"), _SERVICE)


@needs(
    "sns",
    *("AddPermission", "ConfirmSubscription", "DeleteTopic", "GetTopicAttributes", "ListSubscriptionsByTopic"),
    "RemovePermission",
)
def of_topic(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["TopicArn"])


@needs("sns", "Subscribe")
def new_subscription(call: Call) -> Iterator[Need]:
    endpoint = call.params.get("Endpoint")
    keys = {"sns:Protocol": (call.params["Protocol"],), "sns:Endpoint": (endpoint,) if endpoint else ()}
    yield _on(call, call.params["TopicArn"], keys)


@needs("sns", "Publish", "PublishBatch")
def new_message(call: Call) -> Iterator[Need]:
    """Both are sns:Publish. A message to a telephone is to no resource.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html
    """
    resource = call.params.get("TopicArn") or call.params.get("TargetArn")
    yield Need("sns:Publish", resource or "*", request_tags={}, resource_tags=tags.on(resource) if resource else {})


@needs("sns", "ListTagsForResource")
def listed_tags(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["ResourceArn"])


@needs("sns", "TagResource")
def new_tags(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["ResourceArn"], request_tags=tags.given(call.params["Tags"]))


@needs("sns", "UntagResource")
def old_tags(call: Call) -> Iterator[Need]:
    yield _on(call, call.params["ResourceArn"], request_tags=tags.without_values(call.params["TagKeys"]))


@needs("sns", "CreatePlatformApplication", "SetPlatformApplicationAttributes")
def platform(call: Call) -> Iterator[Need]:
    yield Need(f"sns:{call.operation.name}", request_tags={}, resource_tags={})
    for name, value in call.params["Attributes"].items():
        if name.endswith("FeedbackRoleArn"):
            yield from passed(value, _SERVICE)


def _on(call: Call, resource: str, keys: Keys | None = None, request_tags: dict[str, str] | None = None) -> Need:
    return Need(
        f"sns:{call.operation.name}",
        resource,
        keys=keys or {},
        request_tags=request_tags or {},
        resource_tags=tags.on(resource),
    )
