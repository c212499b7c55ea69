"""Every probe, service by service in the order in which they stand on each other."""

from __future__ import annotations

from sandbox.conformance.probe import Probe
from sandbox.conformance.probes import (
    apigatewayv2,
    apigatewayv2_parts,
    application_autoscaling,
    cloudwatch,
    codedeploy,
    codedeploy_deployments,
    codedeploy_groups,
    ec2,
    ec2_groups,
    ec2_networks,
    ecr,
    ecs,
    elbv2,
    elbv2_attributes,
    elbv2_groups,
    elbv2_rules,
    events,
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
    ec2_networks,
    elbv2,
    elbv2_attributes,
    elbv2_groups,
    elbv2_rules,
    apigatewayv2,
    apigatewayv2_parts,
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
)

PROBES: list[Probe] = [probe for module in _MODULES for probe in module.PROBES]
