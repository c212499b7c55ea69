"""IAM: names that differ only in case are one name."""

from __future__ import annotations

from moto.iam.models import iam_backends
from moto.utilities.utils import get_partition

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT


@rule(
    "iam",
    "CreateRole",
    code="EntityAlreadyExists",
    status=409,
    source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
    says="Two roles of an account have names that differ in more than their case.",
    quote="Names are not distinguished by case.",
)
def role_name_is_taken(call: Call) -> str | None:
    name = call.params["RoleName"]
    known = [role.name.lower() for role in iam_backends[ACCOUNT][get_partition(call.region)].roles.values()]
    return f"Role with name {name} already exists." if name.lower() in known else None
