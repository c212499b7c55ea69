"""What calls to S3 ask for. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.access.model import Need
from tests.sandbox.access_calls import ACCOUNT, asked, pairs

BUCKET = "arn:aws:s3:::state"
LOCK = "arn:aws:s3:::state/dev.tfstate.tflock"


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


def test_reads_a_list_by_its_prefix() -> None:
    assert asked("s3", "ListObjectsV2", Bucket="state", Prefix="dev/", Delimiter="/", MaxKeys=5) == [
        Need(
            "s3:ListBucket",
            BUCKET,
            keys={
                "s3:TlsVersion": ("1.3",),
                "s3:authType": ("REST-HEADER",),
                "s3:signatureversion": ("AWS4-HMAC-SHA256",),
                "s3:ResourceAccount": (ACCOUNT,),
                "s3:AccessGrantsInstanceArn": (),
                "s3:prefix": ("dev/",),
                "s3:delimiter": ("/",),
                "s3:max-keys": ("5",),
            },
            request_tags={},
        )
    ]


def test_tells_what_a_put_says_of_encryption_and_access() -> None:
    (need, acl) = asked("s3", "PutObject", Bucket="state", Key="x", ServerSideEncryption="AES256", ACL="private")
    said = {key: value for key, value in need.keys.items() if value}
    assert said == {
        "s3:TlsVersion": ("1.3",),
        "s3:authType": ("REST-HEADER",),
        "s3:signatureversion": ("AWS4-HMAC-SHA256",),
        "s3:ResourceAccount": (ACCOUNT,),
        "s3:x-amz-acl": ("private",),
        "s3:x-amz-server-side-encryption": ("AES256",),
    }
    assert need.keys["s3:x-amz-server-side-encryption-aws-kms-key-id"] == ()
    assert (acl.action, acl.resource) == ("s3:PutObjectAcl", "arn:aws:s3:::state/x")


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        ("HeadBucket", {}, [("s3:ListBucket", BUCKET)]),
        ("HeadObject", {"Key": "dev.tfstate.tflock"}, [("s3:GetObject", LOCK)]),
        ("GetObject", {"Key": "dev.tfstate.tflock", "VersionId": "1"}, [("s3:GetObjectVersion", LOCK)]),
        ("DeleteObject", {"Key": "dev.tfstate.tflock"}, [("s3:DeleteObject", LOCK)]),
        ("DeleteObject", {"Key": "dev.tfstate.tflock", "VersionId": "1"}, [("s3:DeleteObjectVersion", LOCK)]),
        ("UploadPart", {"Key": "dev.tfstate.tflock", "UploadId": "1"}, [("s3:PutObject", LOCK)]),
        ("PutBucketEncryption", {}, [("s3:PutEncryptionConfiguration", BUCKET)]),
        ("PutBucketLifecycleConfiguration", {}, [("s3:PutLifecycleConfiguration", BUCKET)]),
        ("PutPublicAccessBlock", {}, [("s3:PutBucketPublicAccessBlock", BUCKET)]),
        ("ListObjectVersions", {}, [("s3:ListBucketVersions", BUCKET)]),
        (
            "DeleteObjects",
            {"Delete": {"Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "1"}]}},
            [("s3:DeleteObject", f"{BUCKET}/a"), ("s3:DeleteObjectVersion", f"{BUCKET}/b")],
        ),
        (
            "PutObject",
            {"Key": "a", "Tagging": "team=web", "ObjectLockMode": "GOVERNANCE"},
            [
                ("s3:PutObject", f"{BUCKET}/a"),
                ("s3:PutObjectTagging", f"{BUCKET}/a"),
                ("s3:PutObjectRetention", f"{BUCKET}/a"),
            ],
        ),
        (
            "CopyObject",
            {"Key": "a", "CopySource": "other/b%20c?versionId=1"},
            [("s3:GetObjectVersion", "arn:aws:s3:::other/b c"), ("s3:PutObject", f"{BUCKET}/a")],
        ),
        (
            "CreateBucket",
            {"ACL": "public-read", "ObjectLockEnabledForBucket": True},
            [
                ("s3:CreateBucket", BUCKET),
                ("s3:PutBucketAcl", BUCKET),
                ("s3:PutBucketObjectLockConfiguration", BUCKET),
                ("s3:PutBucketVersioning", BUCKET),
            ],
        ),
        ("CreateBucket", {"ACL": "private"}, [("s3:CreateBucket", BUCKET)]),
    ],
)
def test_asks_by_iams_names(operation: str, params: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert pairs("s3", operation, Bucket="state", **params) == expected


@pytest.mark.parametrize(
    ("operation", "extra"),
    [("GetObject", ()), ("HeadObject", ()), ("GetObjectAttributes", (("s3:GetObjectAttributes", f"{BUCKET}/a"),))],
)
def test_that_an_object_is_missing_is_for_who_may_list(operation: str, extra: tuple[tuple[str, str], ...]) -> None:
    client("s3").create_bucket(Bucket="state")
    params = {"Bucket": "state", "Key": "a"}
    read = [("s3:GetObject", f"{BUCKET}/a"), *extra]
    assert pairs("s3", operation, **params) == [*read, ("s3:ListBucket", BUCKET)]

    client("s3").put_object(Bucket="state", Key="a", Body=b"")
    assert pairs("s3", operation, **params) == read


def test_a_copy_asks_for_the_tags_that_it_takes_along() -> None:
    client("s3").create_bucket(Bucket="other")
    client("s3").put_object(Bucket="other", Key="b", Body=b"", Tagging="team=web")
    assert pairs("s3", "CopyObject", Bucket="state", Key="a", CopySource="other/b") == [
        ("s3:GetObject", "arn:aws:s3:::other/b"),
        ("s3:GetObjectTagging", "arn:aws:s3:::other/b"),
        ("s3:PutObjectTagging", f"{BUCKET}/a"),
        ("s3:PutObject", f"{BUCKET}/a"),
    ]


def test_a_customers_key_is_asked_for_with_the_bucket_or_the_object_as_context() -> None:
    key = client("kms").create_key()["KeyMetadata"]["Arn"]
    client("s3").create_bucket(Bucket="state")
    for per_bucket, context in ((True, BUCKET), (False, f"{BUCKET}/a")):
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        client("s3").put_bucket_encryption(
            Bucket="state", ServerSideEncryptionConfiguration={"Rules": [rule | {"BucketKeyEnabled": per_bucket}]}
        )
        client("s3").put_object(Bucket="state", Key="a", Body=b"")
        write = asked("s3", "PutObject", Bucket="state", Key="a")[1]
        assert (write.action, write.resource) == ("kms:GenerateDataKey", key)
        assert write.keys["kms:ViaService"] == ("s3.us-east-1.amazonaws.com",)
        assert write.keys["kms:EncryptionContext:aws:s3:arn"] == (context,)
        assert pairs("s3", "GetObject", Bucket="state", Key="a")[1:] == [("kms:Decrypt", key)]


def test_s3s_own_key_asks_for_nothing() -> None:
    client("s3").create_bucket(Bucket="state")
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    client("s3").put_bucket_encryption(Bucket="state", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert pairs("s3", "PutObject", Bucket="state", Key="a") == [("s3:PutObject", f"{BUCKET}/a")]
