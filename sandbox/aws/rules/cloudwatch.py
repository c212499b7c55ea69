"""CloudWatch: alarms that are gone."""

from __future__ import annotations

from moto.cloudwatch.models import cloudwatch_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT


@rule(
    "cloudwatch",
    # moto says so of the other two verbs.
    "ListTagsForResource",
    code="ResourceNotFoundException",
    status=404,
    source="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListTagsForResource.html",
    says="An alarm that is gone has no tags.",
    quote="The named resource does not exist.",
    worded=False,
)
def tagged_alarm_is_gone(call: Call) -> str | None:
    _, found, name = call.params["ResourceARN"].partition(":alarm:")
    known = cloudwatch_backends[ACCOUNT][call.region].alarms
    return None if not found or name in known else f"The alarm {name} does not exist."
