"""Trust policies: who may take a role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.iam import documents
from sandbox.aws.rules.sources import recorded, tried
from sandbox.aws.rules.table import rule

_ACTIONS = {
    *("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"),
    *("sts:TagSession", "sts:SetSourceIdentity", "sts:SetContext"),
}
"""Those that AWS took, where it was tried. It heeds their case."""

trust_rule = partial(rule, "iam", "CreateRole", "UpdateAssumeRolePolicy", code="MalformedPolicyDocument")


def _text(call: Call) -> str:
    return str(call.params.get("AssumeRolePolicyDocument", call.params.get("PolicyDocument")))


def statements_of(call: Call) -> list[dict[str, Any]]:
    return documents.statements(documents.parsed(_text(call)))


def principals_of(call: Call) -> Iterator[tuple[str, str]]:
    for statement in statements_of(call):
        yield from documents.principals(statement)


@trust_rule(source=recorded("iam/test_iam"), says="A policy is JSON.", quote="This policy contains invalid Json")
def trust_policy_is_no_json(call: Call) -> bool:
    return documents.parsed(_text(call)) is None


@trust_rule(
    source=tried("iam/pf-iam-policy-statement-required"),
    says="A policy has the form of its grammar.",
    quote="Syntax errors in policy.",
)
def trust_policy_has_syntax_errors(call: Call) -> bool:
    document = documents.parsed(_text(call))
    return document is not None and not documents.is_sound(document)


@trust_rule(
    source=tried("iam/pf-iam-policy-effect-case"),
    says="Allow and Deny are written so.",
    quote="The policy failed legacy parsing",
    coded=False,
)
def trust_policy_effect_is_in_another_case(call: Call) -> bool:
    return any(statement.get("Effect") not in ("Allow", "Deny") for statement in statements_of(call))


@trust_rule(
    source=tried("iam/pf-iam-policy-duplicate-sid"),
    says="The statements of a policy have ids of their own.",
    quote="Statement IDs (SID) in a single policy must be unique.",
    coded=False,
)
def trust_policy_has_an_id_twice(call: Call) -> bool:
    ids = [statement["Sid"] for statement in statements_of(call) if statement.get("Sid")]
    return len(set(ids)) < len(ids)


@trust_rule(
    source=tried("iam/pf-iam-trust-policy-action-sts-only"),
    says="A trust policy is about taking the role.",
    quote="AssumeRole policy may only specify STS AssumeRole actions.",
)
def trust_policy_has_another_action(call: Call) -> bool:
    actions = [action for statement in statements_of(call) for action in documents.values(statement.get("Action"))]
    return any(action not in _ACTIONS for action in actions)


@trust_rule(
    source=tried("iam/pf-iam-trust-policy-no-resource"),
    says="A trust policy is about its role, and names no resource.",
    quote="Has prohibited field Resource",
    coded=False,
)
def trust_policy_names_a_resource(call: Call) -> bool:
    return any("Resource" in statement for statement in statements_of(call))


@trust_rule(
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html",
    says="A trust policy says who may take the role.",
    quote="You must use the Principal element in resource-based policies.",
    worded=False,
    coded=False,
)
def trust_policy_names_nobody(call: Call) -> str | None:
    given = [statement for statement in statements_of(call) if not {"Principal", "NotPrincipal"} & set(statement)]
    return "A statement of a trust policy needs a principal." if given else None


@trust_rule(
    source="https://github.com/terraform-aws-modules/terraform-aws-iam/issues/47",
    says="A principal is not empty.",
    quote="Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: The passed in policy has a "
    "statement with no principals!",
)
def trust_policy_has_no_principals(call: Call) -> bool:
    with_principal = [statement for statement in statements_of(call) if "Principal" in statement]
    return any(not list(documents.principals(statement)) for statement in with_principal)


@trust_rule(
    source=tried("iam/pf-iam-trust-policy-principal-star-string"),
    says="Everyone is everyone of a kind.",
    quote='AssumeRolepolicy contained an invalid principal: "STAR":"*"',
)
def trust_policy_is_for_everyone(call: Call) -> bool:
    return any(kind == "STAR" for kind, _ in principals_of(call))


@trust_rule(
    source=tried("iam/pf-iam-trust-policy-service-wildcard"),
    says="A service is one of AWS's. (Whether there is one of that name is not looked up.)",
    quote='Invalid principal in policy: "SERVICE":"',
)
def trust_policy_is_for_no_service(call: Call) -> str | None:
    for kind, name in principals_of(call):
        if kind == "Service" and not re.search(r"\.(amazonaws\.com(\.cn)?|aws\.internal)$", name):
            return f'Invalid principal in policy: "SERVICE":"{name}"'
    return None


_IDENTITY = re.compile(r"\*|[\d-]{12,14}|arn:[^:*]+:[^:*]+:[^:*]*:[^:*]*:[^*\s]+|A[A-Z0-9]{15,}")
"""Everyone, an account, an ARN, or the id of what an ARN stood for."""


@trust_rule(
    source=tried("iam/pf-iam-trust-policy-aws-principal-format"),
    says="An identity is an account, a user or a role, whole. (Whether it exists is not looked up.)",
    quote='Invalid principal in policy: "AWS":"',
)
def trust_policy_is_for_no_identity(call: Call) -> str | None:
    for kind, name in principals_of(call):
        if kind == "AWS" and (not _IDENTITY.fullmatch(name) or ":assumed-role/" in name):
            return f'Invalid principal in policy: "AWS":"{name}"'
    return None
