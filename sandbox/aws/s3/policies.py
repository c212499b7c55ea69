"""S3's bucket policies, as far as moto asks for them.

moto takes a condition on faith: a Deny counts whatever its Condition says, so that the usual "no access without TLS"
(``aws:SecureTransport`` is false) shuts everybody out of the state bucket. The sandbox listens on loopback, where
nobody listens in, and counts that as secure transport.
"""

from __future__ import annotations

import json

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from sandbox.access import evaluate
from sandbox.access.model import Policies, Policy, Request
from sandbox.access.principals import ADMINISTRATOR
from sandbox.aws.patch import replaces
from sandbox.state import ACCOUNT

_VALUES = {
    "aws:securetransport": ("true",),
    "s3:tlsversion": ("1.3",),
    "aws:sourceip": ("127.0.0.1",),
    "aws:principalaccount": (ACCOUNT,),
    "aws:principalarn": (ADMINISTRATOR.identity,),
}


@replaces(FakeBucket)
def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policies = Policies(resource=Policy("bucket policy", json.loads(self.policy.decode())))
    decision = evaluate.decide(Request(action, resource, _VALUES, principal=ADMINISTRATOR), policies)
    if decision.allowed:
        return PermissionResult.PERMITTED
    return PermissionResult.DENIED if decision.by else PermissionResult.NEUTRAL
