"""What a release calls."""

from modules.iam import Statement, allow
from modules.managed import Managed, each


def releases(environments: Managed) -> list[Statement]:
    """What `greenlight policy` prints, for all services of the environments."""
    suspended = each(environments, lambda one: one.arn("ssm", f"parameter/greenlight/{one.name}/*/suspended"))
    return [
        allow(
            *("cloudwatch:DescribeAlarms", "codedeploy:ContinueDeployment", "codedeploy:GetDeploymentTarget"),
            *("codedeploy:ListDeploymentConfigs", "codedeploy:StopDeployment"),
            "application-autoscaling:DescribeScalableTargets",
            *("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"),
            *("ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions", "ecs:RegisterTaskDefinition"),
            *("elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTargetGroupAttributes"),
            "elasticloadbalancing:DescribeTargetHealth",
            on="*",
        ),
        allow(
            "ecs:ListTasks",
            on="*",
            condition={"ArnEquals": {"ecs:cluster": each(environments, lambda one: one.cluster)}},
        ),
        allow("apigateway:GET", on=each(environments, lambda one: one.vpc_links)),
        allow(
            "application-autoscaling:RegisterScalableTarget", on=each(environments, lambda one: one.scalable_targets)
        ),
        allow(
            *("codedeploy:BatchGetDeployments", "codedeploy:CreateDeployment", "codedeploy:GetDeployment"),
            *("codedeploy:GetDeploymentGroup", "codedeploy:ListDeployments", "codedeploy:UpdateDeploymentGroup"),
            on=each(environments, lambda one: one.deployment_groups),
        ),
        allow(
            *("codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"),
            on=each(environments, lambda one: one.applications),
        ),
        allow(
            "codedeploy:GetDeploymentConfig",
            on=each(environments, lambda one: one.arn("codedeploy", "deploymentconfig:*")),
        ),
        *(
            [allow("ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", on=images)]
            if (images := each(environments, lambda one: one.repositories))
            else []
        ),
        # Application Auto Scaling looks whether who suspends it may scale the service.
        allow("ecs:DescribeServices", "ecs:UpdateService", on=each(environments, lambda one: one.ecs_services)),
        allow("ecs:DescribeTasks", on=each(environments, lambda one: one.arn("ecs", f"task/{one.name}/*"))),
        allow(
            "ecs:TagResource",
            on=each(environments, lambda one: one.revisions),
            condition={"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
        ),
        allow(
            "iam:PassRole",
            on=each(environments, lambda one: one.task_roles),
            condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        allow(
            *("lambda:GetFunctionConfiguration", "lambda:GetFunctionEventInvokeConfig", "lambda:InvokeFunction"),
            on=each(environments, lambda one: one.functions),
        ),
        *(
            [allow("lambda:GetFunctionConfiguration", on=own)]
            if (own := each(environments, lambda one: one.own_hooks))
            else []
        ),
        allow(
            "logs:FilterLogEvents",
            on=each(environments, lambda one: one.arn("logs", f"log-group:/aws/lambda/{one.name}-*-hook:*")),
        ),
        allow(
            *("logs:DescribeLogStreams", "logs:GetLogEvents"),
            on=each(environments, lambda one: one.arn("logs", f"log-group:/ecs/{one.name}/*:*")),
        ),
        allow("ssm:DeleteParameter", "ssm:PutParameter", on=suspended),
        allow("ssm:GetParameter", on=each(environments, lambda one: one.manifests)),
        allow("ssm:GetParametersByPath", on=each(environments, lambda one: one.arn("ssm", "parameter/greenlight*"))),
    ]
