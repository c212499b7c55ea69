"""Topics, and who is told by them. Pure."""

import json
from typing import Any

from greenlight.review.differences import differences
from greenlight.review.rules.row import SAFE, Case, Kind, Row, at, each, safe, traffic

_NOBODY = "What is published, such as alarms and releases that failed, reaches nobody"
_NOT_THERE = "What is published does not reach it"
_CHECK = "Check who is on call, and that they are told: `aws cloudwatch set-alarm-state` tries it."


def _policy(case: Case) -> Row:
    """Who may publish. What is taken away is not told to anybody any longer; what is added is a matter of security."""
    found = [one for one in differences(case.change, case.world.plan) if one.path.split(".")[0] == "policy"]
    if any((one.after or "").startswith("(known after apply") for one in found):
        return traffic("Who may publish is known only in the middle of the apply.", _CHECK)
    before, after = (_statements(at(side, "policy")) for side in (case.change.before, case.change.after))
    if any(_effect(one) == "Allow" for one in before - after) or any(_effect(one) == "Deny" for one in after - before):
        return traffic("Somebody who published may be refused at once: alarms, say, reach nobody.", _CHECK)
    if any(_is_anybody(one) for one in after - before):
        return traffic("Anybody may publish, or read, from now on: a matter of security, not of traffic.")
    if before - after:
        return traffic("What was refused so far is let through: a matter of security, not of traffic.")
    return safe("It lets more in than before: a matter of security, not of traffic.")


def _statements(policy: Any) -> frozenset[str]:
    try:
        statements = json.loads(policy)["Statement"]
    except (TypeError, ValueError, KeyError):
        return frozenset()
    listed = statements if isinstance(statements, list) else [statements]
    return frozenset(json.dumps({**one, "Sid": ""}, sort_keys=True) for one in listed if isinstance(one, dict))


def _effect(statement: str) -> str:
    return str(json.loads(statement).get("Effect"))


def _is_anybody(statement: str) -> bool:
    content = json.loads(statement)
    return content.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]}) and not content.get("Condition")


KINDS: dict[str, Kind] = {
    "aws_sns_topic": Kind(
        what="the topic",
        replaced=traffic(f"{_NOBODY} until its subscriptions are there again and confirmed."),
        deleted=traffic(f"{_NOBODY} from now on.", "Say who is told, and how, instead."),
        arguments={
            "policy": _policy,
            "kms_master_key_id": traffic(
                "CloudWatch and EventBridge may publish only if the key's policy lets them: with AWS's own key of SNS "
                "nobody is told any longer.",
                _CHECK,
            ),
            **each("display_name tracing_config signature_version", SAFE),
        },
    ),
    "aws_sns_topic_policy": Kind(
        what="the topic's policy",
        replaced=traffic("In between CloudWatch and EventBridge may not publish: nobody is told."),
        deleted=traffic("CloudWatch and EventBridge may no longer publish: nobody is told from now on.", _CHECK),
        arguments={"policy": _policy},
    ),
    "aws_sns_topic_subscription": Kind(
        what="the subscription",
        replaced=traffic(f"{_NOT_THERE} until the new one is there and, of an e-mail address, confirmed.", _CHECK),
        deleted=traffic(f"{_NOT_THERE} from now on.", _CHECK),
        created=safe("Live traffic sees nothing of it. An e-mail address is told nothing before it has confirmed."),
        arguments=each(
            "filter_policy filter_policy_scope raw_message_delivery delivery_policy redrive_policy",
            traffic("Other messages reach it, in another form, or none.", _CHECK),
        ),
    ),
}
