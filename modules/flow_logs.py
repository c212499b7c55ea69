"""Who talked to whom in the VPC, kept in CloudWatch Logs."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.flow_log import FlowLog
from constructs import Construct

from modules.iam import Role, RoleProps, allow
from modules.inputs import LOG_RETENTION_DAYS
from modules.location import Location
from modules.names import flow_logs_role


@dataclass(frozen=True, kw_only=True)
class FlowLogsProps:
    name: str
    """The environment's name; also part of the log group's and the role's names."""

    location: Location
    """Only flow logs of this account and region may assume the role."""

    vpc_id: str
    """The VPC whose connections are recorded."""

    log_retention_days: int = LOG_RETENTION_DAYS
    """Days that the records are kept."""


class FlowLogs(Construct):
    """Records accepted and rejected connections. Traffic itself is not touched."""

    def __init__(self, scope: Construct, id: str, props: FlowLogsProps) -> None:
        super().__init__(scope, id)
        logs = CloudwatchLogGroup(
            self, "logs", name=f"/aws/vpc/{props.name}", retention_in_days=props.log_retention_days
        )
        role = Role(
            self,
            "role",
            RoleProps(
                name=flow_logs_role(props.name),
                description="Lets VPC flow logs write to their log group",
                service="vpc-flow-logs.amazonaws.com",
                trust_condition={
                    "StringEquals": {"aws:SourceAccount": props.location.account},
                    "ArnLike": {"aws:SourceArn": props.location.arn("ec2", "vpc-flow-log/*")},
                },
                statements=[
                    allow(
                        "logs:CreateLogStream",
                        "logs:PutLogEvents",
                        "logs:DescribeLogStreams",
                        on=[logs.arn, f"{logs.arn}:*"],
                    ),
                    allow("logs:DescribeLogGroups", on="*"),
                ],
            ),
        )
        FlowLog(
            self,
            "flow-log",
            vpc_id=props.vpc_id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=logs.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=60,
            tags={"Name": props.name},
        )
