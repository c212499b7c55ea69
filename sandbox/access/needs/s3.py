"""S3, whose permissions are not called as its operations are.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, unquote

from moto.s3.models import FakeKey, s3_backends

from sandbox.access.model import Need
from sandbox.access.needs import keys, kms, needs, tags
from sandbox.access.needs.arns import passed
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

_ON_BUCKETS = {
    "CreateBucket": "CreateBucket",
    "DeleteBucket": "DeleteBucket",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketPolicy": "DeleteBucketPolicy",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteBucketWebsite": "DeleteBucketWebsite",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAcl": "GetBucketAcl",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketLocation": "GetBucketLocation",
    "GetBucketLogging": "GetBucketLogging",
    "GetBucketNotification": "GetBucketNotification",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketOwnershipControls": "GetBucketOwnershipControls",
    "GetBucketPolicy": "GetBucketPolicy",
    "GetBucketPolicyStatus": "GetBucketPolicyStatus",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetBucketRequestPayment": "GetBucketRequestPayment",
    "GetBucketTagging": "GetBucketTagging",
    "GetBucketVersioning": "GetBucketVersioning",
    "GetBucketWebsite": "GetBucketWebsite",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketAcl": "PutBucketAcl",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketLogging": "PutBucketLogging",
    "PutBucketNotification": "PutBucketNotification",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketOwnershipControls": "PutBucketOwnershipControls",
    "PutBucketPolicy": "PutBucketPolicy",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutBucketTagging": "PutBucketTagging",
    "PutBucketVersioning": "PutBucketVersioning",
    "PutBucketWebsite": "PutBucketWebsite",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
_ON_OBJECTS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "DeleteObject": "DeleteObject",
    "DeleteObjectTagging": "DeleteObjectTagging",
    "GetObject": "GetObject",
    "GetObjectAcl": "GetObjectAcl",
    "GetObjectLegalHold": "GetObjectLegalHold",
    "GetObjectRetention": "GetObjectRetention",
    "GetObjectTagging": "GetObjectTagging",
    "HeadObject": "GetObject",
    "ListParts": "ListMultipartUploadParts",
    "PutObjectAcl": "PutObjectAcl",
    "PutObjectLegalHold": "PutObjectLegalHold",
    "PutObjectRetention": "PutObjectRetention",
    "PutObjectTagging": "PutObjectTagging",
    "RestoreObject": "RestoreObject",
    "SelectObjectContent": "GetObject",
    "UploadPart": "PutObject",
}
_OF_VERSIONS = {
    "DeleteObject": "DeleteObjectVersion",
    "DeleteObjectTagging": "DeleteObjectVersionTagging",
    "GetObject": "GetObjectVersion",
    "GetObjectAcl": "GetObjectVersionAcl",
    "GetObjectTagging": "GetObjectVersionTagging",
    "PutObjectAcl": "PutObjectVersionAcl",
    "PutObjectTagging": "PutObjectVersionTagging",
}
"""What is asked for in place of the permission where the request names a version."""

_MEMBERS = {
    "s3:delimiter": "Delimiter",
    "s3:if-match": "IfMatch",
    "s3:if-none-match": "IfNoneMatch",
    "s3:max-keys": "MaxKeys",
    "s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus",
    "s3:object-lock-mode": "ObjectLockMode",
    "s3:prefix": "Prefix",
    "s3:versionid": "VersionId",
    "s3:x-amz-acl": "ACL",
    "s3:x-amz-copy-source": "CopySource",
    "s3:x-amz-grant-full-control": "GrantFullControl",
    "s3:x-amz-grant-read": "GrantRead",
    "s3:x-amz-grant-read-acp": "GrantReadACP",
    "s3:x-amz-grant-write": "GrantWrite",
    "s3:x-amz-grant-write-acp": "GrantWriteACP",
    "s3:x-amz-metadata-directive": "MetadataDirective",
    "s3:x-amz-object-ownership": "ObjectOwnership",
    "s3:x-amz-server-side-encryption": "ServerSideEncryption",
    "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
    "s3:x-amz-server-side-encryption-customer-algorithm": "SSECustomerAlgorithm",
    "s3:x-amz-storage-class": "StorageClass",
    "s3:x-amz-website-redirect-location": "WebsiteRedirectLocation",
}
_ALWAYS = {
    "s3:TlsVersion": ("1.3",),
    "s3:authType": ("REST-HEADER",),
    "s3:signatureversion": ("AWS4-HMAC-SHA256",),
    "s3:ResourceAccount": (ACCOUNT,),
    "s3:AccessGrantsInstanceArn": (),
    "s3:DataAccessPointAccount": (),
    "s3:DataAccessPointArn": (),
    "s3:AccessPointNetworkOrigin": (),
}
"""As of a request that an SDK signs, over HTTPS, to the bucket itself: there are no access points here."""

_GRANTS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


def _need(call: Call, action: str, resource: str) -> Need:
    """With all of its own keys that the request has; of a bucket's tags nothing is known (S3's ABAC is off for every
    bucket that does not turn it on)."""
    found = {**_ALWAYS, **{key: keys.text(call.params.get(member)) for key, member in _MEMBERS.items()}}
    configuration = call.params.get("CreateBucketConfiguration", {})
    found["s3:locationconstraint"] = keys.text(configuration.get("LocationConstraint"))
    brought = _object_tags(call)
    found["s3:RequestObjectTagKeys"] = tuple(brought)
    found |= {f"s3:RequestObjectTag/{key}": (value,) for key, value in brought.items()}
    own = keys.carried(f"s3:{action}", resource, found)
    return Need(f"s3:{action}", resource, keys=own, request_tags=tags.given(configuration.get("Tags")))


def _object_tags(call: Call) -> dict[str, str]:
    given = call.params.get("Tagging")
    if isinstance(given, str):
        return dict(parse_qsl(given, keep_blank_values=True))
    return tags.given(given.get("TagSet")) if given else {}


def _bucket(call: Call) -> str:
    return f"arn:aws:s3:::{call.params['Bucket']}"


def _object(call: Call, key: str | None = None) -> str:
    return f"{_bucket(call)}/{key or call.params['Key']}"


@needs("s3", *_ON_BUCKETS)
def of_a_bucket(call: Call) -> Iterator[Need]:
    yield _need(call, _ON_BUCKETS[call.operation.name], _bucket(call))
    if call.operation.name == "PutBucketReplication":
        role = call.params.get("ReplicationConfiguration", {}).get("Role")
        yield from passed(role, "s3.amazonaws.com")
    if call.operation.name == "CreateBucket":
        yield from _with_the_bucket(call)


def _with_the_bucket(call: Call) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html (Permissions): the ACL `private` asks for
    nothing more."""
    if any(call.params.get(name, "private") != "private" for name in _GRANTS):
        yield _need(call, "PutBucketAcl", _bucket(call))
    if call.params.get("ObjectLockEnabledForBucket"):
        yield _need(call, "PutBucketObjectLockConfiguration", _bucket(call))
        yield _need(call, "PutBucketVersioning", _bucket(call))
    if "ObjectOwnership" in call.params:
        yield _need(call, "PutBucketOwnershipControls", _bucket(call))
    if call.params.get("CreateBucketConfiguration", {}).get("Tags"):
        yield _need(call, "TagResource", _bucket(call))


