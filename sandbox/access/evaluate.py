"""AWS's evaluation logic: pure, so that what was decided once can be decided again with a piece taken away.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.access import statements
from sandbox.access.model import Decision, Policies, Policy, Request
from sandbox.access.patterns import Context
from sandbox.access.statements import Named, Statement


@dataclass(frozen=True)
class _Found:
    """A statement that applies, or that may: that hangs on what nobody knows."""

    id: str
    named: Named
    certain: bool
    unfilled: tuple[str, ...]
    """On which keys it hangs."""


class _Source:
    """The policies of one kind, and what of them applies to the request."""

    def __init__(self, kind: str, naming: Iterable[tuple[Statement, Named | None]], request: Request):
        self.kind = kind
        self.allows: list[_Found] = []
        self.denies: list[_Found] = []
        for statement, named in naming:
            context = Context(request.values, request.unfilled)
            applies = named is not None and statement.applies(request.action, request.resource, context)
            if named is None or applies is False:
                continue
            hangs_on = () if applies else tuple(sorted(context.missed))
            found = _Found(statement.id, named, bool(applies), hangs_on)
            if statement.allows:
                self.allows.append(found)
            elif statement.denies:
                self.denies.append(found)

    @property
    def granting(self) -> list[_Found]:
        return [found for found in self.allows if found.certain]

    def grants(self, *named: Named) -> bool:
        return any(found.named in (named or Named) for found in self.granting)


def decide(request: Request, policies: Policies) -> Decision:
    """Whether AWS would allow it, within one account."""

    def of_caller(kind: str, documents: Iterable[Policy]) -> _Source:
        return _Source(kind, [(one, Named.DIRECTLY) for policy in documents for one in statements.of(policy)], request)

    limited = policies.boundary is not None
    about = [one for policy in _those(policies.resource) for one in statements.of(policy)]
    resource = _Source(_kind(request), [(one, one.names(request.principal, limited=limited)) for one in about], request)
    identity = of_caller("identity-based policy", policies.identity)
    boundary = of_caller("permissions boundary", _those(policies.boundary))
    session = of_caller("session policy", policies.session or ())
    every = (resource, identity, boundary, session)
    for source in every:
        if source.denies:
            return _denied(source)
    if resource.grants(Named.DIRECTLY):
        return _allowed(resource, identity)
    if not resource.grants(Named.AS_ROLE):
        alone = policies.resource_alone or (request.principal is not None and request.principal.kind in _OUTSIDE)
        if alone and not resource.grants(Named.ACCOUNT):
            return _implicitly(request, resource)
        if not identity.grants():
            return _implicitly(request, identity, resource)
    for limit, is_set in ((boundary, limited), (session, policies.session is not None)):
        if is_set and not limit.grants():
            return _implicitly(request, limit)
    return _allowed(*every)


def _those(policy: Policy | None) -> list[Policy]:
    return [] if policy is None else [policy]


def _allowed(*sources: _Source) -> Decision:
    return Decision(True, "", tuple(found.id for source in sources for found in source.granting))


_OUTSIDE = frozenset({"service", "federated", "anonymous"})
"""Who has no identity policies in the account."""

_TRUST = "role trust policy"
_ARTICLES = {"identity-based policy": "an", _TRUST: "the"}


def _kind(request: Request) -> str:
    """What AWS calls the resource's policy."""
    is_role = request.action.startswith("sts:") and ":role/" in request.resource
    return _TRUST if is_role else "resource-based policy"


def _denied(source: _Source) -> Decision:
    """By what surely denies, if anything does.

    The words: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    found = sorted(source.denies, key=lambda one: not one.certain)[0]
    reason = f"with an explicit deny in {_ARTICLES.get(source.kind, 'a')} {source.kind}"
    return Decision(False, reason, (found.id,), found.unfilled)


def _implicitly(request: Request, missing: _Source, *others: _Source) -> Decision:
    unfilled = {key for source in (missing, *others) for found in source.allows for key in found.unfilled}
    return Decision(False, f"because no {missing.kind} allows the {request.action} action", (), tuple(sorted(unfilled)))
