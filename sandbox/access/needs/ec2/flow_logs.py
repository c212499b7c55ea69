"""Flow logs."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.access.model import Need
from sandbox.access.needs import needs
from sandbox.access.needs.arns import passed
from sandbox.access.needs.ec2.resources import kind_of, made, on
from sandbox.aws.model.request import Call

_SERVICE = "vpc-flow-logs.amazonaws.com"
_OF_ECS = ("ListClusters", "ListContainerInstances", "ListServices", "ListTaskDefinitions", "ListTasks")


@needs("ec2", "CreateFlowLogs")
def new_flow_logs(call: Call) -> Iterator[Need]:
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html says whose the role is.

    Logs that AWS delivers by itself, and not with a role, to S3 and Firehose, ask for a delivery:
    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3.html
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
    """
    given = call.params
    for resource in given["ResourceIds"]:
        kind = kind_of(resource)
        if kind is not None:
            yield on(call, kind, resource)
    yield from made(call, "vpc-flow-log")
    yield from passed(given.get("DeliverLogsPermissionArn"), _SERVICE)
    yield from passed(given.get("DeliverCrossAccountRole"), _SERVICE)
    if given.get("LogDestinationType", "cloud-watch-logs") != "cloud-watch-logs":
        yield Need("logs:CreateLogDelivery", request_tags={}, resource_tags={})
    if "${ecs-" in given.get("LogFormat", ""):
        yield from (Need(f"ecs:{action}") for action in _OF_ECS)