@needs("s3", "ListBuckets")
def list_buckets(call: Call) -> Iterator[Need]:
    yield _need(call, "ListAllMyBuckets", "*")


@needs("s3", *_ON_OBJECTS)
def of_an_object(call: Call) -> Iterator[Need]:
    action = _ON_OBJECTS[call.operation.name]
    yield _need(call, _OF_VERSIONS.get(action, action) if "VersionId" in call.params else action, _object(call))
    if call.params.get("BypassGovernanceRetention"):
        yield _need(call, "BypassGovernanceRetention", _object(call))
    if call.operation.name in ("GetObject", "HeadObject") and _is_missing(call.params["Bucket"], call.params["Key"]):
        yield _need(call, "ListBucket", _bucket(call))
    if call.operation.name in ("GetObject", "SelectObjectContent"):
        yield from _read(call, call.params["Bucket"], call.params["Key"], call.params.get("VersionId"))
    elif action == "PutObject":
        yield from _write(call)


def _is_missing(bucket: str, key: str) -> bool:
    """Only who may list the bucket is told that an object is not there:
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html"""
    found = _backend().buckets.get(bucket)
    return found is not None and not isinstance(found.keys.get(key), FakeKey)


@needs("s3", "PutObject", "CreateMultipartUpload")
def put_object(call: Call) -> Iterator[Need]:
    """What a request sets beside the bytes are permissions of their own."""
    yield _need(call, "PutObject", _object(call))
    yield from _beside_the_bytes(call)
    yield from _write(call)


def _beside_the_bytes(call: Call) -> Iterator[Need]:
    if any(name in call.params for name in _GRANTS):
        yield _need(call, "PutObjectAcl", _object(call))
    if _object_tags(call):
        yield _need(call, "PutObjectTagging", _object(call))
    if "ObjectLockMode" in call.params or "ObjectLockRetainUntilDate" in call.params:
        yield _need(call, "PutObjectRetention", _object(call))
    if "ObjectLockLegalHoldStatus" in call.params:
        yield _need(call, "PutObjectLegalHold", _object(call))


