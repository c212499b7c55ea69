"""The policies that resources have, as moto keeps them. Call these with the lock held.

Not modelled: policies of event buses, of an account's logs, of layers and of endpoints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import lambda_backends
from moto.ecr.models import ecr_backends
from moto.kms.models import kms_backends
from moto.s3.models import ALL_USERS_GRANTEE, PERMISSION_FULL_CONTROL, FakeAcl, FakeBucket, s3_backends
from moto.secretsmanager.models import secretsmanager_backends
from moto.sns.models import sns_backends

from sandbox.access import roles
from sandbox.access.model import Need, Policy
from sandbox.state import ACCOUNT

BIND_THE_ADMINISTRATOR = frozenset({"ecr", "kms", "s3", "secretsmanager", "sns"})
"""Services whose resources' policies hold for the account's root user as well: an explicit Deny, and what KMS keys
do not let in. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

_NEVER_LOCKED = frozenset({"s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"})
"""https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html: the root user can always do these."""


def of(need: Need) -> tuple[Policy | None, bool]:
    """The policy of what is asked for, and whether it alone can let anyone in (a role's trust policy, a KMS key's)."""
    if need.action in roles.TAKEN_BY:
        return roles.trust_policy(need.resource), True
    service = need.action.partition(":")[0]
    find = _FINDERS.get(service)
    document = find(need.resource) if find is not None else None
    if not document:
        return None, False
    return Policy(_NAMES[service], roles.parsed(document)), service == "kms"


def bind_the_administrator(need: Need) -> bool:
    """Whether there is a policy that could deny this to him."""
    return need.action not in _NEVER_LOCKED and of(need)[0] is not None


# What moto has ------------------------------------------------------------------------------------------------------


def _rest(arn: str) -> tuple[str, str]:
    """The region, and what comes after the account; nothing where it is no ARN."""
    parts = arn.split(":", 5)
    return (parts[3], parts[5]) if len(parts) == 6 else ("", "")


def _bucket(arn: str) -> FakeBucket | None:
    return s3_backends[ACCOUNT]["aws"].buckets.get(_rest(arn)[1].partition("/")[0])


def _of_bucket(arn: str) -> Any:
    bucket = _bucket(arn)
    return bucket.policy if bucket is not None else None


def _of_function(arn: str) -> Any:
    """A version has statements of its own, which name it."""
    region, rest = _rest(arn)
    if not rest.startswith("function:"):
        return None
    try:
        function = lambda_backends[ACCOUNT][region].get_function(arn)
    except LambdaClientError:
        return None
    statements = function.policy.statements if function.policy is not None else ()
    return {"Version": "2012-10-17", "Statement": list(statements)} if statements else None


def _of_key(arn: str) -> Any:
    region, rest = _rest(arn)
    key = kms_backends[ACCOUNT][region].keys.get(rest.removeprefix("key/")) if region else None
    return key.policy if key is not None else None


def _of_repository(arn: str) -> Any:
    region, rest = _rest(arn)
    repository = ecr_backends[ACCOUNT][region].repositories.get(rest.removeprefix("repository/")) if region else None
    return repository.policy if repository is not None else None


def _of_secret(arn: str) -> Any:
    region, _ = _rest(arn)
    secret = secretsmanager_backends[ACCOUNT][region].secrets.get(arn) if region else None
    return getattr(secret, "policy", None)


def _of_topic(arn: str) -> Any:
    region, _ = _rest(arn)
    topic = sns_backends[ACCOUNT][region].topics.get(arn) if region else None
    return topic.policy if topic is not None else None


_FINDERS: dict[str, Callable[[str], Any]] = {
    "ecr": _of_repository,
    "kms": _of_key,
    "lambda": _of_function,
    "s3": _of_bucket,
    "secretsmanager": _of_secret,
    "sns": _of_topic,
}
_NAMES = {
    "ecr": "repository policy",
    "kms": "key policy",
    "lambda": "function policy",
    "s3": "bucket policy",
    "secretsmanager": "secret policy",
    "sns": "topic policy",
}


# What the public may do ---------------------------------------------------------------------------------------------

_BY_ACL = {
    ("bucket", "READ"): ["s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"],
    ("bucket", "WRITE"): ["s3:PutObject"],
    ("bucket", "READ_ACP"): ["s3:GetBucketAcl"],
    ("bucket", "WRITE_ACP"): ["s3:PutBucketAcl"],
    ("object", "READ"): ["s3:GetObject", "s3:GetObjectVersion"],
    ("object", "READ_ACP"): ["s3:GetObjectAcl", "s3:GetObjectVersionAcl"],
    ("object", "WRITE_ACP"): ["s3:PutObjectAcl", "s3:PutObjectVersionAcl"],
}
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions"""


def for_the_public(need: Need) -> Policy | None:
    """What a bucket says of those who do not sign: its policy, and its ACL and the object's.

    Where public access is blocked that is nothing:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    bucket = _bucket(need.resource)
    if bucket is None:
        return of(need)[0]
    block = bucket.public_access_block
    if block is not None and block.restrict_public_buckets:
        return None
    policy, _ = of(need)
    statements = list(policy.document["Statement"]) if policy is not None else []
    if bucket.ownership_rule != "BucketOwnerEnforced" and not (block is not None and block.ignore_public_acls):
        statements += _acl_statements(bucket, need.resource)
    return Policy("bucket policy", {"Version": "2012-10-17", "Statement": statements}) if statements else None


def _acl_statements(bucket: FakeBucket, arn: str) -> list[dict[str, Any]]:
    key = bucket.keys.get(_rest(arn)[1].partition("/")[2])
    found = [("bucket", bucket.acl), ("object", key.acl if key is not None else None)]
    actions = [action for kind, acl in found for given in _public(acl) for action in _BY_ACL.get((kind, given), ())]
    return [{"Effect": "Allow", "Principal": "*", "Action": actions, "Resource": "*"}] if actions else []


def _public(acl: FakeAcl | None) -> list[str]:
    """What an ACL grants to everybody."""
    given = [grant.permissions for grant in acl.grants if ALL_USERS_GRANTEE in grant.grantees] if acl else []
    permissions = [one for some in given for one in some]
    return ["READ", "WRITE", "READ_ACP", "WRITE_ACP"] if PERMISSION_FULL_CONTROL in permissions else permissions
