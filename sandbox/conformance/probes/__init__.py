"""Every probe, service by service in the order in which they stand on each other."""

from __future__ import annotations

from sandbox.conformance.probe import Probe
from sandbox.conformance.probes import apigatewayv2, ec2, ec2_groups, elbv2, elbv2_groups, iam, logs, s3, ssm

PROBES: list[Probe] = [
    probe
    for module in (ec2, ec2_groups, elbv2, elbv2_groups, apigatewayv2, iam, logs, ssm, s3)
    for probe in module.PROBES
]
