"""Calls for the tests of what calls ask for."""

from __future__ import annotations

from typing import Any

from moto.core.utils import get_service_model

from sandbox.access import needs
from sandbox.access.model import Need
from sandbox.aws.model.request import Call

ACCOUNT = "123456789012"


def call(service: str, operation: str, /, **params: Any) -> Call:
    """As `sandbox.aws.model.request.read` makes it of a request."""
    return Call(service, get_service_model(service).operation_model(operation), params, "us-east-1")


def asked(service: str, operation: str, /, **params: Any) -> list[Need]:
    return needs.of(call(service, operation, **params))


def pairs(service: str, operation: str, /, **params: Any) -> list[tuple[str, str]]:
    """Actions with their resources, where keys and tags are not what the test is about."""
    return [(need.action, need.resource) for need in asked(service, operation, **params)]
