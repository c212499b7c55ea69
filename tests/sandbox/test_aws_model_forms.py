"""Requests of S3 and of EC2 against AWS's models: documents, headers and parameters that nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from tests.sandbox.test_aws_errors import refused
from tests.sandbox.test_aws_model import careless  # noqa: F401 (a fixture)

Client = Callable[[str], Any]

SCHEMA = "The XML you provided was not well-formed or did not validate against our published schema"


@pytest.fixture
def bucket(client: Client, name: str) -> str:
    client("s3").create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        pytest.param("put_bucket_tagging", {"Tagging": {"TagSet": [{"Key": "a"}]}}, id="a tag without a value"),
        pytest.param("put_bucket_tagging", {"Tagging": {}}, id="no tags at all"),
        pytest.param("put_bucket_versioning", {"VersioningConfiguration": {"Status": "enabled"}}, id="status"),
        pytest.param("put_bucket_encryption", {"ServerSideEncryptionConfiguration": {}}, id="no rules"),
        pytest.param(
            "put_bucket_ownership_controls", {"OwnershipControls": {"Rules": [{"ObjectOwnership": "Me"}]}}, id="owner"
        ),
        pytest.param(
            "put_bucket_lifecycle_configuration",
            {"LifecycleConfiguration": {"Rules": [{"Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]}},
            id="a rule without a status",
        ),
    ],
)
def test_a_document_that_is_against_s3s_schema_is_refused(
    careless: Client,  # noqa: F811
    bucket: str,
    operation: str,
    params: dict[str, Any],
) -> None:
    answer = refused(getattr(careless("s3"), operation), Bucket=bucket, **params)

    assert answer == (400, "MalformedXML", SCHEMA)


def put(sandbox: Any, path: str, body: bytes) -> tuple[int, str]:
    """What a plain PUT is answered, signed as nobody checks."""
    credential = (
        "AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"
    )
    url = f"{sandbox.facts['endpoint_url']}/{path}"
    request = AWSRequest(method="PUT", url=url, data=body, headers={"Authorization": credential})
    answer = URLLib3Session().send(request.prepare())
    code = answer.text.partition("<Code>")[2].partition("</Code>")[0]
    return answer.status_code, code


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"no document", "MalformedXML"),
        (b"<Versioning><Status>Enabled</Status></Versioning>", "MalformedXML"),
        (b"", "MissingRequestBodyError"),
    ],
)
def test_a_body_that_is_no_document_or_another_is_refused(
    sandbox: Any, bucket: str, document: bytes, code: str
) -> None:
    assert put(sandbox, f"{bucket}?versioning", document) == (400, code)


def test_a_number_in_a_document_is_a_number(sandbox: Any, bucket: str) -> None:
    rule = b"<Rule><Filter/><Status>Enabled</Status><Expiration><Days>one</Days></Expiration></Rule>"

    assert put(sandbox, f"{bucket}?lifecycle", b"<LifecycleConfiguration>%b</LifecycleConfiguration>" % rule) == (
        400,
        "MalformedXML",
    )


def test_an_objects_bytes_are_never_taken_for_a_document(sandbox: Any, client: Client, bucket: str) -> None:
    assert put(sandbox, f"{bucket}/key", b"<no document") == (200, "")
    assert client("s3").get_object(Bucket=bucket, Key="key")["Body"].read() == b"<no document"


def test_what_a_header_says_is_an_argument(client: Client, bucket: str) -> None:
    s3 = client("s3")

    source = refused(s3.copy_object, Bucket=bucket, Key="key", CopySource="nothing")
    owner = refused(s3.create_bucket, Bucket=f"{bucket}-two", ObjectOwnership="Me")

    assert source == (400, "InvalidArgument", "Invalid copy source object key")
    assert owner == (400, "InvalidArgument", "Invalid x-amz-object-ownership header: Me")


# Forms


@pytest.mark.parametrize(
    ("changes", "unknown"),
    [
        ({"CidrBlok": "10.0.0.0/16"}, "CidrBlok"),
        ({"TagSpecification.1.Tag.1.Name": "a"}, "Name"),
        ({"TagSpecification.Tag.1.Key": "a"}, "Tag"),
    ],
)
def test_a_parameter_that_ec2_does_not_know_is_refused(sandbox: Any, changes: dict[str, str], unknown: str) -> None:
    form = {"Action": "CreateVpc", "Version": "2016-11-15", "CidrBlock": "10.0.0.0/16", **changes}
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/ec2/aws4_request",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    request = AWSRequest(method="POST", url=sandbox.facts["endpoint_url"], data=form, headers=headers)

    answer = URLLib3Session().send(request.prepare())

    assert answer.status_code == 400
    assert f"<Code>UnknownParameter</Code><Message>The parameter {unknown} is not recognized</Message>" in answer.text


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "message"),
    [
        pytest.param(
            "ec2",
            "create_tags",
            {"Resources": ["vpc-12345678"]},
            "MissingParameter",
            "The request must contain the parameter Tags",
            id="list, ec2",
        ),
        pytest.param(
            "iam",
            "tag_role",
            {"RoleName": "r"},
            "ValidationError",
            "1 validation error detected: Value null at 'tags' failed to satisfy constraint: Member must not be null",
            id="list, iam",
        ),
        pytest.param(
            "sns",
            "create_platform_application",
            {"Name": "n", "Platform": "p"},
            "ValidationError",
            "1 validation error detected: Value null at 'attributes' failed to satisfy constraint: Member must not be "
            "null",
            id="map, sns",
        ),
    ],
)
def test_a_list_or_map_that_a_form_does_not_have_is_missing(
    careless: Client,  # noqa: F811
    service: str,
    operation: str,
    params: dict[str, Any],
    code: str,
    message: str,
) -> None:
    assert refused(getattr(careless(service), operation), **params) == (400, code, message)


def test_a_list_that_a_form_has_empty_is_there(client: Client) -> None:
    role = refused(client("iam").untag_role, RoleName="nobody", TagKeys=[])

    assert role[:2] == (404, "NoSuchEntity")
