"""IAM: changing one thing of a role leaves the others as they are."""

from __future__ import annotations

from copy import copy

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator
from moto.iam.responses import IamResponse as Response

from sandbox.aws.patch import replaces


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


@replaces(IAMTrustPolicyDocumentValidator)
def validate(_validator: IAMTrustPolicyDocumentValidator) -> None:
    """moto takes some of what AWS does not, and the other way round; what AWS takes is in `sandbox.aws.rules.iam`."""
