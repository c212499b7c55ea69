"""IAM: changing one thing of a role leaves the others as they are, and users have boundaries too."""

from __future__ import annotations

from copy import copy
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.exceptions import NotFoundException
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator
from moto.iam.responses import IamResponse as Response

from sandbox.access import policies
from sandbox.aws.patch import adds, replaces


@replaces(Response)
def update_role(self: Response) -> ActionResult:
    """moto takes what is not sent for empty: a changed session duration wipes the description."""
    role = self.backend.get_role(self._get_param("RoleName"))
    description = self._get_param("Description")
    duration = self._get_param("MaxSessionDuration")
    if description is not None:
        role.description = description
    if duration is not None:
        role.max_session_duration = duration
    return EmptyResult()


@replaces(Response)
def create_role(self: Response) -> ActionResult:
    """AWS tells the session duration when the role is read, and not when it is made."""
    role = copy(create_role.moto(self).result["Role"])
    role.max_session_duration = None
    return ActionResult({"Role": role})


@replaces(Response)
def create_user(self: Response) -> ActionResult:
    """moto forgets the boundary, and the user may do what he should not."""
    boundary = self._get_param("PermissionsBoundary")
    if boundary:
        _check(boundary)
    result: ActionResult = create_user.moto(self)
    if boundary:
        _bound(result.result["User"], boundary)
    return result


@adds(Response)
def put_user_permissions_boundary(self: Response) -> EmptyResult:
    user, boundary = self.backend.get_user(self._get_param("UserName")), self._get_param("PermissionsBoundary")
    _check(boundary)
    _bound(user, boundary)
    return EmptyResult()


@adds(Response)
def delete_user_permissions_boundary(self: Response) -> EmptyResult:
    user = self.backend.get_user(self._get_param("UserName"))
    user.permissions_boundary_arn = user.permissions_boundary = None
    return EmptyResult()


def _check(arn: str) -> None:
    try:
        policies.managed(arn)
    except KeyError as problem:
        raise NotFoundException(f"Policy {arn} does not exist or is not attachable.") from problem


def _bound(user: Any, arn: str) -> None:
    user.permissions_boundary_arn = arn
    user.permissions_boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}


@replaces(IAMTrustPolicyDocumentValidator)
def validate(_validator: IAMTrustPolicyDocumentValidator) -> None:
    """moto takes some of what AWS does not, and the other way round; what AWS takes is in `sandbox.aws.rules.iam`."""
