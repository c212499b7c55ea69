"""S3: what a new bucket is, which of its settings are not there until they are made, and what keeps a state's lock."""

from __future__ import annotations

import hashlib
from typing import Any

from sandbox.conformance.probe import Probe, Request, answered, refused
from sandbox.conformance.world import World

_SNAPSHOTS = "https://github.com/localstack/localstack/blob/main/tests/aws/services/s3"
_RECORDED = f"{_SNAPSHOTS}/test_s3.snapshot.json"
_RECORDED_TOO = f"{_SNAPSHOTS}/test_s3_api.snapshot.json"
"""Recorded from AWS."""

_BODY = b"text"
_ETAG = f'"{hashlib.md5(_BODY, usedforsecurity=False).hexdigest()}"'


def _bucket(**more: Any) -> Request:
    return lambda world: {"Bucket": world.bucket} | more


def _object(**more: Any) -> Request:
    """One that is there."""

    def request(world: World) -> dict[str, Any]:
        name = {"Bucket": world.bucket, "Key": "object"}
        world.account.call("s3", "PutObject", **name, Body=_BODY)
        return name | more

    return request


def _gone_bucket(**more: Any) -> Request:
    return lambda world: {"Bucket": f"{world.name}-gone-{world.account.number}"} | more


def _unset(operation: str, what: str, code: str, source: str) -> Probe:
    return refused("s3", operation, f"a new bucket has no {what}", _bucket(), code, source, 404)


PROBES: list[Probe] = [
    # What a bucket is
    answered(
        "s3",
        "GetPublicAccessBlock",
        "a new bucket is closed to the public",
        _bucket(),
        {
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            }
        },
        _RECORDED_TOO,
    ),
    answered(
        "s3",
        "GetBucketOwnershipControls",
        "a new bucket's objects are its owner's",
        _bucket(),
        {"OwnershipControls.Rules[].ObjectOwnership": ["BucketOwnerEnforced"]},
        _RECORDED_TOO,
    ),
    answered(
        "s3",
        "GetBucketEncryption",
        "a new bucket encrypts with S3's own key",
        _bucket(),
        {
            "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault": [
                {"SSEAlgorithm": "AES256"}
            ],
            "ServerSideEncryptionConfiguration.Rules[].BucketKeyEnabled": [False],
        },
        _RECORDED_TOO,
    ),
    answered(
        "s3",
        "GetBucketVersioning",
        "a new bucket has no word on versions",
        _bucket(),
        {"[Status, MFADelete]": [None, None]},
        _RECORDED_TOO,
    ),
    _unset("GetBucketPolicy", "policy", "NoSuchBucketPolicy", _RECORDED_TOO),
    _unset("GetBucketTagging", "tags", "NoSuchTagSet", _RECORDED_TOO),
    _unset("GetBucketLifecycleConfiguration", "lifecycle", "NoSuchLifecycleConfiguration", _RECORDED),
    _unset("GetBucketWebsite", "website", "NoSuchWebsiteConfiguration", _RECORDED),
    _unset("GetBucketReplication", "replication", "ReplicationConfigurationNotFoundError", _RECORDED),
    _unset("GetObjectLockConfiguration", "object lock", "ObjectLockConfigurationNotFoundError", _RECORDED_TOO),
    # What it does not take
    refused(
        "s3",
        "PutBucketVersioning",
        "versioning is Enabled or Suspended, written so",
        _bucket(VersioningConfiguration={"Status": "enabled"}),
        "MalformedXML",
        _RECORDED_TOO,
    ),
    refused(
        "s3",
        "PutBucketTagging",
        "tags that begin with aws: are AWS's own",
        _bucket(Tagging={"TagSet": [{"Key": "aws:color", "Value": "blue"}]}),
        "InvalidTag",
        _RECORDED_TOO,
    ),
    # Objects
    answered(
        "s3",
        "PutObject",
        "an object has its hash as its tag, and is encrypted",
        _bucket(Key="new", Body=_BODY),
        {"[ETag, ServerSideEncryption]": [_ETAG, "AES256"]},
        _RECORDED_TOO,
    ),
    answered(
        "s3",
        "HeadObject",
        "an object is of any bytes until it says more",
        _object(),
        {"[ContentLength, ContentType, ETag, VersionId]": [len(_BODY), "binary/octet-stream", _ETAG, None]},
        _RECORDED_TOO,
    ),
    refused(
        "s3",
        "PutObject",
        "an object that is to be new is written once",
        _object(Body=_BODY, IfNoneMatch="*"),
        "PreconditionFailed",
        _RECORDED_TOO,
        412,
    ),
    answered(
        "s3",
        "DeleteObject",
        "an object that is gone can be deleted again",
        _bucket(Key="gone"),
        {"[DeleteMarker, VersionId]": [None, None]},
        _RECORDED_TOO,
    ),
    refused(
        "s3",
        "DeleteBucket",
        "a bucket with an object stays",
        lambda world: {"Bucket": _object()(world)["Bucket"]},
        "BucketNotEmpty",
        _RECORDED_TOO,
        409,
    ),
    # What is not there
    refused("s3", "GetObject", "an object that is not there", _bucket(Key="gone"), "NoSuchKey", _RECORDED, 404),
    refused("s3", "HeadObject", "an object that is not there has no head", _bucket(Key="gone"), "404", _RECORDED, 404),
    refused(
        "s3",
        "GetObject",
        "an object of a bucket that is not there",
        _gone_bucket(Key="gone"),
        "NoSuchBucket",
        _RECORDED,
        404,
    ),
    refused("s3", "HeadBucket", "a bucket that is not there", _gone_bucket(), "404", _RECORDED, 404),
    refused(
        "s3",
        "DeleteBucket",
        "a bucket that is gone is not deleted again",
        _gone_bucket(),
        "NoSuchBucket",
        _RECORDED,
        404,
    ),
]
