"""The roles of what tests deploy: one service may take each, and it may do what AWS documents for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from tests.sandbox.trust import trust

Client = Callable[[str], Any]
Statement = dict[str, Any]

INTERFACES = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
"""Of a function in a VPC: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html"""


def allow(*actions: str, on: str = "*") -> Statement:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on}


WRITE_LOGS = allow("logs:CreateLogStream", "logs:PutLogEvents")
JOIN_VPC = allow(*INTERFACES)


def answer_codedeploy(name: str) -> Statement:
    """What a hook needs to answer the deployments of an application and its group, both of this name."""
    group = f"arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:{name}/{name}"
    return allow("codedeploy:PutLifecycleEventHookExecutionStatus", on=group)


def make_role(client: Client, name: str, service: str, *statements: Statement, managed: str | None = None) -> str:
    """A role that the service (``lambda.amazonaws.com``) may take, with AWS's `managed` policy. Its ARN."""
    iam = client("iam")
    document = trust(Principal={"Service": service})
    arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])
    if managed is not None:
        iam.attach_role_policy(RoleName=name, PolicyArn=f"arn:aws:iam::aws:policy/{managed}")
    if statements:
        policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=policy)
    return arn


def make_execution_role(client: Client, name: str, *statements: Statement) -> str:
    """ECS's, to pull images and write logs, and for whatever else the statements allow.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """
    managed = "service-role/AmazonECSTaskExecutionRolePolicy"
    return make_role(client, name, "ecs-tasks.amazonaws.com", *statements, managed=managed)


def make_function_role(client: Client, name: str, *statements: Statement) -> str:
    return make_role(client, name, "lambda.amazonaws.com", *statements)


# One of each is enough for all tests of a sandbox that do not change it.


@cache
def execution_role(client: Client) -> str:
    return make_execution_role(client, "test-execution")


@cache
def function_role(client: Client) -> str:
    """Writes to log groups that are there, and may be in a VPC."""
    return make_function_role(client, "test-function", WRITE_LOGS, JOIN_VPC)


@cache
def codedeploy_role(client: Client) -> str:
    """https://docs.aws.amazon.com/AmazonECS/latest/developerguide/codedeploy_IAM_role.html"""
    return make_role(client, "test-codedeploy", "codedeploy.amazonaws.com", managed="AWSCodeDeployRoleForECS")
