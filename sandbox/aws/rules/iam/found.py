"""What is there."""

from __future__ import annotations

from moto.iam.models import IAMBackend, Role, iam_backends
from moto.utilities.utils import get_partition

from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT


def backend_of(call: Call) -> IAMBackend:
    return iam_backends[ACCOUNT][get_partition(call.region)]


def role_of(call: Call) -> Role | None:
    """The role that the call names; None where it is gone, which is moto's to say."""
    for role in backend_of(call).roles.values():
        if role.name == call.params["RoleName"]:
            return role
    return None
