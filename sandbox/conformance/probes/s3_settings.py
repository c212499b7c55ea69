"""S3: names and settings that a bucket does not take, policies that say nothing, and parts of nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sandbox.conformance.probe import Probe, Request, breaks
from sandbox.conformance.world import World


def _called(begin: str = "", end: str = "") -> Request:
    return lambda world: world.bucket_settings(f"{begin}{world.name}-{world.account.number}{end}")


def _in_no_region(world: World) -> dict[str, Any]:
    if world.account.region != "us-east-1":
        raise LookupError("only us-east-1 is asked for buckets in other regions")
    return _called("refused-")(world) | {"CreateBucketConfiguration": {"LocationConstraint": "mars-1"}}


def _bucket(**more: Any) -> Request:
    return lambda world: {"Bucket": world.bucket} | more


def _object(world: World) -> dict[str, Any]:
    """One that is there."""
    name = {"Bucket": world.bucket, "Key": "tagged"}
    world.account.call("s3", "PutObject", **name, Body=b"text")
    return name


def _copied(part: str) -> Request:
    """Into a new upload, from an object of 4 bytes."""

    def request(world: World) -> dict[str, Any]:
        source = _object(world)
        whole = {"Bucket": world.bucket, "Key": "whole"}
        upload = world.account.call("s3", "CreateMultipartUpload", **whole)["UploadId"]
        named = {"UploadId": upload, "PartNumber": 1, "CopySource": f"{source['Bucket']}/{source['Key']}"}
        return whole | named | {"CopySourceRange": part}

    return request


def _encrypted(*defaults: dict[str, str]) -> Request:
    rules = [{"ApplyServerSideEncryptionByDefault": default} for default in defaults]
    return _bucket(ServerSideEncryptionConfiguration={"Rules": rules})


def _expiring(*expirations: dict[str, Any]) -> Request:
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}}
    return _bucket(LifecycleConfiguration={"Rules": [rule | {"Expiration": each} for each in expirations]})


def _tagged(*tags: tuple[str, str]) -> Request:
    return _bucket(Tagging={"TagSet": [{"Key": key, "Value": value} for key, value in tags]})


def _policy(version: str = "2012-10-17", **changes: Any) -> Request:
    """Of the account's own: what is public is refused for that."""

    def request(world: World) -> dict[str, Any]:
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{world.account.number}:root"},
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{world.bucket}/*",
        } | changes
        given = {name: value for name, value in statement.items() if value is not None}
        return _bucket(Policy=json.dumps({"Version": version, "Statement": [given]}))(world)

    return request


_AES = {"SSEAlgorithm": "AES256"}
_DAY = {"Date": datetime(2040, 1, 1, tzinfo=UTC)}

_BROKEN: list[tuple[str, str, Request, str]] = [
    ("bucket_name_is_invalid", "CreateBucket", _called(end="_x"), ""),
    ("bucket_name_is_reserved", "CreateBucket", _called("xn--"), ""),
    ("bucket_is_in_no_region", "CreateBucket", _in_no_region, ""),
    ("versioning_says_nothing", "PutBucketVersioning", _bucket(VersioningConfiguration={}), ""),
    ("encryption_has_two_rules", "PutBucketEncryption", _encrypted(_AES, _AES), ""),
    ("encryption_has_a_key_for_nothing", "PutBucketEncryption", _encrypted(_AES | {"KMSMasterKeyID": "key"}), ""),
    (
        "objects_expire_at_once",
        "PutBucketLifecycleConfiguration",
        _expiring({"Days": 0}),
        "'Days' for Expiration action must be a positive integer",
    ),
    (
        "objects_expire_during_a_day",
        "PutBucketLifecycleConfiguration",
        _expiring({"Date": datetime(2040, 1, 1, 1, tzinfo=UTC)}),
        "'Date' must be at midnight GMT",
    ),
    ("lifecycle_has_an_id_twice", "PutBucketLifecycleConfiguration", _expiring(_DAY, _DAY), "Rule ID must be unique."),
    ("s3_tag_key_is_invalid", "PutBucketTagging", _tagged(("a;b", "c")), "TagKey you have provided is invalid"),
    ("s3_tag_value_is_invalid", "PutBucketTagging", _tagged(("a", "b;c")), "TagValue you have provided is invalid"),
    ("key_is_too_long", "PutObject", _bucket(Key="x" * 1025, Body=b"x"), ""),
    ("digest_is_none", "PutObject", _bucket(Key="x", Body=b"x", ContentMD5="none"), ""),
    (
        "too_many_objects_are_deleted",
        "DeleteObjects",
        _bucket(Delete={"Objects": [{"Key": str(number)} for number in range(1001)]}),
        "",
    ),
    ("upload_is_gone", "UploadPart", _bucket(Key="x", UploadId="gone", PartNumber=1, Body=b"x"), ""),
    ("copied_range_is_malformed", "UploadPartCopy", _copied("bytes=0-"), "must be of the form bytes=first-last"),
    ("copied_range_is_outside", "UploadPartCopy", _copied("bytes=4-8"), "The specified copy range is invalid"),
    ("copied_range_is_too_long", "UploadPartCopy", _copied("bytes=0-4"), "is not valid for source object of size: 4"),
    ("encoding_is_unknown", "ListObjectsV2", _bucket(EncodingType="xml"), "Invalid Encoding Method"),
    (
        "list_goes_on_from_nowhere",
        "ListObjectsV2",
        _bucket(ContinuationToken="nowhere"),
        "The continuation token provided is incorrect",
    ),
    ("bucket_policy_is_no_json", "PutBucketPolicy", _bucket(Policy="no JSON"), "Policies must be valid JSON"),
    ("bucket_policy_has_no_statement", "PutBucketPolicy", _bucket(Policy="{}"), "Missing required field Statement"),
    (
        "bucket_policy_has_another_version",
        "PutBucketPolicy",
        _policy("2012-10-18"),
        "must contain a valid version string",
    ),
    ("bucket_policy_has_no_principal", "PutBucketPolicy", _policy(Principal=None), "Missing required field Principal"),
    (
        "bucket_policys_action_fits_no_resource",
        "PutBucketPolicy",
        lambda world: _policy(Resource=f"arn:aws:s3:::{world.bucket}")(world),
        "Action does not apply to any resource(s) in statement",
    ),
    ("bucket_policy_is_public", "PutBucketPolicy", _policy(Principal="*"), ""),
]
"""Rule, operation, a request that breaks it, and a piece of AWS's message where the code stands for much else."""

PROBES: list[Probe] = [
    breaks(rule, operation, request, message=message) for rule, operation, request, message in _BROKEN
]
