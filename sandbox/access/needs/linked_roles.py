"""Service-linked roles, which AWS makes with the first use of a service in an account, if the caller may make them."""

from __future__ import annotations

from moto.iam.models import iam_backends

from sandbox.access.model import Need
from sandbox.state import ACCOUNT


def linked_role(service: str, name: str) -> list[Need]:
    """What making it asks for; nothing where it is there.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create-service-linked-role.html
    """
    if any(role.path == f"/aws-service-role/{service}/" for role in iam_backends[ACCOUNT]["aws"].roles.values()):
        return []
    arn = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/{name}"
    return [Need("iam:CreateServiceLinkedRole", arn, keys={"iam:AWSServiceName": (service,)}, resource_tags={})]
