"""Rules of AWS's that its service models lack, one file or folder a service. Hold ``sandbox.aws.lock.LOCK`` meanwhile.

Each rule names its source. Where an object does not exist, a check leaves it to moto to say so. Of the rules that a
call breaks, the first in the table answers: a service's are in the order in which its files are read.
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
    s3,
    sns,
    ssm,
    tags,
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
    "s3",
    "sns",
    "ssm",
    "tags",
]
