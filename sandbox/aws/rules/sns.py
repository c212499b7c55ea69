"""SNS: what the ARN of a topic is."""

from __future__ import annotations

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule


@rule(
    "sns",
    *("GetTopicAttributes", "SetTopicAttributes", "DeleteTopic", "Publish", "Subscribe", "ListSubscriptionsByTopic"),
    code="InvalidParameter",
    source="https://github.com/localstack/localstack/blob/main/tests/aws/services/sns/test_sns.snapshot.json",
    says="A topic's ARN has six parts. (A recording of AWS's answers.)",
    quote="Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1",
)
def topic_arn_is_no_arn(call: Call) -> str | None:
    arn = call.params.get("TopicArn")
    if arn is None:
        return None
    parts = len(arn.split(":"))
    if parts >= 6:
        return None
    return f"Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not {parts}"
