"""Every probe, service by service in the order in which they stand on each other."""

from __future__ import annotations

from sandbox.conformance.probe import Probe
from sandbox.conformance.probes import (
    apigatewayv2,
    application_autoscaling,
    cloudwatch,
    codedeploy,
    codedeploy_deployments,
    codedeploy_groups,
    ec2,
    ec2_groups,
    ecr,
    ecs,
    elbv2,
    elbv2_groups,
    events,
    forms,
    iam,
    lambda_,
    logs,
    s3,
    sns,
    ssm,
    sts,
)

_MODULES = (
    sts,
    ec2,
    ec2_groups,
    elbv2,
    elbv2_groups,
    apigatewayv2,
    iam,
    logs,
    ssm,
    s3,
    ecr,
    ecs,
    lambda_,
    application_autoscaling,
    sns,
    events,
    cloudwatch,
    codedeploy,
    codedeploy_groups,
    codedeploy_deployments,
    forms,
)

PROBES: list[Probe] = [probe for module in _MODULES for probe in module.PROBES]
