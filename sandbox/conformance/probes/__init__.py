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
    ecs_containers,
    ecs_services,
    elbv2,
    elbv2_groups,
    events,
    iam,
    iam_documents,
    lambda_,
    lambda_settings,
    logs,
    s3,
    s3_settings,
    sns,
    ssm,
    sts,
    tags,
)

_MODULES = (
    sts,
    ec2,
    ec2_groups,
    elbv2,
    elbv2_groups,
    apigatewayv2,
    iam,
    iam_documents,
    logs,
    ssm,
    s3,
    s3_settings,
    ecr,
    ecs,
    ecs_containers,
    ecs_services,
    lambda_,
    lambda_settings,
    application_autoscaling,
    sns,
    events,
    cloudwatch,
    codedeploy,
    codedeploy_groups,
    codedeploy_deployments,
    tags,
)

PROBES: list[Probe] = [probe for module in _MODULES for probe in module.PROBES]
