"""Trust policies for identities that somebody else gives away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.aws.model.request import Call
from sandbox.aws.rules.iam import documents
from sandbox.aws.rules.iam.trust import principals_of, statements_of, trust_rule

_SHARED = "token.actions.githubusercontent.com"
"""Of the providers that AWS knows as shared, the one of this project."""


@trust_rule(
    source="https://github.com/terraform-aws-modules/terraform-aws-eks/issues/2594",
    says="Who gives identities away is a domain, or the ARN of a provider. (Whether it exists is not looked up.)",
    quote="Federated principals must be valid domain names or SAML metadata ARNs",
)
def trust_policy_is_for_no_provider(call: Call) -> bool:
    return any(kind == "Federated" and not _PROVIDER.fullmatch(name) for kind, name in principals_of(call))


_PROVIDER = re.compile(r"arn:[^:]+:iam::\d{12}:(oidc|saml)-provider/.+|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


@trust_rule(
    source="https://github.com/terraform-aws-modules/terraform-aws-eks/issues/1084",
    says="A provider in a condition is without https://.",
    quote="Condition can contain only one colon.",
)
def trust_policy_condition_has_colons(call: Call) -> bool:
    return any(key.count(":") > 1 for statement in statements_of(call) for _, key, _ in _conditions(statement))


@trust_rule(
    source="https://github.com/unfunco/terraform-aws-oidc-github/issues/57",
    says="GitHub's provider is everybody's: a role that trusts it says which repositories. AWS lists the providers in "
    "its guide, id_roles_providers_oidc_secure-by-default.",
    quote="must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, "
    "token.actions.githubusercontent.com/myslug/myslug:sub which is not scoped to all.",
)
def trust_policy_is_for_all_of_github(call: Call) -> str | None:
    for statement in statements_of(call):
        for kind, name in documents.principals(statement):
            issuer = name.partition(":oidc-provider/")[2]
            shared = kind == "Federated" and issuer.partition("/")[0] == _SHARED
            if shared and statement["Effect"] == "Allow" and not _narrowed(statement, f"{issuer}:sub"):
                return (
                    f"Trust policy with trusted principal {name} must evaluate, using StringEquals, StringLike or "
                    f"StringEqualsIgnoreCase, {issuer}:sub which is not scoped to all."
                )
    return None


def _conditions(statement: dict[str, Any]) -> Iterator[tuple[str, str, list[Any]]]:
    """Operator, key and values of each."""
    for operator, keys in statement.get("Condition", {}).items():
        for key, given in keys.items():
            yield operator, key, documents.values(given)


def _narrowed(statement: dict[str, Any], subject: str) -> bool:
    return any(
        operator in ("StringEquals", "StringLike", "StringEqualsIgnoreCase")
        and key.lower() == subject.lower()
        and not any(re.fullmatch(r"\**", str(value)) for value in given)
        for operator, key, given in _conditions(statement)
    )
