"""`greenlight bootstrap`: the bucket for Terraform's state, which Terraform itself cannot make."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError

from greenlight.aws import Session, error_code
from greenlight.commands.command_line import Profile
from greenlight.errors import RefusedError

NONCURRENT_DAYS = 90  # how long an overwritten state can be brought back


def command(
    region: Annotated[str | None, typer.Option(help="Region of the bucket; default: your AWS configuration's.")] = None,
    bucket: Annotated[
        str | None, typer.Option(help="Name of the bucket; default: greenlight-state-<account>-<region>.")
    ] = None,
    profile: Profile = None,
) -> None:
    """Make the S3 bucket that holds Terraform's state, or bring an existing one up to what it should be."""
    result = run(Session(region=region, profile=profile), bucket)
    for step in result.steps:
        print(step, file=sys.stderr)
    print(result.bucket)


@dataclass(frozen=True, kw_only=True)
class Bootstrapped:
    bucket: str
    steps: list[str]


def run(session: Session, bucket: str | None) -> Bootstrapped:
    """Makes the bucket, or brings it to the same settings again; what is in it is never touched.

    Raises RefusedError where the name is taken by another account or the bucket is in another region.
    """
    name = bucket or f"greenlight-state-{session.account}-{session.region}"
    s3 = session.client("s3")
    created = _create(s3, name, session)
    settings: list[tuple[str, Callable[[], Any]]] = [
        ("versioned", lambda: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})),
        ("encrypted", lambda: s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=_ENCRYPTION)),
        ("no public access", lambda: s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_BLOCK)),
        ("TLS only", lambda: s3.put_bucket_policy(Bucket=name, Policy=json.dumps(_tls_only(name, session)))),
        (
            f"old versions expire after {NONCURRENT_DAYS} days",
            lambda: s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=_LIFECYCLE),
        ),
    ]
    for _, apply in settings:
        apply()
    done = ", ".join(what for what, _ in settings)
    return Bootstrapped(bucket=name, steps=[f"{'made' if created else 'found'} {name} in {session.region}: {done}"])


def _create(s3: Any, name: str, session: Session) -> bool:
    """Whether the bucket is new."""
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": session.region}}
    place = {} if session.region == "us-east-1" else elsewhere
    try:
        found = s3.head_bucket(Bucket=name, ExpectedBucketOwner=session.account)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == 404:
            try:
                s3.create_bucket(Bucket=name, **place)
            except ClientError as refusal:
                # Made by this very call, which botocore repeats when its answer is lost. AWS says so outside us-east-1.
                if error_code(refusal) != "BucketAlreadyOwnedByYou":
                    raise
            return True
        if status == 403:
            raise RefusedError(
                f"bucket {name} belongs to another account or is closed to these credentials (account "
                f"{session.account}): give another name with --bucket, and set state_bucket in your environments"
            ) from error
        if status == 301:
            raise RefusedError(f"bucket {name} is not in {session.region}: give its region with --region") from error
        raise
    region = found.get("BucketRegion") or session.region
    if region != session.region:
        raise RefusedError(f"bucket {name} is in {region}, not in {session.region}: give its region with --region")
    return False


_ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}, "BucketKeyEnabled": True}]}
_BLOCK = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
_LIFECYCLE = {
    "Rules": [
        {
            "ID": "expire-old-states",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "NoncurrentVersionExpiration": {"NoncurrentDays": NONCURRENT_DAYS},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        }
    ]
}


def _tls_only(bucket: str, session: Session) -> dict[str, Any]:
    partition = session.partition
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:{partition}:s3:::{bucket}", f"arn:{partition}:s3:::{bucket}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
