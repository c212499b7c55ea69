"""Every probe, service by service in the order in which they stand on each other."""

from __future__ import annotations

from sandbox.conformance.probe import Probe
from sandbox.conformance.probes import elbv2

PROBES: list[Probe] = [probe for module in (elbv2,) for probe in module.PROBES]
