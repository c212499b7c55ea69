"""SNS: what the ARN of a topic is, topics that are there already, and whom they tell."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from moto.sns.models import Topic, sns_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.iam import documents
from sandbox.aws.rules.sources import recorded
from sandbox.aws.rules.table import rule
from sandbox.aws.rules.tags import given
from sandbox.state import ACCOUNT

_PROTOCOLS = ("http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose")
_ATTRIBUTES = {
    "DisplayName": "display_name",
    "KmsMasterKeyId": "kms_master_key_id",
    "FifoTopic": "fifo_topic",
    "ContentBasedDeduplication": "content_based_deduplication",
}
"""Those that are compared -> moto's attribute."""

_LARGEST_NUMBER = 1_000_000_000

_sns = partial(rule, "sns", code="InvalidParameter", source=recorded("sns/test_sns"))


def _there(call: Call) -> Topic | None:
    """The topic of this name, where there is one."""
    topics = sns_backends[ACCOUNT][call.region].topics.values()
    return next((topic for topic in topics if topic.name == call.params["Name"]), None)


@rule(
    "sns",
    *("GetTopicAttributes", "SetTopicAttributes", "DeleteTopic", "Publish", "Subscribe", "ListSubscriptionsByTopic"),
    *("AddPermission", "RemovePermission", "PublishBatch", "ConfirmSubscription"),
    *("GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe"),
    code="InvalidParameter",
    source=recorded("sns/test_sns"),
    says="An ARN has six parts, a topic's, a subscription's or an endpoint's.",
    quote="Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
)
def topic_arn_is_no_arn(call: Call) -> str | None:
    for name in ("TopicArn", "TargetArn", "SubscriptionArn"):
        parts = len(call.params.get(name, ":::::").split(":"))
        if parts < 6:
            return f"Invalid parameter: {name} Reason: An ARN must have at least 6 elements, not {parts}"
    return None


@_sns(
    "CreateTopic",
    says="A topic is returned again to who asks for it with its tags.",
    quote="Invalid parameter: Tags Reason: Topic already exists with different tags",
)
def topic_has_other_tags(call: Call) -> bool:
    topic = _there(call)
    asked = dict(given(call.params))
    return topic is not None and bool(asked) and any(topic._tags.get(key) != value for key, value in asked.items())


@_sns(
    "CreateTopic",
    says="A topic is returned again to who asks for it with its attributes.",
    quote="Invalid parameter: Attributes Reason: Topic already exists with different attributes",
)
def topic_has_other_attributes(call: Call) -> bool:
    topic = _there(call)
    asked = call.params.get("Attributes") or {}
    return topic is not None and any(
        str(asked[name]).lower() != str(getattr(topic, attribute) or "").lower()
        for name, attribute in _ATTRIBUTES.items()
        if name in asked
    )


@_sns(
    "Subscribe",
    says="A topic speaks some protocols.",
    quote="Invalid parameter: Amazon SNS does not support this protocol string:",
)
def protocol_is_unknown(call: Call) -> str | None:
    protocol = call.params["Protocol"]
    known = protocol in _PROTOCOLS
    return None if known else f"Invalid parameter: Amazon SNS does not support this protocol string: {protocol}"


@_sns("Publish", says="A message says something.", quote="Invalid parameter: Empty message")
def message_is_empty(call: Call) -> bool:
    return bool(call.params["Message"] == "")


@rule(
    "sns",
    "SetTopicAttributes",
    code="InvalidParameter",
    source="https://docs.aws.amazon.com/sns/latest/api/API_SetTopicAttributes.html",
    says="A topic's policy is JSON.",
    quote="Indicates that a request parameter does not comply with the associated constraints.",
    worded=False,
)
def topic_policy_is_no_json(call: Call) -> str | None:
    if call.params["AttributeName"] not in ("Policy", "DeliveryPolicy"):
        return None
    try:
        json.loads(call.params.get("AttributeValue") or "{}")
    except ValueError:
        return "Invalid parameter: Policy Error: null"
    return None


@rule(
    "sns",
    "Unsubscribe",
    code="InvalidParameter",
    source="https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/sns/topic_subscription.go",
    says="Who has not said yes cannot be taken off.",
    quote="Cannot unsubscribe a subscription that is pending confirmation",
)
def subscription_is_pending(call: Call) -> str | None:
    found = sns_backends[ACCOUNT][call.region].subscriptions.get(call.params["SubscriptionArn"])
    pending = found is not None and found.attributes["PendingConfirmation"]
    reason = "Cannot unsubscribe a subscription that is pending confirmation"
    return f"Invalid parameter: SubscriptionArn Reason: {reason}" if pending else None


@rule(
    "sns",
    "Publish",
    code="InvalidParameter",
    source="https://github.com/sul-dlss/dlme/issues/432",
    says="A message goes to a topic, an endpoint or a telephone.",
    quote="Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
)
def message_goes_nowhere(call: Call) -> bool:
    return not any(call.params.get(name) for name in ("TopicArn", "TargetArn", "PhoneNumber"))


@rule(
    "sns",
    *("Subscribe", "SetSubscriptionAttributes"),
    code="InvalidParameter",
    source="https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html",
    says="A filter compares with numbers up to a thousand million.",
    quote="For numeric matching, the value can range from",
    worded=False,
)
def filters_number_is_too_large(call: Call) -> str | None:
    set_to = call.params.get("AttributeValue") if call.params.get("AttributeName") == "FilterPolicy" else None
    policy = documents.parsed(set_to or (call.params.get("Attributes") or {}).get("FilterPolicy") or "{}")
    large = next((number for number in _numbers(policy) if abs(number) > _LARGEST_NUMBER), None)
    return None if large is None else f"Invalid parameter: FilterPolicy: {large} is out of range"


def _numbers(value: Any) -> list[float]:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    own = [value] if isinstance(value, int | float) else []
    return own + [number for part in parts for number in _numbers(part)]
