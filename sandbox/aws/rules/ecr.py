"""ECR: keys, tags that may change, what an image's manifest is, and what becomes of old images."""

from __future__ import annotations

from functools import partial
from typing import Any

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


_PROPERTIES = "https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html"
_lifecycle = partial(
    rule, "ecr", "PutLifecyclePolicy", code="InvalidParameterException", coded=False, worded=False, source=_PROPERTIES
)


def _selections(call: Call) -> list[tuple[int, dict[str, Any]]]:
    """Priority and selection of each rule, of those that are rules at all; moto refuses the others."""
    document = documents.parsed(call.params["lifecyclePolicyText"])
    rules = document.get("rules") if isinstance(document, dict) else None
    found = [(one.get("rulePriority"), one.get("selection")) for one in rules or [] if isinstance(one, dict)]
    return [(number, one) for number, one in found if isinstance(number, int) and isinstance(one, dict)]


def _wrong(what: str) -> str:
    return _INVALID.format("LifecyclePolicyText", f"Lifecycle policy validation failure: {what}")


@_lifecycle(
    says="A rule selects tagged images by their tags, and others without.",
    quote="If you specify untagged, then you must omit both tagPrefixList and tagPatternList.",
)
def lifecycle_has_tags_where_none_are_meant(call: Call) -> str | None:
    for _, one in _selections(call):
        has_tags = bool(one.get("tagPrefixList") or one.get("tagPatternList"))
        if has_tags != (one.get("tagStatus") == "tagged"):
            return _wrong("tagPrefixList or tagPatternList is required for tagged images, and for no others")
    return None


@_lifecycle(
    says="The rule for all images comes last.",
    quote="A rule with a tagStatus value of any must have the highest value for rulePriority and be evaluated last.",
)
def lifecycle_has_a_rule_behind_that_for_all(call: Call) -> str | None:
    rules = _selections(call)
    last = max((number for number, _ in rules), default=0)
    if any(one.get("tagStatus") == "any" and number < last for number, one in rules):
        return _wrong("a rule with tagStatus any must have the highest rulePriority")
    return None


@_lifecycle(
    says="A count of images has no unit.",
    quote="an error will occur if you specify a count unit when countType is any other value",
)
def lifecycle_counts_images_in_days(call: Call) -> str | None:
    if any(one.get("countType") == "imageCountMoreThan" and one.get("countUnit") for _, one in _selections(call)):
        return _wrong("countUnit is for countType sinceImagePushed only")
    return None


@rule(
    "ecr",
    "PutLifecyclePolicy",
    code="InvalidParameterException",
    coded=False,
    worded=False,
    source="https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html",
    says="One rule is about images without a tag.",
    quote="Only one rule is allowed to select untagged images.",
)
def lifecycle_has_two_rules_for_untagged_images(call: Call) -> str | None:
    if [one.get("tagStatus") for _, one in _selections(call)].count("untagged") > 1:
        return _wrong("only one rule may select untagged images")
    return None
