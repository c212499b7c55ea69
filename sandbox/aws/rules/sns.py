"""SNS: what its ARNs look like, and that a message has somewhere to go."""

from __future__ import annotations

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule

_ARN_PARTS = 6


@rule(
    "sns",
    *(
        "AddPermission",
        "ConfirmSubscription",
        "DeleteTopic",
        "GetTopicAttributes",
        "ListSubscriptionsByTopic",
        "Publish",
    ),
    *("PublishBatch", "RemovePermission", "SetTopicAttributes", "Subscribe"),
    *("GetSubscriptionAttributes", "SetSubscriptionAttributes", "Unsubscribe"),
    code="InvalidParameter",
    source="https://github.com/prometheus/alertmanager/issues/4107",
    says="An ARN has six parts.",
    quote="Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
)
def arn_has_too_few_parts(call: Call) -> str | None:
    for name in ("TopicArn", "TargetArn", "SubscriptionArn"):
        arn = call.params.get(name)
        if arn is not None and arn.count(":") + 1 < _ARN_PARTS:
            found = arn.count(":") + 1
            return f"Invalid parameter: {name} Reason: An ARN must have at least {_ARN_PARTS} elements, not {found}"
    return None


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
