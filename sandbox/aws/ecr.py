"""ECR: a registry that has no rules for scanning."""

from __future__ import annotations

from typing import Any

from moto.ecr.models import ECRBackend


def put_registry_scanning_configuration(
    self: ECRBackend, scan_type: str | None, rules: list[dict[str, Any]] | None
) -> None:
    """moto fails without rules, and from then on at each new repository."""
    _put_registry_scanning_configuration(self, scan_type or "BASIC", rules or [])


_put_registry_scanning_configuration = ECRBackend.put_registry_scanning_configuration


def install() -> None:
    ECRBackend.put_registry_scanning_configuration = put_registry_scanning_configuration
