"""Policies: what a statement may have, and how much all of them together."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.iam import documents
from sandbox.aws.rules.iam.found import backend_of, role_of
from sandbox.aws.rules.sources import recorded, tried
from sandbox.aws.rules.table import rule

MOST_INLINE = 10240
MOST_MANAGED = 6144

_policy = partial(rule, "iam", "PutRolePolicy", "CreatePolicy", "CreatePolicyVersion", code="MalformedPolicyDocument")


def _statements(call: Call) -> list[dict[str, Any]]:
    return documents.statements(documents.parsed(call.params["PolicyDocument"]))


@_policy(
    source=tried("iam/pf-iam-identity-policy-no-principal"),
    says="A policy is about whom it is attached to, and names nobody.",
    quote="Policy document should not specify a principal.",
    coded=False,
)
def policy_names_a_principal(call: Call) -> bool:
    return any({"Principal", "NotPrincipal"} & set(statement) for statement in _statements(call))


@_policy(
    source=tried("iam/pf-iam-policy-sid-format"),
    says="A statement's id is of letters and digits.",
    quote="Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
    "[0-9A-Za-z]*",
    coded=False,
)
def policy_has_an_id_of_other_characters(call: Call) -> bool:
    return any(not re.fullmatch(r"[0-9A-Za-z]*", str(statement.get("Sid", ""))) for statement in _statements(call))


def _length(text: str) -> int:
    """Without white space, which IAM does not count."""
    return len(re.sub(r"\s", "", text))


@rule(
    "iam",
    "PutRolePolicy",
    code="LimitExceeded",
    status=409,
    source=tried("iam/pf-iam-inline-policy-size"),
    says="All policies of a role's own together have 10,240 characters.",
    quote="Maximum policy size of 10240 bytes exceeded for role",
    coded=False,
)
def role_policies_are_too_long(call: Call) -> str | None:
    name, policy, role = call.params["RoleName"], call.params["PolicyName"], role_of(call)
    others = [text for other, text in role.policies.items() if other != policy] if role else []
    if sum(map(_length, [*others, call.params["PolicyDocument"]])) <= MOST_INLINE:
        return None
    return f"Maximum policy size of {MOST_INLINE} bytes exceeded for role {name}"


@rule(
    "iam",
    *("CreatePolicy", "CreatePolicyVersion"),
    code="LimitExceeded",
    status=409,
    source=tried("iam/pf-iam-managed-policy-size"),
    says="A managed policy has 6,144 characters.",
    quote=f"Cannot exceed quota for PolicySize: {MOST_MANAGED}",
    coded=False,
)
def policy_is_too_long(call: Call) -> bool:
    return _length(call.params["PolicyDocument"]) > MOST_MANAGED


@rule(
    "iam",
    "AttachRolePolicy",
    code="ValidationError",
    source=recorded("iam/test_iam"),
    says="A managed policy is named by its ARN; another name is not looked for.",
    quote="Invalid ARN:  Could not be parsed!",
)
def policy_arn_is_none(call: Call) -> str | None:
    return None if call.params["PolicyArn"].startswith("arn:") else "Invalid ARN:  Could not be parsed!"


@rule(
    "iam",
    "DeletePolicy",
    code="DeleteConflict",
    status=409,
    source="https://github.com/gruntwork-io/cloud-nuke/issues/972",
    says="A policy stays as long as it is the boundary of a role or a user.",
    quote="it throws a `DeleteConflict` error saying that it cannot delete a policy attached to an entity",
    worded=False,
)
def policy_is_a_boundary(call: Call) -> str | None:
    backend = backend_of(call)
    owners = (*backend.roles.values(), *backend.users.values())
    bounded = [getattr(owner, "permissions_boundary_arn", None) for owner in owners]
    return "Cannot delete a policy attached to entities." if call.params["PolicyArn"] in bounded else None
