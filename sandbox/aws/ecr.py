"""ECR: a registry that has no rules for scanning."""

from __future__ import annotations

from typing import Any

from moto.ecr.models import ECRBackend

from sandbox.aws.patch import replaces


@replaces(ECRBackend)
def put_registry_scanning_configuration(
    self: ECRBackend, scan_type: str | None, rules: list[dict[str, Any]] | None
) -> None:
    """moto fails without rules, and from then on at each new repository."""
    put_registry_scanning_configuration.moto(self, scan_type or "BASIC", rules or [])
