"""STS: a role is taken by the permission to take it; who one is, and sessions of oneself, are everybody's.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.access import roles
from sandbox.access.model import Keys, Need
from sandbox.access.needs import needs, tags
from sandbox.access.needs.keys import text
from sandbox.aws.model.request import Call


@needs("sts", "AssumeRole")
def assume_role(call: Call) -> Iterator[Need]:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required

    What the caller's own session hands on (transitive tags, its source identity) is judged where that is known, in
    `sandbox.aws.sts`.
    """
    params = call.params
    given = tags.given(params.get("Tags"))
    keys = keys_of(params)
    yield roles.taking("sts:AssumeRole", params["RoleArn"], keys, given)
    if given:
        yield roles.taking("sts:TagSession", params["RoleArn"], keys, given)
    if params.get("SourceIdentity"):
        yield roles.taking("sts:SetSourceIdentity", params["RoleArn"], keys)


def keys_of(params: dict[str, Any]) -> Keys:
    """STS's own condition keys of AssumeRole."""
    return {
        key: text(params.get(key.removeprefix("sts:")))
        for key in ("sts:ExternalId", "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys")
    }


@needs("sts", "GetCallerIdentity", "GetSessionToken", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")
def nothing(_call: Call) -> Iterator[Need]:
    """Not even a denial stops the first two (API_GetCallerIdentity, API_GetSessionToken); the others are asked by
    nobody who has credentials, and the role's trust policy decides about the token.
    """
    yield from ()
