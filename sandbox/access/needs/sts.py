"""STS. Who may assume a role is said by the role's trust policy too, which has its say as the role's resource policy.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from moto.iam.models import iam_backends

from sandbox.access import trust
from sandbox.access.model import Need
from sandbox.access.needs import keys, needs, tags
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT


@needs("sts", "AssumeRole")
def assume_role(call: Call) -> Iterator[Need]:
    """Tags, and a source identity, are permissions of their own:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required"""
    params = call.params
    role = params["RoleArn"]
    had = _tags(role)
    brought = tags.given(params.get("Tags"))
    found = {
        "sts:ExternalId": keys.text(params.get("ExternalId")),
        "sts:RoleSessionName": keys.text(params["RoleSessionName"]),
        "sts:SourceIdentity": keys.text(params.get("SourceIdentity")),
        "sts:TransitiveTagKeys": keys.text(params.get("TransitiveTagKeys")),
    }
    actions = [
        "sts:AssumeRole",
        *(["sts:TagSession"] if brought or params.get("TransitiveTagKeys") else []),
        *(["sts:SetSourceIdentity"] if params.get("SourceIdentity") else []),
    ]
    for action in actions:
        own = keys.carried(action, role, found)
        yield Need(action, role, keys=own, request_tags=brought, resource_tags=had)


def _tags(role_arn: str) -> dict[str, str]:
    roles = iam_backends[ACCOUNT]["aws"].roles.values()
    return next((trust.tags(role) for role in roles if role.arn == role_arn), {})


@needs("sts", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetCallerIdentity", "GetSessionToken")
def nothing(_call: Call) -> Iterable[Need]:
    """The first two are judged by the role's trust policy alone, the others need no permission:
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html"""
    return ()


@needs("sts", "GetFederationToken")
def get_federation_token(call: Call) -> Iterator[Need]:
    brought = tags.given(call.params.get("Tags"))
    user = f"arn:aws:sts::{ACCOUNT}:federated-user/{call.params['Name']}"
    yield Need("sts:GetFederationToken", user, request_tags=brought, resource_tags={})
