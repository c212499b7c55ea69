"""Roles: their names, paths, boundaries and tags."""

from __future__ import annotations

import re

from sandbox.aws.model.request import Call
from sandbox.aws.rules.iam.found import backend_of, role_of
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.aws.rules.tags import MOST, given
from sandbox.state import ACCOUNT


@rule(
    "iam",
    "CreateRole",
    code="EntityAlreadyExists",
    status=409,
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
    says="Two roles of an account have names that differ in more than their case.",
    quote="Names are not distinguished by case.",
)
def role_name_is_taken(call: Call) -> str | None:
    name = call.params["RoleName"]
    known = [role.name.lower() for role in backend_of(call).roles.values()]
    return f"Role with name {name} already exists." if name.lower() in known else None


@rule(
    "iam",
    "CreatePolicy",
    code="EntityAlreadyExists",
    status=409,
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html",
    says="Two policies of an account have names that differ in more than their case.",
    quote="IAM user, group, role, and policy names must be unique within the account. Names are not distinguished by "
    "case.",
    worded=False,
)
def policy_name_is_taken(call: Call) -> str | None:
    name = call.params["PolicyName"]
    own = [policy for policy in backend_of(call).managed_policies.values() if f":{ACCOUNT}:" in policy.arn]
    if name.lower() not in [policy.name.lower() for policy in own]:
        return None
    return f"A policy called {name} already exists. Duplicate names are not allowed."


@rule(
    "iam",
    *("CreateRole", "CreatePolicy"),
    code="InvalidInput",
    source=tried("iam/pf-iam-path-service-role-reserved"),
    says="A path is of AWS's own roles.",
    quote="Paths beginning with '/aws-service-role' are reserved for AWS Service Linked Roles",
)
def path_is_reserved(call: Call) -> bool:
    return str(call.params.get("Path", "/")).startswith("/aws-service-role")


@rule(
    "iam",
    *("CreateRole", "PutRolePermissionsBoundary"),
    code="InvalidInput",
    source=tried("iam/pf-iam-permissions-boundary-policy-arn"),
    says="A boundary is a managed policy.",
    quote="is not valid.",
)
def boundary_is_no_policy(call: Call) -> str | None:
    arn = call.params.get("PermissionsBoundary")
    if not arn or re.fullmatch(r"arn:[^:]+:iam::(\d{12}|aws):policy/.+", arn):
        return None
    return f"ARN {arn} is not valid."


@rule(
    "iam",
    "TagRole",
    code="LimitExceeded",
    status=409,
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html",
    says="A role has 50 tags at most, those that it has already among them.",
    quote="If any one of the tags is invalid or if you exceed the allowed maximum number of tags, then the entire "
    "request fails",
    worded=False,
)
def role_has_too_many_tags(call: Call) -> str | None:
    role = role_of(call)
    there = {tag["Key"].lower() for tag in role.tags} if role else set()
    total = there | {key.lower() for key, _ in given(call.params)}
    return f"A role has {MOST} tags at most." if len(total) > MOST else None
