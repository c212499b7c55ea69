"""CloudWatch Logs: retention in steps, and names that are AWS's own."""

from __future__ import annotations

import re

from moto.logs.models import logs_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

RETENTION_DAYS = frozenset(
    {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)


@rule(
    "logs",
    "PutRetentionPolicy",
    code="InvalidParameterException",
    source="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html",
    says="Events are kept for one of some numbers of days.",
    quote="Possible values are: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557",
    worded=False,
)
def retention_is_no_step(call: Call) -> str | None:
    days = call.params["retentionInDays"]
    if days in RETENTION_DAYS:
        return None
    steps = ", ".join(str(step) for step in sorted(RETENTION_DAYS))
    return (
        f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
        f"Member must satisfy enum value set: [{steps}]"
    )


@rule(
    "logs",
    "CreateLogGroup",
    code="InvalidParameterException",
    source="https://github.com/hashicorp/terraform/issues/10739",
    says="Names that begin with aws/, without a slash before it, are AWS's own.",
    quote="Log groups starting with AWS/ are reserved for AWS.",
)
def log_group_name_is_reserved(call: Call) -> str | None:
    reserved = call.params["logGroupName"].lower().startswith("aws/")
    return "Log groups starting with AWS/ are reserved for AWS." if reserved else None


@rule(
    "logs",
    "DescribeLogGroups",
    code="InvalidParameterException",
    source="https://github.com/localstack/localstack/blob/main/tests/aws/services/logs/test_logs_groups.snapshot.json",
    says="Log groups are looked for by the beginning of their name or by a part of it, not by both.",
    quote="LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
)
def log_groups_by_prefix_and_pattern(call: Call) -> str | None:
    if "logGroupNamePrefix" not in call.params or "logGroupNamePattern" not in call.params:
        return None
    return "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."


@rule(
    "logs",
    *("TagResource", "UntagResource"),
    code="ResourceNotFoundException",
    source="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TagResource.html",
    says="A log group that is gone has no tags.",
    quote="The specified resource does not exist.",
    worded=False,
)
def tagged_log_group_is_gone(call: Call) -> str | None:
    _, found, name = call.params["resourceArn"].partition(":log-group:")
    known = logs_backends[ACCOUNT][call.region].groups
    return None if not found or name.removesuffix(":*") in known else "The specified log group does not exist."


@rule(
    "logs",
    "PutSubscriptionFilter",
    code="InvalidParameterException",
    source="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html",
    says="Events go to a Kinesis stream, a Firehose stream or a function, or to another account.",
    quote="Currently, the supported destinations are",
    worded=False,
)
def events_cannot_go_there(call: Call) -> str | None:
    arn = call.params["destinationArn"]
    valid = re.fullmatch(r"arn:[^:]+:(?:kinesis|firehose|lambda|logs(?=.*:destination:)):[^:]*:\d{12}:.+", arn)
    return None if valid else f"destinationArn {arn} is not that of a destination that is supported."
