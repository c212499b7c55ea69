"""What each service tells a user who has no permission: its code, and the words around the action."""

from __future__ import annotations

from sandbox.conformance.probe import Probe, denied

_NONE = "because no identity-based policy allows the"

PROBES: list[Probe] = [
    denied(
        "codedeploy:CreateDeployment",
        "codedeploy",
        "CreateDeployment",
        lambda world: {"applicationName": world.name, "deploymentGroupName": world.name},
        "on resource: arn:aws:codedeploy:",
    ),
    denied("ecs:ListClusters", "ecs", "ListClusters", lambda _: {}, f"on resource: * {_NONE} ecs:ListClusters action"),
    denied(
        "ecs:DescribeServices",
        "ecs",
        "DescribeServices",
        lambda world: {"cluster": world.name, "services": [world.name]},
        "on resource: arn:aws:ecs:",
    ),
    denied("ec2:DescribeVpcs", "ec2", "DescribeVpcs", lambda _: {}, f"{_NONE} ec2:DescribeVpcs action"),
    denied("ec2:CreateVpc", "ec2", "CreateVpc", lambda _: {"CidrBlock": "10.0.0.0/16"}, "on resource: arn:aws:ec2:"),
    denied("s3:ListAllMyBuckets", "s3", "ListBuckets", lambda _: {}, f"{_NONE} s3:ListAllMyBuckets action"),
    denied(
        "s3:ListBucket", "s3", "ListObjectsV2", lambda world: {"Bucket": world.bucket}, 'on resource: "arn:aws:s3:::'
    ),
    denied(
        "lambda:ListFunctions",
        "lambda",
        "ListFunctions",
        lambda _: {},
        f"on resource: * {_NONE} lambda:ListFunctions action",
    ),
    denied(
        "lambda:GetFunction",
        "lambda",
        "GetFunction",
        lambda world: {"FunctionName": world.name},
        "on resource: arn:aws:lambda:",
    ),
    denied("apigateway:GET", "apigatewayv2", "GetApis", lambda _: {}, "on resource: arn:aws:apigateway:"),
    denied(
        "ssm:GetParameter",
        "ssm",
        "GetParameter",
        lambda world: {"Name": f"/{world.name}/x"},
        "on resource: arn:aws:ssm:",
    ),
    denied(
        "logs:CreateLogGroup",
        "logs",
        "CreateLogGroup",
        lambda world: {"logGroupName": f"/{world.name}/x"},
        "on resource: arn:aws:logs:",
    ),
    denied("iam:GetRole", "iam", "GetRole", lambda world: {"RoleName": f"{world.name}-x"}, "on resource: role "),
    denied(
        "ecr:GetAuthorizationToken",
        "ecr",
        "GetAuthorizationToken",
        lambda _: {},
        f"on resource: * {_NONE} ecr:GetAuthorizationToken action",
    ),
    denied(
        "elasticloadbalancing:DescribeLoadBalancers",
        "elbv2",
        "DescribeLoadBalancers",
        lambda _: {},
        f"{_NONE} elasticloadbalancing:DescribeLoadBalancers action",
    ),
    denied(
        "SNS:Publish",
        "sns",
        "Publish",
        lambda world: {"TopicArn": world.arn("sns", f"{world.name}-x"), "Message": "x"},
        "on resource: arn:aws:sns:",
    ),
    denied(
        "sts:AssumeRole",
        "sts",
        "AssumeRole",
        lambda world: {"RoleArn": world.execution_role, "RoleSessionName": world.name},
        "on resource: arn:aws:iam::",
    ),
]
