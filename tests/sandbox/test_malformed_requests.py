"""A request that cannot be read is refused as AWS refuses it: at once, in its protocol, and with nothing done."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.sandbox.http_client import Answer, ask
from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]

JSON = "application/x-amz-json-1.1"
FORM = "application/x-www-form-urlencoded"
CLUSTERS = "AmazonEC2ContainerServiceV20141113.DescribeClusters"


def signed(service: str) -> str:
    scope = f"sandbox/20260101/us-east-1/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=y"


def code(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.headers["x-amzn-ErrorType"]


@pytest.mark.parametrize(
    ("service", "headers", "body", "refusal"),
    [
        pytest.param("ecs", {"Content_Type": JSON}, "{}", (400, "UnknownOperationException"), id="no target"),
        pytest.param(
            "ecs",
            {"Content_Type": "text/plain", "X_Amz_Target": CLUSTERS},
            "{}",
            (400, "UnknownOperationException"),
            id="no AWS JSON",
        ),
        pytest.param(
            "ecs",
            {"Content_Type": JSON, "X_Amz_Target": "AmazonEC2ContainerServiceV20141113.FlyToTheMoon"},
            "{}",
            (400, "UnsupportedOperation"),
            id="an operation that no model has",
        ),
        pytest.param(
            "ecs", {"Content_Type": JSON, "X_Amz_Target": CLUSTERS}, "{", (400, "SerializationException"), id="no JSON"
        ),
        pytest.param(
            "ecs",
            {"Content_Type": JSON, "X_Amz_Target": CLUSTERS},
            b"\xff\xfe",
            (400, "SerializationException"),
            id="no text",
        ),
        pytest.param(
            "ecs",
            {"Content_Type": JSON, "X_Amz_Target": CLUSTERS, "Content_Encoding": "gzip"},
            "{}",
            (400, "SerializationException"),
            id="not compressed",
        ),
        pytest.param("iam", {"Content_Type": FORM}, "", (400, "MissingAction"), id="no action"),
        pytest.param(
            "elasticloadbalancing",
            {"Content_Type": FORM},
            "Action=DescribeLoadBalancers",
            (400, "InvalidAction"),
            id="no version",
        ),
        pytest.param(
            "iam", {"Content_Type": FORM}, "Action=FlyToTheMoon", (400, "UnsupportedOperation"), id="an unknown action"
        ),
        pytest.param(
            "sns", {"Content_Type": FORM}, b"Action=\xff", (400, "MalformedInput"), id="a form that is no text"
        ),
    ],
)
def test_what_names_no_operation_or_is_no_document_is_refused_in_the_services_protocol(
    sandbox: Any, service: str, headers: dict[str, str], body: Any, refusal: tuple[int, str]
) -> None:
    answer = ask(sandbox.facts["endpoint_url"], "POST", body, Authorization=signed(service), **headers)

    assert code(answer) == refusal


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        pytest.param({"Content_Type": JSON, "X_Amz_Target": CLUSTERS}, "IncompleteSignatureException", id="json"),
        pytest.param({"Content_Type": FORM}, "IncompleteSignature", id="query"),
        pytest.param({}, "InvalidArgument", id="s3"),
    ],
)
@pytest.mark.parametrize(
    "signature",
    [
        "AWS4-HMAC-SHA256 Credential=x /20260101/us-east-1/ecs/aws4_request, SignedHeaders=host, Signature=y",
        "AWS4-HMAC-SHA256 Credential=x/20260101//ecs/aws4_request, SignedHeaders=host, Signature=y",
        "AWS4-HMAC-SHA256",
        "Bearer x",
        "a/b/c/d",
    ],
)
def test_a_signature_that_is_none_is_refused(
    sandbox: Any, headers: dict[str, str], refusal: str, signature: str
) -> None:
    answer = ask(sandbox.facts["endpoint_url"], "POST", "{}", Authorization=signature, **headers)

    assert code(answer) == (400, refusal)


def test_a_body_that_is_shorter_than_promised_is_refused_and_not_taken_for_whole(sandbox: Any, client: Client) -> None:
    where = urlsplit(sandbox.facts["endpoint_url"])
    head = (
        f"PUT /short HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: {signed('s3')}\r\nContent-Length: 9\r\n\r\n<Cre"
    )
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall(head.encode())
        connection.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(connection)
        response.begin()
        found = code(Answer(response))

    assert found == (400, "IncompleteBody")
    assert "short" not in [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]]


def test_a_length_that_is_no_number_is_refused(sandbox: Any) -> None:
    answer = ask(sandbox.facts["endpoint_url"], "POST", None, Authorization=signed("ecs"), Content_Length="many")

    assert code(answer) == (400, "IncompleteBody")


def test_an_empty_part_of_a_path_is_no_way_to_another_operation(sandbox: Any) -> None:
    url = f"{sandbox.facts['endpoint_url']}/v2/apis//routes"

    assert code(ask(url, Authorization=signed("apigateway"))) == (400, "UnsupportedOperation")


def test_a_change_that_changes_nothing_may_have_no_body(sandbox: Any, client: Client, name: str) -> None:
    api = client("apigatewayv2").create_api(Name=name, ProtocolType="HTTP")["ApiId"]

    answer = ask(f"{sandbox.facts['endpoint_url']}/v2/apis/{api}", "PATCH", Authorization=signed("apigateway"))

    assert (answer.status, answer.json["name"]) == (200, name)


def test_a_compressed_body_is_read(sandbox: Any, client: Client, name: str) -> None:
    body = gzip.compress(json.dumps({"clusterName": name}).encode())
    target = "AmazonEC2ContainerServiceV20141113.CreateCluster"
    headers = {"X_Amz_Target": target, "Content_Type": JSON, "Content_Encoding": "gzip"}

    assert ask(sandbox.facts["endpoint_url"], "POST", body, Authorization=signed("ecs"), **headers).status == 200

    assert client("ecs").describe_clusters(clusters=[name])["clusters"][0]["status"] == "ACTIVE"


def test_a_query_may_be_in_the_address(sandbox: Any) -> None:
    url = f"{sandbox.facts['endpoint_url']}/?Action=DescribeAlarms&Version=2010-08-01"

    assert ask(url, Authorization=signed("monitoring")).status == 200


def test_the_first_credentials_are_asked_for_without_any(sandbox: Any) -> None:
    """AssumeRoleWithWebIdentity: what an OIDC role is for."""
    body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"

    answer = ask(sandbox.facts["endpoint_url"], "POST", body, Content_Type=FORM)

    assert code(answer) == (400, "ValidationError")
    assert b"<ErrorResponse>" in answer.body


@pytest.mark.parametrize(
    ("headers", "body", "refusal"),
    [
        pytest.param(
            {"Content_Type": JSON, "X_Amz_Target": CLUSTERS},
            "{}",
            (400, "MissingAuthenticationTokenException"),
            id="json",
        ),
        pytest.param(
            {"Content_Type": FORM},
            "Action=ListUsers&Version=2010-05-08",
            (403, "MissingAuthenticationToken"),
            id="query",
        ),
        pytest.param({}, None, (403, "AccessDenied"), id="s3"),
        pytest.param({"Content_Type": "text/plain"}, "Action=ListUsers", (403, "AccessDenied"), id="no form"),
    ],
)
def test_a_request_without_a_signature_is_refused(
    sandbox: Any, headers: dict[str, str], body: str | None, refusal: tuple[int, str]
) -> None:
    answer = ask(sandbox.facts["endpoint_url"], "POST" if body else "GET", body, **headers)

    assert code(answer) == refusal


# S3


@pytest.mark.parametrize(
    ("method", "target", "body", "refusal"),
    [
        pytest.param("PUT", "?tagging", "<Tagging", (400, "MalformedXML"), id="no XML"),
        pytest.param("PUT", "?tagging", "<Tags/>", (400, "MalformedXML"), id="another document"),
        pytest.param("PUT", "?tagging", "<Tagging/>", (400, "MalformedXML"), id="a part is missing"),
        pytest.param("PUT", "?tagging", "", (400, "MissingRequestBodyError"), id="no document"),
        pytest.param("PUT", "?acl", "", (400, "MissingSecurityHeader"), id="neither header nor document"),
        pytest.param(
            "PUT",
            "?versioning",
            "<VersioningConfiguration/>",
            (400, "IllegalVersioningConfigurationException"),
            id="neither on nor off",
        ),
        pytest.param("PUT", "/key?partNumber=x&uploadId=y", "1", (400, "InvalidArgument"), id="no number"),
        pytest.param("GET", "?max-keys=-1", None, (400, "InvalidArgument"), id="a number below zero"),
        pytest.param("POST", "", "a=b", (400, "MalformedPOSTRequest"), id="no form"),
        pytest.param("PATCH", "/key", "1", (405, "MethodNotAllowed"), id="no method"),
    ],
)
def test_s3_refuses_what_it_cannot_read(
    sandbox: Any, client: Client, name: str, method: str, target: str, body: Any, refusal: tuple[int, str]
) -> None:
    client("s3").create_bucket(Bucket=name)

    answer = ask(f"{sandbox.facts['endpoint_url']}/{name}{target}", method, body, Authorization=signed("s3"))

    assert code(answer) == refusal


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"x_amz_copy_source": "bucket"}, (400, "InvalidArgument")),
        ({"x_amz_grant_read": "everybody"}, (400, "InvalidArgument")),
        ({"x_amz_acl": "everybody"}, (400, "InvalidArgument")),
        ({"x_amz_content_sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, (411, "MissingContentLength")),
        (
            {"x_amz_content_sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x_amz_decoded_content_length": "5"},
            (400, "IncompleteBody"),
        ),
    ],
    ids=["a source without a key", "a grant to nobody", "an unknown ACL", "chunks of no length", "no chunks"],
)
def test_s3_refuses_headers_that_it_cannot_read(
    sandbox: Any, client: Client, name: str, headers: dict[str, str], refusal: tuple[int, str]
) -> None:
    client("s3").create_bucket(Bucket=name)

    answer = ask(f"{sandbox.facts['endpoint_url']}/{name}/key", "PUT", "hello", Authorization=signed("s3"), **headers)

    assert code(answer) == refusal
    assert "Contents" not in client("s3").list_objects_v2(Bucket=name)


@pytest.mark.parametrize("headers", [{"If_Modified_Since": "yesterday"}, {"Range": "all"}])
def test_s3_passes_over_conditions_that_cannot_be_read(
    sandbox: Any, client: Client, name: str, headers: dict[str, str]
) -> None:
    client("s3").create_bucket(Bucket=name)
    client("s3").put_object(Bucket=name, Key="key", Body=b"1")

    answer = ask(f"{sandbox.facts['endpoint_url']}/{name}/key", Authorization=signed("s3"), **headers)

    assert (answer.status, answer.body) == (200, b"1")


@pytest.mark.parametrize("document", ["<CreateBucketConfiguration/>", '<CreateBucketConfiguration xmlns="urn:a"/>'])
def test_a_bucket_without_a_place_is_in_us_east_1(sandbox: Any, client: Client, name: str, document: str) -> None:
    answer = ask(f"{sandbox.facts['endpoint_url']}/{name}", "PUT", document, Authorization=signed("s3"))

    assert answer.status == 200
    assert client("s3").get_bucket_location(Bucket=name)["LocationConstraint"] is None


def test_objects_are_asked_for_what_is_in_them(client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="key", Body=b'{"a": 1}')

    answer = s3.select_object_content(
        Bucket=name,
        Key="key",
        Expression="SELECT * FROM S3Object",
        ExpressionType="SQL",
        InputSerialization={"JSON": {"Type": "DOCUMENT"}},
        OutputSerialization={"JSON": {}},
    )

    (records,) = [event["Records"]["Payload"] for event in answer["Payload"] if "Records" in event]
    assert json.loads(records) == {"a": 1}


def test_s3_knows_no_upload_and_no_page_that_it_did_not_begin(client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    upload = {"Bucket": name, "Key": "key", "UploadId": "none"}

    assert refused(s3.upload_part, **upload, PartNumber=1, Body=b"1")[:2] == (404, "NoSuchUpload")
    parts = {"Parts": [{"ETag": "x", "PartNumber": 1}]}
    assert refused(s3.complete_multipart_upload, **upload, MultipartUpload=parts)[:2] == (404, "NoSuchUpload")
    token = refused(s3.list_objects_v2, Bucket=name, ContinuationToken="none")
    assert token == (400, "InvalidArgument", "The continuation token provided is incorrect")


def test_an_empty_set_of_tags_takes_all_away(client: Client, name: str) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="key", Tagging="color=blue")

    s3.put_object_tagging(Bucket=name, Key="key", Tagging={"TagSet": []})

    assert s3.get_object_tagging(Bucket=name, Key="key")["TagSet"] == []
    assert refused(s3.delete_object_tagging, Bucket=name, Key="none")[:2] == (404, "NoSuchKey")
