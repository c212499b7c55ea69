"""What moto 5.2.5 lacks or gets wrong for this stack, one file a service, attached to moto's own classes."""

from __future__ import annotations

import os

from sandbox.clock import Clock
from sandbox.state import Settings

_MOTO = {
    "MOTO_ACCOUNT_ID": None,
    # AttachRolePolicy of an AWS-managed policy is NoSuchEntity otherwise.
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_ALLOW_NONEXISTENT_REGION": "true",
    # A web page in the user's browser has no business here.
    "MOTO_DISABLE_GLOBAL_CORS": "true",
    # Nothing here starts an EC2 instance, and loading the images takes a while.
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}


def install(settings: Settings, clock: Clock) -> None:
    """Make moto answer as this sandbox does. Once a process, before the first request."""
    for name, value in _MOTO.items():
        os.environ[name] = value or settings.account
    from sandbox.aws import (
        apigatewayv2,
        autoscaling,
        cloudwatch,
        codedeploy,
        ec2,
        ec2_lookups,
        ecr,
        ecs,
        ecs_capacity,
        ecs_lists,
        ecs_task_definitions,
        elbv2,
        events,
        iam,
        lambda_,
        logs,
        s3,
    )

    for module in (autoscaling, cloudwatch, codedeploy, ec2, ec2_lookups, ecr, events, iam, logs):
        module.install()
    for module in (ecs, ecs_capacity, ecs_lists, ecs_task_definitions):
        module.install()
    lambda_.install(clock)
    for module in (apigatewayv2, elbv2, s3):
        module.install(settings)
