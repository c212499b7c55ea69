"""S3 refuses buckets without a proper name or place, policies that say nothing, and uploads that are gone."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.clients import local_client
from sandbox.launch import Sandbox
from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]

MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


@pytest.fixture
def bucket(client: Client, name: str) -> str:
    client("s3").create_bucket(Bucket=name)
    return name


# Buckets


@pytest.mark.parametrize("given", ["Bucket", "my_bucket", "my..bucket", "-bucket", "bucket-", ".bucket", "192.168.1.1"])
def test_a_buckets_name_is_valid(client: Client, given: str) -> None:
    answer = refused(client("s3").create_bucket, Bucket=given)

    assert answer == (400, "InvalidBucketName", "The specified bucket is not valid.")


@pytest.mark.parametrize("given", ["xn--bucket", "sthree-bucket", "amzn-s3-demo-bucket"])
def test_a_buckets_name_begins_with_nothing_of_aws_own(client: Client, given: str) -> None:
    answer = refused(client("s3").create_bucket, Bucket=given)

    assert answer == (400, "InvalidBucketName", "The requested bucket name starts with a reserved prefix")


@pytest.mark.parametrize("end", ["-s3alias", "--ol-s3", ".mrap", "--table-s3"])
def test_a_buckets_name_ends_with_nothing_of_aws_own(client: Client, name: str, end: str) -> None:
    assert refused(client("s3").create_bucket, Bucket=f"{name}{end}")[:2] == (400, "InvalidBucketName")


@pytest.mark.parametrize("end", [".example.com", "-1.2.3.4", "x" * 50, "-s3"])
def test_any_other_name_is_a_buckets(client: Client, name: str, end: str) -> None:
    given = f"{name}{end}"

    assert client("s3").create_bucket(Bucket=given)["Location"] == f"/{given}"
    client("s3").delete_bucket(Bucket=given)


def test_a_bucket_is_made_in_a_region(sandbox: Sandbox, client: Client, name: str) -> None:
    elsewhere = local_client("s3", "eu-west-1", sandbox.facts["endpoint_url"], retries=1)

    def asked(s3: Any, place: str) -> tuple[int, str, str]:
        return refused(s3.create_bucket, Bucket=name, CreateBucketConfiguration={"LocationConstraint": place})

    nowhere, away = asked(client("s3"), "mars-1"), asked(elsewhere, "eu-central-1")

    assert nowhere == (400, "InvalidLocationConstraint", "The specified location-constraint is not valid")
    message = (
        "The eu-central-1 location constraint is incompatible for the region specific endpoint this request was sent "
        "to."
    )
    assert away == (400, "IllegalLocationConstraintException", message)
    for s3, place in ((client("s3"), "eu-central-1"), (elsewhere, "eu-west-1")):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": place})
        s3.delete_bucket(Bucket=name)


def test_versioning_is_switched_on_or_off(client: Client, bucket: str) -> None:
    put = client("s3").put_bucket_versioning

    answer = refused(put, Bucket=bucket, VersioningConfiguration={})

    assert answer == (400, "IllegalVersioningConfigurationException", "The Versioning element must be specified")
    put(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def test_a_bucket_encrypts_in_one_way_and_with_kms_keys(client: Client, bucket: str) -> None:
    put = client("s3").put_bucket_encryption

    def encrypted(**default: str) -> dict[str, Any]:
        return {"ApplyServerSideEncryptionByDefault": default}

    def asked(*rules: dict[str, Any]) -> tuple[int, str, str]:
        return refused(put, Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": list(rules)})

    two = asked(encrypted(SSEAlgorithm="AES256"), encrypted(SSEAlgorithm="AES256"))
    key = asked(encrypted(SSEAlgorithm="AES256", KMSMasterKeyID="key"))

    assert two == (400, "MalformedXML", MALFORMED)
    message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
    assert key == (400, "InvalidArgument", message)
    rule = encrypted(SSEAlgorithm="aws:kms", KMSMasterKeyID="key")
    put(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})


@pytest.mark.parametrize(
    ("expiration", "message"),
    [
        ({"Days": 0}, "'Days' for Expiration action must be a positive integer"),
        ({"Date": datetime(2030, 1, 1, 1, tzinfo=UTC)}, "'Date' must be at midnight GMT"),
    ],
)
def test_objects_expire_after_days(client: Client, bucket: str, expiration: dict[str, Any], message: str) -> None:
    rule = {"ID": "a", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": expiration}

    answer = refused(
        client("s3").put_bucket_lifecycle_configuration, Bucket=bucket, LifecycleConfiguration={"Rules": [rule]}
    )

    assert answer == (400, "InvalidArgument", message)


def test_the_rules_of_a_lifecycle_have_ids_of_their_own(client: Client, bucket: str) -> None:
    put = client("s3").put_bucket_lifecycle_configuration
    rule = {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Date": datetime(2030, 1, 1, tzinfo=UTC)}}
    twice = [{**rule, "ID": "a"}, {**rule, "ID": "a"}]

    answer = refused(put, Bucket=bucket, LifecycleConfiguration={"Rules": twice})

    message = "Rule ID must be unique. Found same ID for more than one rule"
    assert answer == (400, "InvalidArgument", message)
    put(Bucket=bucket, LifecycleConfiguration={"Rules": [{**rule, "ID": "a"}, {**rule, "ID": "b"}]})


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ([("a;b", "c")], "The TagKey you have provided is invalid"),
        ([("a" * 129, "c")], "The TagKey you have provided is invalid"),
        ([("a", "b;c")], "The TagValue you have provided is invalid"),
        ([("a", "b" * 257)], "The TagValue you have provided is invalid"),
        ([("a", "b"), ("a", "c")], "Cannot provide multiple Tags with the same key"),
        ([("aws:a", "b")], "System tags cannot be added/updated by requester"),
    ],
)
def test_a_buckets_tags_are_text(client: Client, bucket: str, tags: list[tuple[str, str]], message: str) -> None:
    given = {"TagSet": [{"Key": key, "Value": value} for key, value in tags]}

    assert refused(client("s3").put_bucket_tagging, Bucket=bucket, Tagging=given) == (400, "InvalidTag", message)


def test_tags_are_text_of_any_language(client: Client, bucket: str) -> None:
    tags = [{"Key": "Größe 1_.:/=+-@", "Value": "1"}, {"Key": "k" * 128, "Value": "値" * 256}]

    client("s3").put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})

    assert client("s3").get_bucket_tagging(Bucket=bucket)["TagSet"] == tags


# Policies


def policy(bucket: str, **changes: Any) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        **changes,
    }
    given = {name: value for name, value in statement.items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [given]})


FITS_NOTHING = "Action does not apply to any resource(s) in statement"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("nonsense", "Policies must be valid JSON and the first byte must be '{'"),
        ("[]", "Policies must be valid JSON and the first byte must be '{'"),
        ("{}", "Missing required field Statement"),
        (policy("b").replace("2012-10-17", "2012-10-18"), "The policy must contain a valid version string"),
        (policy("b", Principal=None), "Missing required field Principal"),
        (policy("b", Resource="arn:aws:s3:::b"), FITS_NOTHING),
        (policy("b", Action=["s3:GetObject", "s3:ListBucket"]), FITS_NOTHING),
    ],
)
def test_a_buckets_policy_says_who_may_do_what(client: Client, bucket: str, given: str, message: str) -> None:
    answer = refused(client("s3").put_bucket_policy, Bucket=bucket, Policy=given)

    assert answer == (400, "MalformedPolicy", message)


def test_a_policy_whose_actions_fit_its_resources_is_kept(client: Client, bucket: str) -> None:
    s3, whole = client("s3"), f"arn:aws:s3:::{bucket}"
    s3.delete_public_access_block(Bucket=bucket)
    for given in (
        policy(bucket),
        policy(bucket, Action="s3:*", Resource=whole),
        policy(bucket, Action=["s3:GetObject", "s3:ListBucket"], Resource=[whole, f"{whole}/*"]),
        policy(bucket, Action="s3:GetObject", Resource="arn:aws:s3:::*"),
        policy(bucket, Action="s3:ListBucket", Resource=whole, Principal=None, NotPrincipal={"AWS": "1"}),
    ):
        s3.put_bucket_policy(Bucket=bucket, Policy=given)
        assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == given
        s3.delete_bucket_policy(Bucket=bucket)


def test_a_bucket_that_blocks_public_policies_gets_none(client: Client, bucket: str) -> None:
    s3 = client("s3")
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicPolicy": True})

    answer = refused(s3.put_bucket_policy, Bucket=bucket, Policy=policy(bucket))

    assert answer[:2] == (403, "AccessDenied")
    for closed in (
        policy(bucket, Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}),
        policy(bucket, Principal={"AWS": "arn:aws:iam::123456789012:root"}),
        policy(bucket, Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}}),
    ):
        s3.put_bucket_policy(Bucket=bucket, Policy=closed)
        s3.delete_bucket_policy(Bucket=bucket)


# Objects


def test_a_key_has_1024_bytes(client: Client, bucket: str) -> None:
    put = client("s3").put_object

    answer = refused(put, Bucket=bucket, Key="ä" * 512 + "a", Body=b"1")

    assert answer == (400, "KeyTooLongError", "Your key is too long")
    put(Bucket=bucket, Key="ä" * 512, Body=b"1")


def test_a_digest_is_one(client: Client, bucket: str) -> None:
    put = client("s3").put_object

    for digest in ("none", "AAAA"):
        answer = refused(put, Bucket=bucket, Key="k", Body=b"1", ContentMD5=digest)
        assert answer == (400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
    put(Bucket=bucket, Key="k", Body=b"1", ContentMD5="xMpCOKC5I4INzFCab3WEmw==")


FORM = (
    "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based "
    "offsets of the first and last bytes to copy"
)


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        *((given, "InvalidArgument", FORM) for given in ("0-8", "bytes=1-0", "bytes=-2", "bytes=1-", "bytes=0-1,3-4")),
        ("bytes=0-10", "InvalidArgument", "Range specified is not valid for source object of size: 10"),
        ("bytes=10-20", "InvalidRequest", "The specified copy range is invalid for the source object size"),
    ],
)
def test_a_part_is_copied_from_inside_an_object(
    client: Client, bucket: str, given: str, code: str, message: str
) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="whole")["UploadId"]
    part = {"Bucket": bucket, "Key": "whole", "UploadId": upload, "PartNumber": 1, "CopySource": f"{bucket}/k"}

    answer = refused(s3.upload_part_copy, **part, CopySourceRange=given)

    assert answer == (400, code, message)
    s3.upload_part_copy(**part, CopySourceRange="bytes=1-9")
    assert s3.list_parts(Bucket=bucket, Key="whole", UploadId=upload)["Parts"][0]["Size"] == 9


def test_1000_objects_are_deleted_at_a_time(client: Client, bucket: str) -> None:
    delete = client("s3").delete_objects
    objects = [{"Key": str(number)} for number in range(1001)]

    answer = refused(delete, Bucket=bucket, Delete={"Objects": objects})

    assert answer == (400, "MalformedXML", MALFORMED)
    assert len(delete(Bucket=bucket, Delete={"Objects": objects[:1000]})["Deleted"]) == 1000


def test_an_upload_that_is_gone_is_not_gone_on_with(client: Client, bucket: str) -> None:
    s3, upload = client("s3"), {"Bucket": bucket, "Key": "k", "UploadId": "gone"}

    answers = [
        refused(s3.upload_part, **upload, PartNumber=1, Body=b"1"),
        refused(s3.list_parts, **upload),
        refused(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": [{"ETag": "e", "PartNumber": 1}]}),
        refused(s3.abort_multipart_upload, **upload),
    ]

    message = (
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
        "completed."
    )
    assert answers == [(404, "NoSuchUpload", message)] * 4
    made = {**upload, "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]}
    part = s3.upload_part(**made, PartNumber=1, Body=b"1")
    s3.complete_multipart_upload(**made, MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]})
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"


def test_an_upload_can_be_completed_again_until_its_object_is_another(client: Client, bucket: str) -> None:
    s3, whole = client("s3"), {"Bucket": bucket, "Key": "k"}
    made = {**whole, "UploadId": s3.create_multipart_upload(**whole)["UploadId"]}
    part = s3.upload_part(**made, PartNumber=1, Body=b"1")
    parts = {"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]}

    first = s3.complete_multipart_upload(**made, MultipartUpload=parts)
    again = s3.complete_multipart_upload(**made, MultipartUpload=parts, IfNoneMatch="*")
    s3.put_object(**whole, Body=b"2")

    assert again["ETag"] == first["ETag"]
    assert refused(s3.complete_multipart_upload, **made, MultipartUpload=parts)[:2] == (404, "NoSuchUpload")


def test_a_list_goes_on_where_one_ended(client: Client, bucket: str) -> None:
    s3 = client("s3")
    for key in "ab":
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")

    nowhere = refused(s3.list_objects_v2, Bucket=bucket, ContinuationToken="nowhere")
    encoded = refused(s3.list_objects_v2, Bucket=bucket, EncodingType="xml")

    assert nowhere == (400, "InvalidArgument", "The continuation token provided is incorrect")
    assert encoded == (400, "InvalidArgument", "Invalid Encoding Method specified in Request")
    first = s3.list_objects_v2(Bucket=bucket, MaxKeys=1)
    rest = s3.list_objects_v2(Bucket=bucket, ContinuationToken=first["NextContinuationToken"])
    assert [entry["Key"] for entry in [*first["Contents"], *rest["Contents"]]] == ["a", "b"]
