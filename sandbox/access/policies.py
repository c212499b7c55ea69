"""The policies that have a say in a call, as moto keeps them. Call these with the lock held."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends

from sandbox.access import resource_policies, services
from sandbox.access.model import Need, Policies, Policy, Principal
from sandbox.access.roles import parsed
from sandbox.state import ACCOUNT

_ADMINISTRATORS = Policy(
    "administrator", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


def of(principal: Principal, need: Need) -> Policies:
    """All of them; none for a session of a role or a user that is gone: what a resource's policy gives to somebody of
    that name is not for it (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html)."""
    resource, alone = resource_policies.of(need)
    if principal.kind == "administrator":
        return Policies((_ADMINISTRATORS,), resource=resource, resource_alone=alone)
    if principal.kind == "anonymous":
        return Policies(resource=resource_policies.for_the_public(need), resource_alone=alone)
    if principal.kind == "service" and principal.arn in services.DOCUMENTS:
        return Policies(resource=services.DOCUMENTS[principal.arn])
    if principal.kind not in ("user", "role"):
        return Policies(resource=resource, resource_alone=alone)
    if principal.identity in services.MANAGED:
        return Policies((managed(services.MANAGED[principal.identity]),), resource=resource, resource_alone=alone)
    owner = _owner(principal)
    if owner is None:
        return Policies()
    return Policies(
        identity=(*_inline(owner), *_managed(owner)),
        boundary=_boundary(owner),
        session=principal.session_policies,
        resource=resource,
        resource_alone=alone,
    )


def of_all_roles() -> Iterator[tuple[str, Policies]]:
    """What each role may do by its own policies, and at most, by its ARN."""
    for role in list(iam_backends[ACCOUNT]["aws"].roles.values()):
        yield role.arn, Policies(identity=(*_inline(role), *_managed(role)), boundary=_boundary(role))


def _owner(principal: Principal) -> Any:
    """moto's role or user; None if it was deleted, even if another one has its name by now."""
    backend = iam_backends[ACCOUNT]["aws"]
    for one in (*backend.roles.values(), *backend.users.values()):
        if one.arn == principal.identity and one.id == principal.user_id.partition(":")[0]:
            return one
    return None


def _inline(owner: Any) -> list[Policy]:
    own = [Policy(name, parsed(document)) for name, document in owner.policies.items()]
    return own + [
        Policy(f"{group.arn}#{name}", parsed(document))
        for group in _groups(owner)
        for name, document in group.policies.items()
    ]


def _managed(owner: Any) -> list[Policy]:
    arns = {arn: None for one in (owner, *_groups(owner)) for arn in one.managed_policies}
    return [managed(arn) for arn in arns]


def _groups(owner: Any) -> list[Any]:
    """Whose policies a user has beside his own."""
    return [group for group in iam_backends[ACCOUNT]["aws"].groups.values() if owner in group.users]


def managed(arn: str) -> Policy:
    """The default version of a managed policy. Raises KeyError where there is none."""
    found = iam_backends[ACCOUNT]["aws"].managed_policies[arn]
    return Policy(arn, parsed(next(version.document for version in found.versions if version.is_default)))


def _boundary(owner: Any) -> Policy | None:
    boundary = getattr(owner, "permissions_boundary_arn", None)
    if not boundary:
        return None
    try:
        return managed(boundary)
    except KeyError:
        return Policy(boundary, {"Statement": []})  # a boundary that is not there lets nothing through
