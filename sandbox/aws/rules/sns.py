"""SNS: what the ARN of a topic is, topics that are there already, and messages."""

from __future__ import annotations

from moto.sns.models import sns_backends
from moto.utilities.utils import get_partition

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_RECORDED = "https://github.com/localstack/localstack/blob/main/tests/aws/services/sns/test_sns.snapshot.json"
"""AWS's answers to the tests of another project."""


@rule(
    "sns",
    *("GetTopicAttributes", "SetTopicAttributes", "DeleteTopic", "Publish", "Subscribe", "ListSubscriptionsByTopic"),
    *("AddPermission", "RemovePermission", "PublishBatch", "ConfirmSubscription"),
    *("GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe"),
    code="InvalidParameter",
    source=_RECORDED,
    says="An ARN has six parts, a topic's, a subscription's or an endpoint's.",
    quote="Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
)
def topic_arn_is_no_arn(call: Call) -> str | None:
    for name in ("TopicArn", "TargetArn", "SubscriptionArn"):
        parts = len(call.params.get(name, ":::::").split(":"))
        if parts < 6:
            return f"Invalid parameter: {name} Reason: An ARN must have at least 6 elements, not {parts}"
    return None


@rule(
    "sns",
    "CreateTopic",
    code="InvalidParameter",
    source=_RECORDED,
    says="A topic that is there is returned, unless it is asked for with tags that it does not have.",
    quote="Invalid parameter: Tags Reason: Topic already exists with different tags",
)
def topic_has_other_tags(call: Call) -> str | None:
    arn = f"arn:{get_partition(call.region)}:sns:{call.region}:{ACCOUNT}:{call.params['Name']}"
    topic = sns_backends[ACCOUNT][call.region].topics.get(arn)
    if topic is None or all(topic._tags.get(tag["Key"]) == tag["Value"] for tag in call.params.get("Tags") or []):
        return None
    return "Invalid parameter: Tags Reason: Topic already exists with different tags"


@rule(
    "sns",
    "Publish",
    code="InvalidParameter",
    source=_RECORDED,
    says="A message is not empty.",
    quote="Invalid parameter: Empty message",
)
def message_is_empty(call: Call) -> str | None:
    return None if call.params["Message"] else "Invalid parameter: Empty message"


@rule(
    "sns",
    "Publish",
    code="InvalidParameter",
    source="https://github.com/sul-dlss/dlme/issues/432",
    says="A message goes to a topic, an endpoint or a telephone.",
    quote="Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
)
def message_goes_nowhere(call: Call) -> str | None:
    named = any(call.params.get(name) for name in ("TopicArn", "TargetArn", "PhoneNumber"))
    return None if named else "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"
