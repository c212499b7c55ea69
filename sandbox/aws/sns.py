"""SNS: each message that a topic takes is written down, so that a person and a test can read it."""

from __future__ import annotations

from typing import Any

from moto.sns.models import Topic

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
