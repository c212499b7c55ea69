"""The policies that have a say in a call, as moto keeps them. Call these with the lock held."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from moto.iam.models import iam_backends

from sandbox.access.model import Need, Policies, Policy, Principal
from sandbox.state import ACCOUNT

_ADMINISTRATORS = Policy(
    "administrator", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


def of(principal: Principal, need: Need) -> Policies:
    """All of them; a role or a user that is gone has none."""
    resource, alone = resource_policy(need)
    if principal.kind == "administrator":
        return Policies((_ADMINISTRATORS,), resource=resource, resource_alone=alone)
    if principal.kind not in ("user", "role"):
        return Policies(resource=resource, resource_alone=alone)
    owner = _owner(principal.identity)
    if owner is None:
        return Policies(resource=resource, resource_alone=alone)
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


def _owner(arn: str) -> Any:
    backend = iam_backends[ACCOUNT]["aws"]
    for one in (*backend.roles.values(), *backend.users.values()):
        if one.arn == arn:
            return one
    return None


def _inline(owner: Any) -> list[Policy]:
    return [Policy(name, _parsed(document)) for name, document in owner.policies.items()]


def _managed(owner: Any) -> list[Policy]:
    return [managed(arn) for arn in owner.managed_policies]


def managed(arn: str) -> Policy:
    """The default version of a managed policy. Raises KeyError where there is none."""
    found = iam_backends[ACCOUNT]["aws"].managed_policies[arn]
    return Policy(arn, _parsed(next(version.document for version in found.versions if version.is_default)))


def _boundary(owner: Any) -> Policy | None:
    boundary = getattr(owner, "permissions_boundary_arn", None)
    return managed(boundary) if boundary else None


def _parsed(document: Any) -> Any:
    return json.loads(document) if isinstance(document, str) else document


def resource_policy(_need: Need) -> tuple[Policy | None, bool]:
    """The policy of what is asked for, and whether it alone can let anyone in."""
    return None, False
