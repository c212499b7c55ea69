"""Parameters that are JSON objects, as texts. moto fails at what is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule


def _is_object(text: Any, load: Callable[[Any], Any] = json.loads) -> bool:
    try:
        return isinstance(load(text), dict)
    except (TypeError, ValueError, yaml.YAMLError):
        return False


@rule(
    "apigatewayv2",
    *("ImportApi", "ReimportApi"),
    code="BadRequestException",
    source="https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html",
    says="An OpenAPI definition is an object, in JSON or in YAML.",
    quote="The OpenAPI definition. Supported only for HTTP APIs.",
    worded=False,
)
def definition_is_no_object(call: Call) -> str | None:
    return None if _is_object(call.params["Body"], yaml.safe_load) else "Invalid OpenAPI input."


@rule(
    "ecr",
    "PutImage",
    code="InvalidParameterException",
    source="https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html",
    says="An image's manifest is a JSON object.",
    quote="The specified parameter is invalid.",
    worded=False,
)
def manifest_is_no_object(call: Call) -> str | None:
    if _is_object(call.params["imageManifest"]):
        return None
    return "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"


@rule(
    "events",
    *("PutRule", "CreateArchive", "UpdateArchive", "TestEventPattern"),
    code="InvalidEventPatternException",
    source="https://github.com/buildkite/docs/pull/896",
    says="An event pattern is a JSON object.",
    quote="Event pattern is not valid. Reason:",
)
def pattern_is_no_object(call: Call) -> str | None:
    pattern = call.params.get("EventPattern")
    if not pattern or _is_object(pattern):
        return None
    return "Event pattern is not valid. Reason: Filter is not an object"


@rule(
    "events",
    "PutPermission",
    code="ValidationException",
    source="https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutPermission.html",
    says="A bus's policy is a JSON object.",
    quote="A JSON string that describes the permission policy statement.",
)
def policy_is_no_object(call: Call) -> str | None:
    policy = call.params.get("Policy")
    return None if not policy or _is_object(policy) else "Parameter Policy is not valid."


@rule(
    "ssm",
    *("CreateDocument", "UpdateDocument"),
    code="InvalidDocumentContent",
    source="https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html",
    says="A document is an object, in JSON or in YAML.",
    quote="The content for the document is not valid.",
    worded=False,
)
def document_is_no_object(call: Call) -> str | None:
    loaders: dict[str, Any] = {"JSON": json.loads, "YAML": yaml.safe_load}
    load = loaders.get(call.params.get("DocumentFormat") or "JSON")
    return (
        None
        if load is None or _is_object(call.params["Content"], load)
        else "The content for the document is not valid."
    )
