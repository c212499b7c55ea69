"""What calls to Systems Manager, Secrets Manager and KMS ask for, keys that they use for their caller included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.access.model import Need
from tests.sandbox.access_calls import ACCOUNT, asked, pairs

PARAMETERS = f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter"
KEYS = f"arn:aws:kms:us-east-1:{ACCOUNT}"
TAGS = [{"Key": "team", "Value": "web"}]


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


def client(service: str) -> Any:
    return boto3.client(service, region_name="us-east-1")  # type: ignore[call-overload]


@pytest.fixture
def key() -> str:
    """A customer's key, with an alias."""
    arn = client("kms").create_key(Tags=[{"TagKey": "team", "TagValue": "web"}])["KeyMetadata"]["Arn"]
    client("kms").create_alias(AliasName="alias/ours", TargetKeyId=arn)
    return str(arn)


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ("/greenlight/dev/api", f"{PARAMETERS}/greenlight/dev/api"),
        ("plain", f"{PARAMETERS}/plain"),
        ("/greenlight/dev/api:3", f"{PARAMETERS}/greenlight/dev/api"),
        (f"{PARAMETERS}/greenlight/dev/api", f"{PARAMETERS}/greenlight/dev/api"),
        ("/aws/service/ecs/ami", "arn:aws:ssm:us-east-1::parameter/aws/service/ecs/ami"),
    ],
)
def test_a_parameter_is_asked_for_by_its_name(name: str, resource: str) -> None:
    assert pairs("ssm", "GetParameter", Name=name) == [("ssm:GetParameter", resource)]
    assert pairs("ssm", "GetParameters", Names=[name, "other"]) == [
        ("ssm:GetParameters", resource),
        ("ssm:GetParameters", f"{PARAMETERS}/other"),
    ]


def test_parameters_are_read_by_their_path() -> None:
    assert asked("ssm", "GetParametersByPath", Path="/greenlight", Recursive=True) == [
        Need(
            "ssm:GetParametersByPath",
            f"{PARAMETERS}/greenlight",
            keys={"ssm:Recursive": ("true",)},
            request_tags={},
            resource_tags={},
        )
    ]


def test_a_parameter_is_put_with_its_tags() -> None:
    resource = f"{PARAMETERS}/a"
    keys = {"ssm:Overwrite": ("false",), "ssm:Policies": ()}
    assert asked("ssm", "PutParameter", Name="/a", Value="x", Type="String", Tags=TAGS) == [
        Need("ssm:PutParameter", resource, keys=keys, request_tags={"team": "web"}, resource_tags={}),
        Need("ssm:AddTagsToResource", resource, request_tags={"team": "web"}, resource_tags={}),
    ]
    client("ssm").put_parameter(Name="/a", Value="x", Type="String", Tags=TAGS)
    assert asked("ssm", "ListTagsForResource", ResourceType="Parameter", ResourceId="/a") == [
        Need("ssm:ListTagsForResource", resource, request_tags={}, resource_tags={"team": "web"})
    ]


@pytest.mark.parametrize("name", ["alias/ours", "id", "arn"])
def test_a_secret_parameter_asks_for_its_key(key: str, name: str) -> None:
    called = {"alias/ours": "alias/ours", "id": key.rpartition("/")[2], "arn": key}[name]
    put = {"Name": "/a/b", "Value": "x", "Type": "SecureString", "KeyId": called}
    assert pairs("ssm", "PutParameter", **put)[1:] == [("kms:Encrypt", key)]
    assert pairs("ssm", "PutParameter", **put, Tier="Advanced")[1:] == [("kms:GenerateDataKey", key)]
    client("ssm").put_parameter(**put)
    assert pairs("ssm", "GetParameter", Name="/a/b") == [("ssm:GetParameter", f"{PARAMETERS}/a/b")]
    decrypt = asked("ssm", "GetParameter", Name="/a/b", WithDecryption=True)[1]
    assert (decrypt.action, decrypt.resource, decrypt.resource_tags) == ("kms:Decrypt", key, {"team": "web"})
    said = {name: value for name, value in decrypt.keys.items() if value}
    alias = {"kms:RequestAlias": ("alias/ours",)} if name == "alias/ours" else {}
    assert said == alias | {
        "kms:CallerAccount": (ACCOUNT,),
        "kms:ViaService": ("ssm.us-east-1.amazonaws.com",),
        "kms:EncryptionContextKeys": ("PARAMETER_ARN",),
        "kms:EncryptionContext:PARAMETER_ARN": (f"{PARAMETERS}/a/b",),
        "kms:KeyOrigin": ("AWS_KMS",),
        "kms:KeySpec": ("SYMMETRIC_DEFAULT",),
        "kms:KeyUsage": ("ENCRYPT_DECRYPT",),
        "kms:MultiRegion": ("false",),
        "kms:ResourceAliases": ("alias/ours",),
    }
    assert pairs("ssm", "GetParametersByPath", Path="/a", WithDecryption=True)[1:] == [("kms:Decrypt", key)]


