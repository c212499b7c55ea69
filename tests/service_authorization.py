"""Checks IAM policies against AWS's Service Authorization Reference (SAR).

IAM accepts a policy that names a resource, or a condition key, that its action does not have. Such a statement never
takes effect, and the first to notice is a caller who is denied. policy_sentry carries the reference's tables, so that
the tests notice. https://docs.aws.amazon.com/service-authorization/latest/reference/
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from typing import Any

from policy_sentry.querying.actions import get_action_data, get_actions_for_service

# Where the reference has no resource type, or not even the action, and AWS itself names a resource.
_TAGGED = [
    f"arn:${{Partition}}:apigateway:${{Region}}::/{path}"
    for path in ("apis", "apis/${Path}", "vpclinks", "vpclinks/${VpcLinkId}")
]
PROVEN = {
    # aws-cdk, aws-codedeploy/lib/lambda/deployment-group.ts: grantPutLifecycleEventHookExecutionStatus
    "codedeploy:PutLifecycleEventHookExecutionStatus": [
        "arn:${Partition}:codedeploy:${Region}:${Account}:deploymentgroup:${ApplicationName}/${DeploymentGroupName}"
    ],
    # https://github.com/aws-amplify/amplify-cli/issues/12316: "not authorized to perform: apigateway:TagResource on
    # resource: arn:aws:apigateway:eu-west-3::/apis/<APIID>/stages"
    "apigateway:TagResource": _TAGGED,
    "apigateway:UntagResource": _TAGGED,
    # https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/997: apigateway:POST on /tags/
    "apigateway:POST": ["arn:${Partition}:apigateway:${Region}::/tags/${ResourceArn}"],
    "apigateway:DELETE": ["arn:${Partition}:apigateway:${Region}::/tags/${ResourceArn}"],
}
# Keys that any action may have. Lambda adds its own to each call that a function's code makes:
# https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
GLOBAL_KEYS = ("aws:", "lambda:SourceFunctionArn")


def violations(policy: dict[str, Any]) -> list[str]:
    """What can never take effect in an identity-based policy document, one line each.

    Actions may have wildcards. In a resource, `*` and Terraform's `${…}` stand for any text, so a reference to a whole
    ARN is a violation only where the action has no resource type at all.
    """
    return [problem for statement in _list(policy["Statement"]) for problem in _of_statement(statement)]


def _of_statement(statement: dict[str, Any]) -> Iterator[str]:
    for pattern in _list(statement["Action"]):
        actions = _actions(pattern)
        if not actions:
            yield f"{pattern}: there is no such action"
            continue
        formats = {found for action in actions for found in _formats(action)}
        for resource in _list(statement["Resource"]):
            if resource != "*" and not any(_may_be(resource, found) for found in formats):
                yield f"{pattern} on {resource}: its resources are {', '.join(sorted(formats))}"
        known = {key for action in actions for key in _condition_keys(action)}
        for key in (key for keys in statement.get("Condition", {}).values() for key in keys):
            if not key.startswith(GLOBAL_KEYS) and key.partition("/")[0] not in known:
                yield f"{pattern} if {key}: its condition keys are {', '.join(sorted(known)) or 'none'}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@cache
def _actions(pattern: str) -> list[str]:
    service = pattern.partition(":")[0]
    known = dict.fromkeys([*get_actions_for_service(service), *PROVEN])
    return [action for action in known if fnmatch(action.lower(), pattern.lower())]


@cache
def _rows(action: str) -> list[dict[str, Any]]:
    service, name = action.split(":")
    found = get_action_data(service, name)
    rows: list[dict[str, Any]] = found[service] if found else []
    return rows


def _formats(action: str) -> list[str]:
    return [*(row["resource_arn_format"] for row in _rows(action)), *PROVEN.get(action, [])]


def _condition_keys(action: str) -> list[str]:
    return [key.partition("/")[0] for row in _rows(action) for key in row["condition_keys"]]


def _may_be(resource: str, format: str) -> bool:
    """Whether the resource can match an ARN of that format."""
    if format == "*":
        return False  # then only * itself will do
    parts = zip(_parts(resource), _parts(format), strict=True)
    return all(_overlap(left, right) for left, right in parts)


def _parts(arn: str) -> list[str]:
    """The ARN's six parts, with * for each ${…}; one that begins with ${…} may have any first five."""
    text = re.sub(r"\$\{[^}]*\}", "*", arn)
    if text.startswith("*"):
        return [*["*"] * 5, text]
    parts = text.split(":", 5)
    return parts if len(parts) == 6 else [text, *["*"] * 5]


@cache
def _overlap(left: str, right: str) -> bool:
    """Whether some text matches both patterns, in which * is any text."""
    if not left or not right:
        return set(left + right) <= {"*"}
    if left[0] == "*":
        return _overlap(left[1:], right) or _overlap(left, right[1:])
    if right[0] == "*":
        return _overlap(right, left)
    return left[0] == right[0] and _overlap(left[1:], right[1:])
