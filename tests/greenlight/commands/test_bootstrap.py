import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from greenlight.aws import Session
from greenlight.commands import bootstrap
from greenlight.errors import RefusedError

NAMES = json.loads((Path(__file__).parents[3] / "contracts" / "names.json").read_text())
DEFAULT_NAME = NAMES["state_bucket"].format(account="123456789012", region="eu-west-1")


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    with mock_aws():
        yield boto3.client("s3", region_name="eu-west-1")


def test_the_bucket_is_versioned_encrypted_private_tls_only_and_forgets_old_states(aws: Any) -> None:
    bootstrap.run(Session(region="eu-west-1"), None)

    assert aws.get_bucket_versioning(Bucket=DEFAULT_NAME)["Status"] == "Enabled"
    assert aws.get_bucket_encryption(Bucket=DEFAULT_NAME)["ServerSideEncryptionConfiguration"]["Rules"] == [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}
    ]
    assert aws.get_public_access_block(Bucket=DEFAULT_NAME)["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }
    assert json.loads(aws.get_bucket_policy(Bucket=DEFAULT_NAME)["Policy"])["Statement"] == [
        {
            "Sid": "TlsOnly",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [f"arn:aws:s3:::{DEFAULT_NAME}", f"arn:aws:s3:::{DEFAULT_NAME}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]
    (rule,) = aws.get_bucket_lifecycle_configuration(Bucket=DEFAULT_NAME)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_the_bucket_is_made_in_the_region_asked(aws: Any, region: str) -> None:
    name = bootstrap.run(Session(region=region), None).bucket

    assert aws.head_bucket(Bucket=name)["BucketRegion"] == region


def test_run_again_it_brings_the_settings_back(aws: Any) -> None:
    bootstrap.run(Session(region="eu-west-1"), None)
    aws.put_bucket_versioning(Bucket=DEFAULT_NAME, VersioningConfiguration={"Status": "Suspended"})

    again = bootstrap.run(Session(region="eu-west-1"), None)

    assert again.steps[0].startswith(f"found {DEFAULT_NAME} in eu-west-1: ")
    assert aws.get_bucket_versioning(Bucket=DEFAULT_NAME)["Status"] == "Enabled"


def test_run_again_it_leaves_the_state_alone() -> None:
    s3 = boto3.client("s3", region_name="eu-west-1")
    bootstrap.run(Session(region="eu-west-1"), "own-name")
    s3.put_bucket_policy(Bucket="own-name", Policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
    s3.put_object(Bucket="own-name", Key="dev/terraform.tfstate", Body=b"{}")

    bootstrap.run(Session(region="eu-west-1"), "own-name")

    s3.put_bucket_policy(Bucket="own-name", Policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
    assert s3.get_object(Bucket="own-name", Key="dev/terraform.tfstate")["Body"].read() == b"{}"


def test_a_bucket_in_another_region_is_told_with_its_region() -> None:
    bootstrap.run(Session(region="eu-west-1"), "own-name")

    with pytest.raises(RefusedError) as refused:
        bootstrap.run(Session(region="us-east-1"), "own-name")

    assert str(refused.value) == "bucket own-name is in eu-west-1, not in us-east-1: give its region with --region"


def greenlight(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nothing = {
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return subprocess.run(
        [sys.executable, "-m", "greenlight", *arguments], env=kept | nothing | variables, capture_output=True, text=True
    )


def test_a_missing_region_is_told() -> None:
    told = greenlight("bootstrap")

    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "greenlight: no region: give --region, or set AWS_REGION\n"


def test_missing_credentials_are_told() -> None:
    told = greenlight("bootstrap", "--region", "us-east-1")

    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr == "greenlight: no AWS credentials: sign in, or give --profile\n"


def test_an_unknown_profile_is_told() -> None:
    told = greenlight("bootstrap", "--profile", "nobody")

    assert told.returncode == 1
    assert told.stderr == (
        "greenlight: The config profile (nobody) could not be found: "
        "name one of your AWS configuration with --profile\n"
    )


def test_a_wrong_option_is_an_error_before_anything_changed() -> None:
    told = greenlight("bootstrap", "--regoin", "x")

    assert (told.returncode, told.stdout) == (1, "")
    assert "No such option: --regoin" in told.stderr
    assert "Traceback" not in told.stderr
