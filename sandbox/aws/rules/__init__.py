"""Rules of AWS's that its service models lack, one file a service. Hold ``sandbox.aws.lock.LOCK`` meanwhile.

Each rule names its source. Where an object does not exist, a check leaves it to moto to say so.
"""

from __future__ import annotations

from sandbox.aws.rules import (
    apigatewayv2,
    application_autoscaling,
    cloudwatch,
    codedeploy,
    ec2,
    ecr,
    ecs,
    elbv2,
    events,
    iam,
    lambda_,
    logs,
    sns,
    ssm,
)
from sandbox.aws.rules.table import RULES, Rule, broken

__all__ = [
    "RULES",
    "Rule",
    "apigatewayv2",
    "application_autoscaling",
    "broken",
    "cloudwatch",
    "codedeploy",
    "ec2",
    "ecr",
    "ecs",
    "elbv2",
    "events",
    "iam",
    "lambda_",
    "logs",
    "sns",
    "ssm",
]
