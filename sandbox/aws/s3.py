"""S3: what a new bucket has, settings that cannot be read, and bucket policies with conditions.

moto takes a condition on faith: a Deny counts whatever its Condition says, so that the usual "no access without TLS"
(``aws:SecureTransport`` is false) shuts everybody out of the state bucket. Here the conditions below are evaluated as
AWS does. The sandbox listens on loopback, where nobody listens in, and counts that as secure transport.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from math import nan
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3 import responses
from moto.s3.exceptions import CopyObjectMustChangeSomething, MissingKey
from moto.s3.models import FakeBucket, FakeKey, PublicAccessBlock, S3Backend
from moto.s3.responses import S3Response

from sandbox.state import Settings

NOT_MODELLED = frozenset(
    {
        "CreateBucketMetadataConfiguration",
        "CreateBucketMetadataTableConfiguration",
        "CreateSession",
        "DeleteBucketAnalyticsConfiguration",
        "DeleteBucketIntelligentTieringConfiguration",
        "DeleteBucketInventoryConfiguration",
        "DeleteBucketMetadataConfiguration",
        "DeleteBucketMetadataTableConfiguration",
        "DeleteBucketMetricsConfiguration",
        "DeleteObjectAnnotation",
        "GetObjectTorrent",
        "PutBucketAbac",
        "PutBucketAnalyticsConfiguration",
        "PutBucketIntelligentTieringConfiguration",
        "PutBucketMetricsConfiguration",
        "PutBucketRequestPayment",
        "PutObjectAnnotation",
        "RenameObject",
        "UpdateObjectEncryption",
    }
)
"""moto takes what it does not know for its plain sibling: for CreateBucket, PutObject or, worse, for DeleteBucket."""

_context: dict[str, str] = {}


def _number(value: str) -> float:
    """Not a number (which nothing is equal to) where it is none: such a condition does not hold."""
    try:
        return float(value)
    except ValueError:
        return nan


_OPERATORS: dict[str, Any] = {
    "Bool": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringEqualsIgnoreCase": lambda actual, wanted: actual.lower() == wanted.lower(),
    "StringLike": fnmatchcase,
    "ArnEquals": fnmatchcase,
    "ArnLike": fnmatchcase,
    "NumericEquals": lambda actual, wanted: _number(actual) == _number(wanted),
    "NumericLessThan": lambda actual, wanted: _number(actual) < _number(wanted),
    "NumericLessThanEquals": lambda actual, wanted: _number(actual) <= _number(wanted),
    "NumericGreaterThan": lambda actual, wanted: _number(actual) > _number(wanted),
    "NumericGreaterThanEquals": lambda actual, wanted: _number(actual) >= _number(wanted),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def condition_holds(condition: dict[str, dict[str, Any]], context: dict[str, str]) -> bool:
    """Whether all of a statement's conditions hold. An operator that is not known here never does."""
    return all(
        _holds(operator, key, [str(value) for value in (wanted if isinstance(wanted, list) else [wanted])], context)
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, key: str, wanted: list[str], context: dict[str, str]) -> bool:
    actual = context.get(key.lower())
    name = operator.removesuffix("IfExists")
    if name == "Null":
        return (actual is None) == (wanted[0].lower() == "true")
    if name in _NEGATED:
        return actual is None or not any(_OPERATORS[_NEGATED[name]](actual, value) for value in wanted)
    if name not in _OPERATORS:
        return False
    if actual is None:
        return name != operator
    return any(_OPERATORS[name](actual, value) for value in wanted)


def get_permission(self: FakeBucket, action: str, resource: str) -> PermissionResult:
    if self.policy is None:
        return PermissionResult.NEUTRAL
    policy = json.loads(self.policy.decode())
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    policy["Statement"] = [
        {key: value for key, value in statement.items() if key != "Condition"}
        for statement in statements
        if condition_holds(statement.get("Condition") or {}, _context)
    ]
    return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)


def delete_object_tagging(self: S3Backend, bucket_name: str, key_name: str, version_id: str | None = None) -> None:
    """moto fails where there is no such object."""
    if self.get_object(bucket_name, key_name, version_id=version_id) is None:
        raise MissingKey(key=key_name)
    _delete_object_tagging(self, bucket_name, key_name, version_id)


def tagging_from_xml(self: S3Response) -> dict[str, str]:
    """moto fails at a tag set without tags, which takes all away."""
    empty = ElementTree.fromstring(self.body).find(".//{*}Tag") is None
    tags: dict[str, str] = {} if empty else _tagging_from_xml(self)
    return tags


def parse(document: Any, **options: Any) -> Any:
    """moto takes the empty value of a tag, or of a filter, for no value."""

    def kept(_path: Any, key: str, value: Any) -> tuple[str, Any]:
        return key, "" if key == "Value" and value is None else value

    return _parse(document, postprocessor=kept, **options)


_parse = responses.xmltodict.parse
_tagging_from_xml = S3Response._tagging_from_xml
_delete_object_tagging = S3Backend.delete_object_tagging
_SSE_S3 = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}}


def create_bucket(self: S3Backend, *args: Any, **kwargs: Any) -> FakeBucket:
    """moto's is open, unencrypted and without an owner's rule, as AWS's were before 2023."""
    bucket = _create_bucket(self, *args, **kwargs)
    bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    bucket.encryption = _SSE_S3
    bucket.ownership_rule = "BucketOwnerEnforced"
    return bucket


def delete_bucket_encryption(self: S3Backend, bucket_name: str) -> None:
    """The bucket goes back to S3's own key."""
    self.put_bucket_encryption(bucket_name, _SSE_S3)


def copy_object(self: S3Backend, src_key: FakeKey, dest_bucket_name: str, dest_key_name: str, **asked: Any) -> None:
    """moto lets an object be copied onto itself, with nothing changed, where its bucket was given an encryption: here
    each has one from the beginning."""
    bucket = self.get_bucket(dest_bucket_name)
    same = (src_key.bucket_name, src_key.name) == (dest_bucket_name, dest_key_name)
    changed = asked.get("mdirective") == "REPLACE" or any(asked.get(name) for name in _CHANGES)
    encrypted = bucket.encryption is not _SSE_S3 or src_key.encryption not in (None, "AES256")
    restored = bucket.is_versioned and asked.get("provided_version_id")
    if same and not (changed or encrypted or restored):
        raise CopyObjectMustChangeSomething
    _copy_object(self, src_key, dest_bucket_name, dest_key_name, **asked)


_CHANGES = ("storage", "encryption", "website_redirect_location")
_copy_object = S3Backend.copy_object
_create_bucket = S3Backend.create_bucket


def install(settings: Settings) -> None:
    _context.update(
        {
            "aws:securetransport": "true",
            "s3:tlsversion": "1.3",
            "aws:sourceip": "127.0.0.1",
            "aws:principalaccount": settings.account,
            "aws:principalarn": f"arn:aws:iam::{settings.account}:root",
        }
    )
    responses.xmltodict = SimpleNamespace(parse=parse)
    FakeBucket.get_permission = get_permission
    S3Backend.delete_object_tagging = delete_object_tagging
    S3Response._tagging_from_xml = tagging_from_xml
    S3Backend.copy_object = copy_object
    S3Backend.create_bucket = create_bucket
    S3Backend.delete_bucket_encryption = delete_bucket_encryption