def test_the_services_own_keys_ask_for_nothing() -> None:
    client("ssm").put_parameter(Name="/a", Value="x", Type="SecureString")
    assert pairs("ssm", "GetParameter", Name="/a", WithDecryption=True) == [("ssm:GetParameter", f"{PARAMETERS}/a")]
    arn = client("secretsmanager").create_secret(Name="s", SecretString="x")["ARN"]
    assert pairs("secretsmanager", "GetSecretValue", SecretId="s") == [("secretsmanager:GetSecretValue", arn)]


def test_a_secret_is_asked_for_by_its_arn_and_its_key(key: str) -> None:
    arn = client("secretsmanager").create_secret(Name="s", SecretString="x", KmsKeyId=key, Tags=TAGS)["ARN"]
    for named in ("s", arn, arn.rpartition("-")[0]):
        read, decrypt = asked("secretsmanager", "GetSecretValue", SecretId=named, VersionStage="AWSCURRENT")
        assert read == Need(
            "secretsmanager:GetSecretValue",
            arn,
            keys={
                "secretsmanager:SecretId": (named,),
                "secretsmanager:VersionId": (),
                "secretsmanager:VersionStage": ("AWSCURRENT",),
            },
            request_tags={},
            resource_tags={"team": "web"},
        )
        assert (decrypt.action, decrypt.resource) == ("kms:Decrypt", key)
        assert decrypt.keys["kms:ViaService"] == ("secretsmanager.us-east-1.amazonaws.com",)
        assert decrypt.keys["kms:EncryptionContext:SecretARN"] == (arn,)


def test_a_parameter_that_refers_to_a_secret_asks_for_the_secret() -> None:
    arn = client("secretsmanager").create_secret(Name="s", SecretString="x")["ARN"]
    name = "/aws/reference/secretsmanager/s"
    assert pairs("ssm", "GetParameter", Name=name, WithDecryption=True) == [
        ("ssm:GetParameter", f"{PARAMETERS}{name}"),
        ("secretsmanager:GetSecretValue", arn),
    ]


def test_a_secret_is_made_with_its_tags_under_a_name_that_gets_longer(key: str) -> None:
    made = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:s-*"
    copies = [{"Region": "eu-west-1"}]
    assert pairs("secretsmanager", "CreateSecret", Name="s", KmsKeyId=key, Tags=TAGS, AddReplicaRegions=copies) == [
        ("secretsmanager:CreateSecret", made),
        ("secretsmanager:TagResource", made),
        ("secretsmanager:ReplicateSecretToRegions", made),
        ("kms:GenerateDataKey", key),
        ("kms:Decrypt", key),
    ]


def test_a_secret_that_changes_uses_its_key_in_every_way(key: str) -> None:
    arn = client("secretsmanager").create_secret(Name="s", SecretString="x", KmsKeyId=key)["ARN"]
    assert pairs("secretsmanager", "UpdateSecret", SecretId=arn, SecretString="y") == [
        ("secretsmanager:UpdateSecret", arn),
        ("kms:GenerateDataKey", key),
        ("kms:Encrypt", key),
        ("kms:Decrypt", key),
    ]


@pytest.mark.parametrize("called", ["alias/ours", f"{KEYS}:alias/ours"])
def test_a_key_is_asked_for_by_its_own_arn(key: str, called: str) -> None:
    (need,) = asked("kms", "Encrypt", KeyId=called, EncryptionContext={"a": "b"})
    assert (need.action, need.resource) == ("kms:Encrypt", key)
    assert need.keys["kms:EncryptionContext:a"] == ("b",)
    assert need.keys["kms:ViaService"] == ()


def test_a_ciphertext_says_which_key_it_needs(key: str) -> None:
    blob = client("kms").encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert pairs("kms", "Decrypt", CiphertextBlob=blob) == [("kms:Decrypt", key)]
    assert pairs("kms", "ReEncrypt", CiphertextBlob=blob, DestinationKeyId="alias/none") == [
        ("kms:ReEncryptFrom", key),
        ("kms:ReEncryptTo", "*"),
    ]


def test_an_alias_is_asked_for_with_its_keys(key: str) -> None:
    other = client("kms").create_key()["KeyMetadata"]["Arn"]
    assert pairs("kms", "UpdateAlias", AliasName="alias/ours", TargetKeyId=other) == [
        ("kms:UpdateAlias", f"{KEYS}:alias/ours"),
        ("kms:UpdateAlias", key),
        ("kms:UpdateAlias", other),
    ]
    assert pairs("kms", "DeleteAlias", AliasName="alias/ours") == [
        ("kms:DeleteAlias", f"{KEYS}:alias/ours"),
        ("kms:DeleteAlias", key),
    ]
