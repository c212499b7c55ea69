"""A policy's document as statements, and whom and what a statement is about.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sandbox.access import conditions
from sandbox.access.conditions import listed
from sandbox.access.model import Policy, Principal
from sandbox.access.patterns import Context, Text, Truth, UnfilledError, all_of, any_of, negation, of_action


class Named(Enum):
    """As what a resource's policy names somebody, which decides what else may limit him."""

    DIRECTLY = "directly"
    """The user, the session, the service, or everyone."""

    AS_ROLE = "as role"
    ACCOUNT = "account"
    """Only his account: that leaves it to the account's own policies."""


@dataclass(frozen=True)
class Statement:
    id: str
    """``POLICY ID#INDEX``."""

    content: Mapping[str, Any]
    variables: bool
    """Whether the language of the policy knows variables."""

    @property
    def allows(self) -> bool:
        return bool(self.content.get("Effect") == "Allow")

    @property
    def denies(self) -> bool:
        return bool(self.content.get("Effect") == "Deny")

    def applies(self, action: str, resource: str, context: Context) -> Truth:
        """To this action on this resource, under these conditions; of the principal, see `names`."""
        about = all_of([self._action(action), self._resource(resource, context)])
        if about is False:
            return False
        holds = conditions.hold(self.content.get("Condition") or {}, context, variables=self.variables)
        return all_of([about, holds])

    def _action(self, action: str) -> bool:
        key = "Action" if "Action" in self.content else "NotAction"
        patterns = listed(self.content.get(key, []))
        found = any(of_action(pattern).fullmatch(action) for pattern in patterns)
        return found == (key == "Action") and bool(patterns)

    def _resource(self, resource: str, context: Context) -> Truth:
        if "Resource" in self.content:
            return any_of(self._is(one, resource, context) for one in listed(self.content["Resource"]))
        if "NotResource" in self.content:
            return negation(any_of(self._is(one, resource, context) for one in listed(self.content["NotResource"])))
        # A role's trust policy has none: it is about the role that it belongs to.
        return "Principal" in self.content or "NotPrincipal" in self.content

    def _is(self, pattern: str, resource: str, context: Context) -> Truth:
        try:
            return Text(pattern, context, variables=self.variables).like_resource(resource)
        except UnfilledError:
            return None

    def names(self, principal: Principal | None, *, limited: bool) -> Named | None:
        """As what it names him; None where it does not. `limited`: whether he has a permissions boundary."""
        if "NotPrincipal" in self.content:
            return Named.DIRECTLY if self._excepts_not(principal, limited=limited) else None
        found = {self._as(kind, name, principal) for kind, name in _names(self.content.get("Principal"))}
        return next((named for named in Named if named in found), None)

    def _excepts_not(self, principal: Principal | None, *, limited: bool) -> bool:
        """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html

        A Deny spares only whom it names with his role and his account, and nobody who has a boundary; AWS leaves open
        when less is enough.
        """
        excepted = list(_names(self.content["NotPrincipal"]))
        if self.allows:
            return all(_named(kind, name, principal) is None for kind, name in excepted)
        if limited or not (ways := _ways(principal)):
            return True
        return not all(any(name in way for _, name in excepted) for way in ways)

    def _as(self, kind: str, name: str, principal: Principal | None) -> Named | None:
        """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
        if name == "*" and kind in ("*", "AWS"):
            # Both are everyone "for anonymous users"; whom of services and the web's identities, AWS does not say.
            of = None if principal is None else principal.kind
            doubtful = of == "federated" or (of == "service" and kind == "AWS" and not _acts_for_an_owner(principal))
            return None if doubtful and self.allows else Named.DIRECTLY
        if kind == "CanonicalUser":
            # Of whom such an id is, nobody knows here.
            return None if self.allows else Named.DIRECTLY
        return _named(kind, name, principal)


def _acts_for_an_owner(principal: Principal | None) -> bool:
    """Services that say for whom by ``aws:SourceOwner`` are let in by what is for everyone, as each new topic's policy
    is: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html#source-account-versus-source-owner.
    CloudWatch is one of them, and EventBridge is not: https://github.com/DataBiosphere/azul/pull/5651"""
    return principal is not None and "aws:SourceOwner" in principal.keys


def of(policy: Policy) -> list[Statement]:
    variables = policy.document.get("Version") == "2012-10-17"
    return [
        Statement(f"{policy.id}#{index}", content, variables) for index, content in enumerate(written(policy.document))
    ]


def written(document: Mapping[str, Any]) -> list[Any]:
    """A document's statements as they stand there: one alone need not be in a list."""
    found = document.get("Statement", [])
    return found if isinstance(found, list) else [found]


def _names(element: Any) -> Iterator[tuple[str, str]]:
    """The names in a Principal, each with its kind."""
    if isinstance(element, str):
        yield element, element
    elif isinstance(element, Mapping):
        for kind, names in element.items():
            for name in listed(names):
                yield kind, name


def _account(principal: Principal) -> tuple[str, str]:
    account = principal.identity.split(":")[4]
    return account, f"arn:aws:iam::{account}:root"


def _ways(principal: Principal | None) -> list[tuple[str, ...]]:
    """What a NotPrincipal has to name: one of each."""
    if principal is None or principal.kind == "anonymous":
        return []
    if principal.kind in ("service", "federated"):
        return [(principal.arn,)]
    return [(principal.arn,), (principal.identity,), _account(principal)]


def _named(kind: str, name: str, principal: Principal | None) -> Named | None:
    if principal is None or principal.kind == "anonymous":
        return None
    if principal.kind in ("service", "federated"):
        wanted = {"service": "Service", "federated": "Federated"}[principal.kind]
        return Named.DIRECTLY if (kind, name) == (wanted, principal.arn) else None
    if kind != "AWS":
        return None
    if name == principal.arn:
        return Named.DIRECTLY
    if name == principal.identity:
        return Named.AS_ROLE
    return Named.ACCOUNT if name in _account(principal) else None
