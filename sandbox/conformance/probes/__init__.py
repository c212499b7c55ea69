"""Every probe, service by service in the order in which they stand on each other."""

from __future__ import annotations

from sandbox.conformance.probe import Probe
from sandbox.conformance.probes import (
    application_autoscaling,
    cloudwatch,
    codedeploy,
    codedeploy_deployments,
    codedeploy_groups,
    ecr,
    ecs,
    elbv2,
    events,
    lambda_,
    sns,
    sts,
)

_MODULES = (
    sts,
    elbv2,
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