@needs("s3", "CopyObject", "UploadPartCopy")
def copy_object(call: Call) -> Iterator[Need]:
    """Both sides. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html: a copy takes the source's tags
    with it unless the request says others. What that asks for: https://github.com/nasa/cumulus-orca/issues/530"""
    source, _, version = call.params["CopySource"].lstrip("/").partition("?versionId=")
    bucket, _, key = unquote(source).partition("/")
    arn, of_version = f"arn:aws:s3:::{bucket}/{key}", "Version" if version else ""
    yield _need(call, f"GetObject{of_version}", arn)
    copies_tags = call.operation.name == "CopyObject" and call.params.get("TaggingDirective", "COPY") == "COPY"
    if copies_tags and _tagged(bucket, key):
        yield _need(call, f"GetObject{of_version}Tagging", arn)
        yield _need(call, "PutObjectTagging", _object(call))
    yield from _read(call, bucket, key, version or None)
    yield from put_object(call)


def _tagged(bucket: str, key: str) -> bool:
    found = _backend().buckets.get(bucket)
    kept = found.keys.get(key) if found else None
    return bool(kept and _backend().tagger.get_tag_dict_for_resource(kept.arn))


@needs("s3", "DeleteObjects")
def delete_objects(call: Call) -> Iterator[Need]:
    """AWS answers object by object; here the first that is denied denies the request."""
    for one in call.params["Delete"].get("Objects") or [{"Key": "*"}]:
        action = "DeleteObjectVersion" if "VersionId" in one else "DeleteObject"
        yield _need(call, action, _object(call, one["Key"]))
        if call.params.get("BypassGovernanceRetention"):
            yield _need(call, "BypassGovernanceRetention", _object(call, one["Key"]))


@needs("s3", "GetObjectAttributes")
def get_object_attributes(call: Call) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html"""
    version = "Version" if "VersionId" in call.params else ""
    yield _need(call, f"GetObject{version}", _object(call))
    yield _need(call, f"GetObject{version}Attributes", _object(call))
    if _is_missing(call.params["Bucket"], call.params["Key"]):
        yield _need(call, "ListBucket", _bucket(call))


# Objects under a key of KMS ------------------------------------------------------------------------------------------
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html


def _backend() -> Any:
    return s3_backends[ACCOUNT]["aws"]


def _read(call: Call, bucket: str, key: str, version: str | None) -> Iterator[Need]:
    """Of an object that is kept under a customer's key: kms:Decrypt."""
    found = _backend().buckets.get(bucket)
    versions = found.keys.getlist(key, []) if found else []
    kept = next((one for one in reversed(versions) if version in (None, getattr(one, "version_id", None))), None)
    yield from _kms(call, bucket, key, getattr(kept, "kms_key_id", None), ("Decrypt",))


def _write(call: Call) -> Iterator[Need]:
    """kms:GenerateDataKey, and for an upload in parts kms:Decrypt too."""
    bucket, key = call.params["Bucket"], call.params["Key"]
    upload = call.params.get("UploadId")
    in_parts = upload is not None or call.operation.name == "CreateMultipartUpload"
    named = _of_upload(bucket, upload) if upload else call.params.get("SSEKMSKeyId") or _default(call, bucket)
    yield from _kms(call, bucket, key, named, ("GenerateDataKey", "Decrypt") if in_parts else ("GenerateDataKey",))


def _default(call: Call, bucket: str) -> str | None:
    """The bucket's own key, unless the request says another way to encrypt."""
    if call.params.get("ServerSideEncryption", "aws:kms") != "aws:kms" or "SSECustomerAlgorithm" in call.params:
        return None
    rule = _rule(bucket).get("ApplyServerSideEncryptionByDefault", {})
    key: str | None = rule.get("KMSMasterKeyID")
    return key


def _rule(bucket: str) -> dict[str, Any]:
    found = _backend().buckets.get(bucket)
    rule: dict[str, Any] = (found.encryption or {}).get("Rule", {}) if found else {}
    return rule


def _of_upload(bucket: str, upload: str) -> str | None:
    found = _backend().buckets.get(bucket)
    parts = found.multiparts.get(upload) if found else None
    return getattr(parts, "kms_key_id", None)


def _kms(call: Call, bucket: str, key: str, named: str | None, actions: tuple[str, ...]) -> Iterator[Need]:
    """The context is the object's ARN, or its bucket's where the bucket has a key of its own."""
    whole = f"arn:aws:s3:::{bucket}"
    per_bucket = str(_rule(bucket).get("BucketKeyEnabled", "")).lower() == "true"
    context = {"aws:s3:arn": whole if per_bucket else f"{whole}/{key}"}
    yield from kms.used(call.region, named, actions, "s3", context)
