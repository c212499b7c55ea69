"""Tags that AWS's models let through: keys that are AWS's own, too many of them, and keys given twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import recorded
from sandbox.aws.rules.table import rule

_ALL = "https://docs.aws.amazon.com/tag-editor/latest/userguide/reference.html"
"""The page on what holds for tags of every service."""

MOST = 50

_TAGGING: dict[str, tuple[str, ...]] = {
    "apigatewayv2": ("CreateApi", "CreateStage", "CreateVpcLink", "TagResource"),
    "application-autoscaling": ("RegisterScalableTarget", "TagResource"),
    "cloudwatch": ("PutMetricAlarm", "TagResource"),
    "codedeploy": ("CreateApplication", "CreateDeploymentGroup", "TagResource"),
    "ecr": ("CreateRepository", "TagResource"),
    "ecs": ("CreateCluster", "CreateService", "RegisterTaskDefinition", "TagResource"),
    "elbv2": ("CreateLoadBalancer", "CreateTargetGroup", "CreateListener", "CreateRule", "AddTags"),
    "events": ("PutRule", "TagResource"),
    "iam": (
        *("CreateRole", "TagRole", "CreatePolicy", "TagPolicy"),
        *("CreateOpenIDConnectProvider", "TagOpenIDConnectProvider"),
    ),
    "lambda": ("CreateFunction", "TagResource"),
    "logs": ("CreateLogGroup", "TagResource", "TagLogGroup"),
    "sns": ("CreateTopic", "TagResource"),
    "ssm": ("PutParameter", "AddTagsToResource"),
}
"""The operations that are given tags. EC2 and S3 have answers of their own."""


def given(params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Key and value of every tag of a call, whatever the service's form for them."""
    tags = params.get("Tags") or params.get("tags") or {}
    if isinstance(tags, dict):
        yield from tags.items()
        return
    for tag in tags:
        yield tag.get("Key", tag.get("key", "")), tag.get("Value", tag.get("value", ""))


# Keys that are AWS's own ---------------------------------------------------------------------------------------------

_IN_ANY_CASE = {
    "apigatewayv2": (
        "https://github.com/serverless/serverless/issues/9223",
        "Invalid tag key. Tag keys cannot start with 'aws:' (case insensitive)",
    ),
    "ecs": (
        "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tag.html",
        "Do not use aws:, AWS:, or any upper or lowercase combination of such as a prefix",
    ),
}

_CODES = {
    "apigatewayv2": "BadRequestException",
    "application-autoscaling": "ValidationException",
    "cloudwatch": "ValidationError",
    "codedeploy": "InvalidTagsToAddException",
    "ecr": "InvalidTagParameterException",
    "ecs": "InvalidParameterException",
    "elbv2": "ValidationError",
    "events": "ValidationException",
    "iam": "InvalidInput",
    "lambda": "InvalidParameterValueException",
    "logs": "InvalidParameterException",
    "sns": "InvalidParameter",
    "ssm": "ValidationException",
}


def _reserved(service: str, operations: tuple[str, ...]) -> None:
    source, quote = _IN_ANY_CASE.get(service, (_ALL, "Key names can't begin with aws:"))
    worded = service == "apigatewayv2"

    @rule(
        service,
        *operations,
        name=f"{service.replace('-', '_')}_tag_key_is_reserved",
        code=_CODES[service],
        source=source,
        says="Tags whose keys begin with aws: are AWS's own.",
        quote=quote,
        worded=worded,
        coded=worded,
    )
    def check(call: Call) -> str | None:
        for key, _ in given(call.params):
            if (key.lower() if service in _IN_ANY_CASE else key).startswith("aws:"):
                return quote if worded else f"Tag keys beginning with aws: are reserved, got {key}."
        return None


for _service, _operations in _TAGGING.items():
    _reserved(_service, _operations)


# How many ------------------------------------------------------------------------------------------------------------

_TOO_MANY: dict[str, tuple[str, str, str, bool]] = {
    # service -> code, source, words, whether they were seen. The models of ECS, IAM and Logs have the limit.
    "codedeploy": ("InvalidTagsToAddException", _ALL, "The specified tags are not valid: more than 50.", False),
    "ecr": ("TooManyTagsException", _ALL, "A repository has 50 tags at most.", False),
    "elbv2": ("TooManyTags", _ALL, "A resource has 50 tags at most.", False),
    "lambda": (
        "InvalidParameterValueException",
        recorded("lambda_/test_lambda_api"),
        "Number of tags exceeds resource tag limit.",
        True,
    ),
    "sns": ("TagLimitExceeded", _ALL, "A topic has 50 tags at most.", False),
}


def _too_many(service: str, code: str, source: str, words: str, worded: bool) -> None:
    @rule(
        service,
        *_TAGGING[service],
        name=f"{service}_tags_are_too_many",
        code=code,
        source=source,
        says="A resource has 50 tags at most.",
        quote=words if worded else "Tags attached per resource: 50 user-defined tags",
        worded=worded,
    )
    def check(call: Call) -> str | None:
        return words if len(list(given(call.params))) > MOST else None


for _service, _entry in _TOO_MANY.items():
    _too_many(_service, *_entry)


# Keys given twice ----------------------------------------------------------------------------------------------------


def _given_twice(call: Call) -> list[str]:
    keys = [key for key, _ in given(call.params)]
    return sorted({key for key in keys if keys.count(key) > 1})


@rule(
    "elbv2",
    "AddTags",
    code="DuplicateTagKeys",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_AddTags.html",
    says="A key is given once.",
    quote="A tag key was specified more than once.",
    worded=False,
)
def elbv2_tag_key_is_given_twice(call: Call) -> str | None:
    return "A tag key was specified more than once." if _given_twice(call) else None


@rule(
    "sns",
    *_TAGGING["sns"],
    code="InvalidParameter",
    source=recorded("sns/test_sns"),
    says="A key is given once.",
    quote="Invalid parameter: Duplicated keys are not allowed.",
)
def sns_tag_key_is_given_twice(call: Call) -> str | None:
    return "Invalid parameter: Duplicated keys are not allowed." if _given_twice(call) else None
