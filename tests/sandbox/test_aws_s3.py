"""The state bucket: its policy, and the lock that two Terraforms race for."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.launch import Sandbox
from tests.sandbox.http_client import ask
from tests.sandbox.identities import ACCOUNT, allow, user

Client = Callable[[str], Any]


def deny(bucket: str, condition: dict[str, Any]) -> str:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        "Condition": condition,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def code(call: Callable[[], Any]) -> str:
    try:
        call()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


@pytest.fixture
def bucket(client: Client, name: str) -> str:
    client("s3").create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize(
    "condition",
    [
        {"Bool": {"aws:SecureTransport": "false"}},
        {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}},
        {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}},
        {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:root"}},
    ],
    ids=["TLS", "its version", "addresses", "accounts", "principals"],
)
def test_what_a_bucket_denies_to_others_does_not_lock_the_administrator_out(
    client: Client, bucket: str, condition: dict[str, Any]
) -> None:
    s3 = client("s3")
    s3.put_bucket_policy(Bucket=bucket, Policy=deny(bucket, condition))

    s3.put_object(Bucket=bucket, Key="state", Body=b"1")

    assert s3.get_object(Bucket=bucket, Key="state")["Body"].read() == b"1"
    assert s3.delete_object(Bucket=bucket, Key="state")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_a_bucket_denies_to_the_administrator_what_its_policy_denies_to_all(client: Client, bucket: str) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="state", Body=b"1")
    s3.put_bucket_policy(Bucket=bucket, Policy=deny(bucket, {"Bool": {"aws:SecureTransport": "true"}}))

    with pytest.raises(ClientError) as caught:
        s3.put_object(Bucket=bucket, Key="state", Body=b"2")

    assert caught.value.response["Error"] == {
        "Type": "Sender",
        "Code": "AccessDenied",
        "Message": "User: arn:aws:iam::123456789012:root is not authorized to perform: s3:PutObject on resource: "
        f'"arn:aws:s3:::{bucket}/state" with an explicit deny in a resource-based policy',
    }
    assert [
        code(lambda: s3.get_object(Bucket=bucket, Key="state")),
        code(lambda: s3.list_objects_v2(Bucket=bucket)),
    ] == ["AccessDenied", "AccessDenied"]


def test_a_bucket_that_denies_everything_can_be_opened_again_by_the_administrator(client: Client, bucket: str) -> None:
    s3 = client("s3")
    s3.put_bucket_policy(Bucket=bucket, Policy=deny(bucket, {}))
    assert code(lambda: s3.list_objects_v2(Bucket=bucket)) == "AccessDenied"

    s3.delete_bucket_policy(Bucket=bucket)

    assert code(lambda: s3.list_objects_v2(Bucket=bucket)) == "ok"


# Those who do not sign


def opened(client: Client, bucket: str, *actions: str) -> None:
    client("s3").delete_public_access_block(Bucket=bucket)
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": list(actions),
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    client("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))


def test_the_public_may_do_what_a_buckets_policy_lets_it_do(sandbox: Sandbox, client: Client, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="page", Body=b"hello")
    url = f"{sandbox.facts['endpoint_url']}/{bucket}"
    assert [ask(f"{url}/page").status, ask(url).status] == [403, 403]

    opened(client, bucket, "s3:GetObject")

    page = ask(f"{url}/page")
    assert (page.status, page.body) == (200, b"hello")
    assert [ask(url).status, ask(f"{url}/page", "PUT", "x").status, ask(f"{url}/page", "DELETE").status] == [403] * 3
    assert b"<Code>AccessDenied</Code><Message>Access Denied</Message>" in ask(url).body


def test_the_public_may_read_what_an_acl_gives_it(sandbox: Sandbox, client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    s3.delete_public_access_block(Bucket=name)
    s3.put_object(Bucket=name, Key="open", Body=b"1", ACL="public-read")
    s3.put_object(Bucket=name, Key="closed", Body=b"1")
    url = f"{sandbox.facts['endpoint_url']}/{name}"

    assert [ask(f"{url}/open").status, ask(f"{url}/closed").status, ask(url).status] == [200, 403, 403]


def test_who_has_a_signed_address_needs_no_credentials(client: Client, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="key", Body=b"1")

    address = client("s3").generate_presigned_url("get_object", {"Bucket": bucket, "Key": "key"})

    assert ask(address).body == b"1"


def test_a_deny_to_all_but_one_user_lets_him_in_and_nobody_else(sandbox: Sandbox, client: Client, name: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
    spared = user(sandbox, client, name, allow("s3:*"))("s3")
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    others = {"ArnNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/{name}"}}
    s3.put_bucket_policy(Bucket=name, Policy=deny(name, others))

    assert code(lambda: spared.put_object(Bucket=name, Key="state", Body=b"1")) == "ok"
    assert code(lambda: spared.delete_objects(Bucket=name, Delete={"Objects": [{"Key": "state"}]})) == "ok"
    assert code(lambda: s3.put_object(Bucket=name, Key="state", Body=b"1")) == "AccessDenied"


def test_of_many_who_lock_at_once_exactly_one_wins(client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def lock(owner: int) -> str:
        return code(lambda: s3.put_object(Bucket=name, Key="lock", Body=str(owner).encode(), IfNoneMatch="*"))

    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            answers = sorted(pool.map(lock, range(8)))
        assert answers == ["PreconditionFailed"] * 7 + ["ok"]
        s3.delete_object(Bucket=name, Key="lock")


# What a new bucket has


def test_a_new_bucket_is_closed_owned_and_encrypted(client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)

    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]
    encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]

    assert block == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    by_default = {"SSEAlgorithm": "AES256"}
    assert encryption == {"Rules": [{"ApplyServerSideEncryptionByDefault": by_default, "BucketKeyEnabled": False}]}
    assert s3.put_object(Bucket=name, Key="a", Body=b"a")["ServerSideEncryption"] == "AES256"


def test_a_buckets_own_settings_take_the_place_of_the_defaults(client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
    with_kms = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}

    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=with_kms)
    s3.delete_public_access_block(Bucket=name)

    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]
    assert ownership == {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    assert s3.put_object(Bucket=name, Key="a", Body=b"a")["ServerSideEncryption"] == "aws:kms"
    assert code(lambda: s3.get_public_access_block(Bucket=name)) == "NoSuchPublicAccessBlockConfiguration"
    s3.delete_bucket_encryption(Bucket=name)
    assert s3.put_object(Bucket=name, Key="a", Body=b"a")["ServerSideEncryption"] == "AES256"


@pytest.mark.parametrize("policy", ["nonsense", "[]", "{}"])
def test_a_policy_that_cannot_be_read_is_refused_and_the_bucket_goes_on(client: Client, name: str, policy: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)

    assert code(lambda: s3.put_bucket_policy(Bucket=name, Policy=policy)) == "MalformedPolicy"
    assert code(lambda: s3.get_bucket_policy(Bucket=name)) == "NoSuchBucketPolicy"
    assert code(lambda: s3.put_object(Bucket=name, Key="a", Body=b"a")) == "ok"


def test_versioning_is_enabled_or_suspended(client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)

    def put(status: str) -> str:
        return code(lambda: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status}))

    assert (put("enabled"), put("Disabled")) == ("MalformedXML", "MalformedXML")
    assert "Status" not in s3.get_bucket_versioning(Bucket=name)
    assert (put("Enabled"), put("Suspended")) == ("ok", "ok")
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"


def test_an_empty_value_is_a_value(client: Client, name: str) -> None:
    s3, tag = client("s3"), {"Key": "color", "Value": ""}
    s3.create_bucket(Bucket=name)
    expire = {"Status": "Enabled", "Expiration": {"Days": 1}}
    rules = [
        {"ID": "one", "Filter": {"Tag": tag}, **expire},
        {"ID": "two", "Filter": {"And": {"Prefix": "a", "Tags": [tag]}}, **expire},
    ]

    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [tag]})
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})

    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == [tag]
    found = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert [entry["Filter"] for entry in found] == [entry["Filter"] for entry in rules]


def test_an_object_is_copied_onto_itself_only_to_change_something(client: Client, name: str) -> None:
    s3, onto = client("s3"), {"Bucket": name, "Key": "k", "CopySource": f"{name}/k"}
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="k", Body=b"1")

    assert code(lambda: s3.copy_object(**onto)) == "InvalidRequest"
    assert code(lambda: s3.copy_object(**onto, StorageClass="STANDARD")) == "ok"
    assert code(lambda: s3.copy_object(**onto, MetadataDirective="REPLACE", Metadata={"a": "b"})) == "ok"
    assert code(lambda: s3.copy_object(**{**onto, "Key": "other"})) == "ok"
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert code(lambda: s3.copy_object(**onto)) == "ok"
