"""S3's bucket policies are judged before moto sees a call, by `sandbox/access`.

moto would judge them once more: without the caller, and a Deny whatever its Condition says.
"""

from __future__ import annotations

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from sandbox.aws.patch import replaces


@replaces(FakeBucket)
def get_permission(_bucket: FakeBucket, _action: str, _resource: str) -> PermissionResult:
    return PermissionResult.PERMITTED
