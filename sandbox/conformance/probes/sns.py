"""SNS: topics that are there already, that are gone, and what they may be called."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, answered, breaks, refused, worded
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/sns/latest/api"
_RECORDED = "https://github.com/localstack/localstack/blob/main/tests/aws/services/sns/test_sns.snapshot.json"
"""AWS's answers to the tests of another project."""


def _gone(world: World) -> str:
    return world.arn("sns", world.missing)


_OF_A_TOPIC = {
    "GetTopicAttributes": {},
    "SetTopicAttributes": {"AttributeName": "DisplayName", "AttributeValue": "tried"},
    "Publish": {"Message": "tried"},
    "Subscribe": {"Protocol": "sqs", "Endpoint": "arn:aws:sqs:us-east-1:000000000000:none"},
    "ListSubscriptionsByTopic": {},
    "DeleteTopic": {},
}
"""Operation -> what it is given beside the topic."""


def _of_no_arn(operation: str) -> Probe:
    request = {"TopicArn": "topic"} | _OF_A_TOPIC[operation]
    return breaks("topic_arn_is_no_arn", operation, lambda _: request, case=operation)


def _pending(world: World) -> dict[str, Any]:
    """Nobody reads this mail; the subscription goes with its topic."""
    subscriber: dict[str, Any] = {"Protocol": "email", "Endpoint": "nobody@example.com", "ReturnSubscriptionArn": True}
    made = world.account.call("sns", "Subscribe", TopicArn=world.topic, **subscriber)
    return {"SubscriptionArn": made["SubscriptionArn"]}


PROBES: list[Probe] = [
    answered(
        "sns",
        "CreateTopic",
        "a topic asked for again is the one that is there",
        lambda world: {"Name": world.topic.split(":")[-1]},
        {"TopicArn": lambda world: world.topic},
        f"{_API}/API_CreateTopic.html",
    ),
    answered(
        "sns",
        "DeleteTopic",
        "deleting a topic that is not there is no error",
        lambda world: {"TopicArn": _gone(world)},
        {},
        _RECORDED,
    ),
    answered(
        "sns",
        "GetTopicAttributes",
        "a topic tells its owner and how many subscriptions it has",
        lambda world: {"TopicArn": world.topic},
        {
            "Attributes.TopicArn": lambda world: world.topic,
            "Attributes.Owner": lambda world: world.account.number,
            "Attributes.SubscriptionsConfirmed": "0",
            "Attributes.SubscriptionsPending": "0",
        },
        f"{_API}/API_GetTopicAttributes.html",
    ),
    refused(
        "sns",
        "CreateTopic",
        "a topic's name has no space",
        lambda world: {"Name": f"{world.name} topic"},
        "InvalidParameter",
        _RECORDED,
    ),
    refused(
        "sns",
        "CreateTopic",
        "a topic's name has 256 characters at most",
        lambda world: {"Name": world.name.ljust(257, "x")},
        "InvalidParameter",
        _RECORDED,
    ),
    refused(
        "sns",
        "GetTopicAttributes",
        "a topic that is not there has no attributes",
        lambda world: {"TopicArn": _gone(world)},
        "NotFound",
        _RECORDED,
        404,
    ),
    *(_of_no_arn(operation) for operation in _OF_A_TOPIC),
    breaks(
        "topic_has_other_tags",
        "CreateTopic",
        lambda world: {"Name": world.topic.split(":")[-1], "Tags": [{"Key": "color", "Value": "blue"}]},
    ),
    worded(
        "topic_has_other_attributes",
        "CreateTopic",
        lambda world: {"Name": world.topic.split(":")[-1], "Attributes": {"DisplayName": "tried"}},
    ),
    worded(
        "protocol_is_unknown",
        "Subscribe",
        lambda world: {"TopicArn": world.topic, "Protocol": "smoke", "Endpoint": world.arn("sqs", world.name)},
    ),
    breaks(
        "topic_policy_is_no_json",
        "SetTopicAttributes",
        lambda world: {"TopicArn": world.topic, "AttributeName": "Policy", "AttributeValue": "{"},
    ),
    worded("subscription_is_pending", "Unsubscribe", _pending),
    breaks("message_is_empty", "Publish", lambda world: {"TopicArn": world.topic, "Message": ""}),
    refused(
        "sns",
        "SetTopicAttributes",
        "a topic that is not there is given no attribute",
        lambda world: {"TopicArn": _gone(world), "AttributeName": "DisplayName", "AttributeValue": "none"},
        "NotFound",
        f"{_API}/API_SetTopicAttributes.html",
        404,
    ),
    refused(
        "sns",
        "Subscribe",
        "a topic that is not there has no subscribers",
        lambda world: {"TopicArn": _gone(world), "Protocol": "sqs", "Endpoint": world.arn("sqs", world.name)},
        "NotFound",
        f"{_API}/API_Subscribe.html",
        404,
    ),
    refused(
        "sns",
        "Publish",
        "nothing is published to a topic that is not there",
        lambda world: {"TopicArn": _gone(world), "Message": "nothing"},
        "NotFound",
        _RECORDED,
        404,
    ),
    refused(
        "sns",
        "ListTagsForResource",
        "a topic that is not there has no tags",
        lambda world: {"ResourceArn": _gone(world)},
        "ResourceNotFound",
        f"{_API}/API_ListTagsForResource.html",
        404,
    ),
]
