"""SNS: each message that a topic takes is written down, so that a person and a test can read it; who is to be told by
mail has to say yes first, and nobody does here."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.sns.models import SNSBackend, Subscription, Topic
from moto.sns.responses import SNSResponse

from sandbox.aws import context
from sandbox.aws.patch import replaces
from sandbox.watching import notifications


@replaces(Topic)
def publish(self: Topic, message: str, subject: str | None = None, **others: Any) -> str:
    message_id = publish.moto(self, message, subject=subject, **others)
    entry = {
        "time": f"{context.clock.date():%Y-%m-%dT%H:%M:%SZ}",
        "topic": self.arn,
        "subject": subject,
        "message": message,
        "messageId": message_id,
    }
    notifications.write(context.settings.log_dir, entry)
    return message_id


# Subscriptions by mail: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html ---------------------------------


def is_pending(subscription: Subscription | None) -> bool:
    return subscription is not None and bool(subscription.attributes["PendingConfirmation"])


@replaces(SNSBackend, "subscribe")
def make_subscription(self: SNSBackend, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
    subscription = make_subscription.moto(self, topic_arn, endpoint, protocol)
    if protocol in ("email", "email-json"):
        subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
    return subscription


@replaces(SNSResponse)
def subscribe(self: SNSResponse) -> ActionResult:
    """The ARN of one that is pending is only for who asks for it."""
    answer = subscribe.moto(self)
    arn = _result(answer)["SubscriptionArn"]
    if is_pending(self.backend.subscriptions.get(arn)) and not self._get_bool_param("ReturnSubscriptionArn"):
        return ActionResult({"SubscriptionArn": "pending confirmation"})
    return answer


def _result(answer: ActionResult) -> dict[str, Any]:
    result = answer.result
    assert isinstance(result, dict)
    return result


def _listed(answer: ActionResult) -> ActionResult:
    """In lists, one that is pending has no ARN."""
    shown = [
        {
            "SubscriptionArn": "PendingConfirmation" if is_pending(one) else one.arn,
            "Owner": one.owner,
            "Protocol": one.protocol,
            "Endpoint": one.endpoint,
            "TopicArn": one.topic_arn,
        }
        for one in _result(answer)["Subscriptions"]
    ]
    return ActionResult({**_result(answer), "Subscriptions": shown})


@replaces(SNSResponse)
def list_subscriptions(self: SNSResponse) -> ActionResult:
    return _listed(list_subscriptions.moto(self))


@replaces(SNSResponse)
def list_subscriptions_by_topic(self: SNSResponse) -> ActionResult:
    return _listed(list_subscriptions_by_topic.moto(self))
