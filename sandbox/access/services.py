"""What AWS's own services may do as they call each other: by policies that AWS wrote and nobody in the account made."""

from __future__ import annotations

from sandbox.access.model import Policy
from sandbox.state import ACCOUNT

ECS = "AWSServiceRoleForECS"
ECS_ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/{ECS}"
AUTOSCALING = "AWSServiceRoleForApplicationAutoScaling_ECSService"
AUTOSCALING_ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/{AUTOSCALING}"
)
LOG_DELIVERY = "delivery.logs.amazonaws.com"


MANAGED = {
    # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using-service-linked-roles.html
    ECS_ROLE: "arn:aws:iam::aws:policy/aws-service-role/AmazonECSServiceRolePolicy",
    # https://docs.aws.amazon.com/autoscaling/application/userguide/security-iam-awsmanpol.html
    AUTOSCALING_ROLE: "arn:aws:iam::aws:policy/aws-service-role/AWSApplicationAutoscalingECSServicePolicy",
}
"""A service-linked role's ARN -> its one policy, which is AWS's."""

DOCUMENTS = {
    # CloudWatch Logs delivers API Gateway's access logs, by a policy that AWS adds to the account when a stage asks for
    # them: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-CloudWatchLogs.html,
    # seen in https://github.com/anomalyco/sst/issues/125. It names each log group; here it is for every one.
    LOG_DELIVERY: Policy(
        "AWSLogDeliveryWrite20150319",
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "AWSLogDeliveryWrite",
                    "Effect": "Allow",
                    "Principal": {"Service": LOG_DELIVERY},
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": "*",
                }
            ],
        },
    )
}
"""A service -> the policy of resources, all that it asks for, by which it acts as itself."""
