"""ECR: keys, tags that may change, what an image's manifest is, and what becomes of old images."""

from __future__ import annotations

from functools import partial

from sandbox.aws.model.request import Call
from sandbox.aws.rules.iam import documents
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

_INVALID = "Invalid parameter at '{}' failed to satisfy constraint: '{}'"
_WITH = "_WITH_EXCLUSION"

_ecr = partial(rule, "ecr", code="InvalidParameterException", coded=False)


@_ecr(
    "CreateRepository",
    source=tried("ecr/pf-ecr-encryption-configuration"),
    says="A key is KMS's.",
    quote=_INVALID.format(
        "encryptionConfiguration",
        "Invalid encryption configuration: Encryption key should not be set for AES256 encryption.",
    ),
)
def repository_has_a_key_for_nothing(call: Call) -> bool:
    given = call.params.get("encryptionConfiguration") or {}
    return given.get("encryptionType") == "AES256" and bool(given.get("kmsKey"))


@_ecr(
    *("CreateRepository", "PutImageTagMutability"),
    source=tried("ecr/pf-ecr-image-tag-mutability-filters"),
    says="There are exceptions where the setting allows for them.",
    quote="ImageTagMutabilityExclusionFilters are not allowed when imageTagMutability is set as",
)
def repository_has_exceptions_to_nothing(call: Call) -> str | None:
    setting = call.params.get("imageTagMutability", "MUTABLE")
    if setting.endswith(_WITH) or not call.params.get("imageTagMutabilityExclusionFilters"):
        return None
    wrong = f"ImageTagMutabilityExclusionFilters are not allowed when imageTagMutability is set as {setting}"
    return _INVALID.format("imageTagMutabilityExclusionFilters", wrong)


@_ecr(
    "PutLifecyclePolicy",
    source=tried("ecr/pf-ecr-lifecycle-rule-priority"),
    says="The rules of a lifecycle have priorities of their own.",
    quote=_INVALID.format(
        "LifecyclePolicyText", "Lifecycle policy validation failure: Duplicate priority in multiple rules"
    ),
)
def lifecycle_has_a_priority_twice(call: Call) -> bool:
    document = documents.parsed(call.params["lifecyclePolicyText"])
    rules = document.get("rules") if isinstance(document, dict) else None
    priorities = [entry.get("rulePriority") for entry in rules or [] if isinstance(entry, dict)]
    return len(set(priorities)) < len(priorities)


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
    if isinstance(documents.parsed(call.params["imageManifest"]), dict):
        return None
    return _INVALID.format("ImageManifest", "Invalid JSON syntax")
