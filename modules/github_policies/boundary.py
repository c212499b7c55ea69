"""The permissions boundary of the roles that environments make."""

from modules import grants
from modules.iam import Statement, allow
from modules.managed import Managed, each


def boundary(environments: Managed) -> list[Statement]:
    """The most that a role of an environment can ever have: what the modules give to all of theirs together."""
    allowed = [one for environment in environments for one in environment.grants]
    return [
        allow(*_OF_ALL_ROLES, on="*"),
        allow(
            "iam:PassRole",
            on=each(environments, lambda one: one.task_roles),
            condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        *grants.of_execution(allowed),
        *grants.of_tasks(allowed),
    ]


_OF_ALL_ROLES = (
    "cloudwatch:DescribeAlarms",
    *("codedeploy:GetApplicationRevision", "codedeploy:GetDeployment", "codedeploy:GetDeploymentGroup"),
    *("codedeploy:GetDeploymentTarget", "codedeploy:PutLifecycleEventHookExecutionStatus"),
    *("ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"),
    *("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken"),
    "ecr:GetDownloadUrlForLayer",
    *("ecs:CreateTaskSet", "ecs:DeleteTaskSet", "ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet"),
    *("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules"),
    *("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:ModifyListener"),
    "elasticloadbalancing:ModifyRule",
    "lambda:InvokeFunction",
    *("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"),
)
