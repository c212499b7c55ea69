"""What an apply changes of state, roles, hooks, alarms, logs and release manifests."""

from modules.iam import Statement, allow
from modules.managed import Managed, each


def changes(environments: Managed, boundary_arn: str) -> list[Statement]:
    """What an apply changes beside services and networks.

    Roles that it makes, or gives permissions, have the boundary: so it can give nobody more than that. It may change
    neither the boundary, nor its own role, nor this stack's state.
    """
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary_arn}}
    passed = {
        "StringEquals": {
            "iam:PassedToService": [
                *("codedeploy.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"),
                "vpc-flow-logs.amazonaws.com",
            ]
        }
    }
    # Made by AWS with the first use of a service in an account.
    linked = {
        "StringEquals": {
            "iam:AWSServiceName": [
                *("ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com"),
                *("elasticloadbalancing.amazonaws.com", "ops.apigateway.amazonaws.com"),
            ]
        }
    }
    location = environments[0].location
    return [
        allow(
            "s3:DeleteObject",
            "s3:PutObject",
            on=each(environments, lambda one: one.states("tfstate", "tfstate.tflock")),
        ),
        allow("s3:GetObject", on=each(environments, lambda one: one.states("tfstate.tflock"))),
        allow(
            *("lambda:AddPermission", "lambda:CreateFunction", "lambda:DeleteFunction"),
            *("lambda:DeleteFunctionEventInvokeConfig", "lambda:PutFunctionEventInvokeConfig"),
            *("lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateFunctionCode"),
            "lambda:UpdateFunctionConfiguration",
            on=each(environments, lambda one: one.functions),
        ),
        allow(
            *("events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"),
            *("events:TagResource", "events:UntagResource"),
            on=each(environments, lambda one: one.event_rules),
        ),
        # Making and deleting them is in services.py, for those of scaling too.
        allow("cloudwatch:TagResource", "cloudwatch:UntagResource", on=each(environments, lambda one: one.alarms)),
        allow(
            *("sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:TagResource", "sns:UntagResource"),
            on=each(environments, lambda one: one.topic),
        ),
        allow(
            "sns:Subscribe",
            on=each(environments, lambda one: one.topic),
            condition={"StringEquals": {"sns:Protocol": "email"}},
        ),
        allow("sns:Unsubscribe", on="*"),  # AWS knows no resource for it
        allow(
            *("logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"),
            *("logs:TagResource", "logs:UntagResource"),
            on=each(environments, lambda one: one.log_groups),
        ),
        allow(
            *("ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:PutParameter", "ssm:RemoveTagsFromResource"),
            on=each(environments, lambda one: one.manifests),
        ),
        allow(
            *("iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"),
            on=each(environments, lambda one: one.roles),
            condition=bounded,
        ),
        allow(
            *("iam:DeleteRole", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UntagRole"),
            *("iam:UpdateRole", "iam:UpdateRoleDescription"),
            on=each(environments, lambda one: one.roles),
        ),
        allow("iam:PassRole", on=each(environments, lambda one: one.passed_roles), condition=passed),
        allow("iam:CreateServiceLinkedRole", on=location.iam_arn("role/aws-service-role/*"), condition=linked),
    ]
