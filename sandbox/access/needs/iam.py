"""IAM: what is there is asked for by its ARN, path and all.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.utils import get_service_model
from moto.iam.models import iam_backends

from sandbox.access import reference, roles
from sandbox.access.model import Need
from sandbox.access.needs import keys, needs, tags
from sandbox.access.needs.arns import passed
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

_NAMES = {
    "group": "GroupName",
    "instance-profile": "InstanceProfileName",
    "mfa": "VirtualMFADeviceName",
    "policy": "PolicyName",
    "role": "RoleName",
    "saml-provider": "Name",
    "server-certificate": "ServerCertificateName",
    "user": "UserName",
}
_ARNS = {
    "mfa": "SerialNumber",
    "oidc-provider": "OpenIDConnectProviderArn",
    "policy": "PolicyArn",
    "saml-provider": "SAMLProviderArn",
}
_MODEL = get_service_model("iam")


def _kind(operation: str) -> str | None:
    """What an operation is about: None for those about nothing, or about several kinds."""
    kinds = {form.split(":")[5].partition("/")[0] for form in reference.resource_forms(f"iam:{operation}")}
    return kinds.pop() if len(kinds) == 1 else None


_SPECIAL = ("CreateOpenIDConnectProvider", "CreateServiceLinkedRole", "GetServiceLinkedRoleDeletionStatus")
_BY_KIND = [name for name in _MODEL.operation_names if _kind(name) in {*_NAMES, *_ARNS} and name not in _SPECIAL]


def _backend() -> Any:
    return iam_backends[ACCOUNT]["aws"]


def _resource(call: Call, kind: str) -> str:
    """A user that nobody names is the caller; which one that is, is not known here: only who may ask for all of them
    may leave it out."""
    given: str | None = call.params.get(_ARNS.get(kind, ""))
    if given is not None:
        return given
    name = call.params.get(_NAMES.get(kind, ""), "*")
    found = _find(kind, name)
    path = getattr(found, "path", None) or call.params.get("Path") or "/"
    return f"arn:aws:iam::{ACCOUNT}:{kind}{path}{name}"


def _find(kind: str, name: str) -> Any:
    backend = _backend()
    kept = {
        "group": backend.groups,
        "instance-profile": backend.instance_profiles,
        "role": backend.roles,
        "server-certificate": backend.certificates,
        "user": backend.users,
    }.get(kind, {})
    return next((one for one in kept.values() if getattr(one, "name", None) == name), None)


def _tags(kind: str, resource: str, found: Any) -> dict[str, str] | None:
    """None for kinds of which nobody looks up the tags."""
    match kind:
        case "role" | "user":
            return roles.tags(found) if found else {}
        case "policy":
            policy = _backend().managed_policies.get(resource)
            return roles.tags(policy) if policy else {}
    return None


def _need(call: Call, kind: str, action: str | None = None) -> Need:
    action = f"iam:{action or call.operation.name}"
    resource = _resource(call, kind)
    found = _find(kind, call.params.get(_NAMES.get(kind, ""), ""))
    given = call.params.get("PermissionsBoundary")
    own = {
        # Of what is being made or bounded it is the one that is given, else the one that it has.
        "iam:PermissionsBoundary": keys.text(given or getattr(found, "permissions_boundary_arn", None) or None),
        "iam:PolicyARN": keys.text(call.params.get("PolicyArn")),
    }
    return Need(
        action,
        resource,
        keys=keys.carried(action, resource, own),
        request_tags=tags.given(call.params.get("Tags")) or tags.without_values(call.params.get("TagKeys", ())),
        resource_tags=_tags(kind, resource, found),
    )


@needs("iam", *_BY_KIND)
def by_kind(call: Call) -> Iterator[Need]:
    kind = _kind(call.operation.name)
    assert kind is not None
    yield _need(call, kind)
    yield from _tagging(call, kind)
    yield from _renamed(call, kind)
    if call.operation.name == "AddRoleToInstanceProfile":
        found = _find("role", call.params["RoleName"])
        yield from passed(found.arn if found else call.params["RoleName"], "ec2.amazonaws.com")


def _renamed(call: Call, kind: str) -> Iterator[Need]:
    """On what it will be, too: https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html"""
    name = call.params.get(f"New{_NAMES.get(kind)}")
    if name or call.params.get("NewPath"):
        old = _resource(call, kind).rpartition("/")
        path = call.params.get("NewPath") or "/" + old[0].partition(f":{kind}")[2].strip("/") + "/"
        target = f"arn:aws:iam::{ACCOUNT}:{kind}{path.replace('//', '/')}{name or old[2]}"
        yield Need(f"iam:{call.operation.name}", target, request_tags={}, resource_tags={})


_TAGGING = {
    "CreateInstanceProfile": "TagInstanceProfile",
    "CreateOpenIDConnectProvider": "TagOpenIDConnectProvider",
    "CreatePolicy": "TagPolicy",
    "CreateRole": "TagRole",
    "CreateSAMLProvider": "TagSAMLProvider",
    "CreateUser": "TagUser",
    "CreateVirtualMFADevice": "TagMFADevice",
    "UploadServerCertificate": "TagServerCertificate",
}
"""What is made with tags asks for this too: https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/1859"""


def _tagging(call: Call, kind: str) -> Iterator[Need]:
    if call.params.get("Tags") and call.operation.name in _TAGGING:
        yield _need(call, kind, _TAGGING[call.operation.name])


@needs("iam", "CreateOpenIDConnectProvider")
def create_open_id_connect_provider(call: Call) -> Iterator[Need]:
    """Called by its address without the scheme."""
    host = call.params["Url"].partition("://")[2] or call.params["Url"]
    brought = tags.given(call.params.get("Tags"))
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host.rstrip('/')}"
    yield Need("iam:CreateOpenIDConnectProvider", provider, request_tags=brought, resource_tags={})
    if brought:
        yield Need("iam:TagOpenIDConnectProvider", provider, request_tags=brought, resource_tags={})


@needs("iam", "CreateServiceLinkedRole")
def create_service_linked_role(call: Call) -> Iterator[Need]:
    """How it will be called is the service's to say."""
    service = call.params["AWSServiceName"]
    role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/*"
    own = {"iam:AWSServiceName": (service,)}
    yield Need("iam:CreateServiceLinkedRole", role, keys=own, request_tags={}, resource_tags={})


@needs("iam", "GetServiceLinkedRoleDeletionStatus")
def get_service_linked_role_deletion_status(call: Call) -> Iterator[Need]:
    """The task's id is ``task/aws-service-role/SERVICE/ROLE/UUID``."""
    role = call.params["DeletionTaskId"].removeprefix("task/").rpartition("/")[0]
    yield Need("iam:GetServiceLinkedRoleDeletionStatus", f"arn:aws:iam::{ACCOUNT}:role/{role}", resource_tags={})
