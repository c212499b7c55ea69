"""What nobody implements, and what breaks inside, ends at the first try with a message that names it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from werkzeug.datastructures import Headers
from werkzeug.test import Client as WsgiClient
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from sandbox.aws.app import Application
from sandbox.aws.errors import error_response

Client = Callable[[str], Any]


def refused(call: Callable[..., Any], **params: Any) -> tuple[int, str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"], response["Error"]["Message"]


@pytest.mark.parametrize(
    ("service", "operation", "params", "named"),
    [
        pytest.param(
            "ecs", "list_services_by_namespace", {"namespace": "n"}, "ListServicesByNamespace of ecs", id="json"
        ),
        pytest.param("elbv2", "describe_trust_stores", {}, "DescribeTrustStores of elasticloadbalancing", id="query"),
        pytest.param("ec2", "describe_fpga_images", {}, "DescribeFpgaImages of ec2", id="ec2"),
        pytest.param(
            "apigatewayv2", "create_deployment", {"ApiId": "abc"}, "CreateDeployment of apigateway", id="rest-json"
        ),
        pytest.param(
            "cloudwatch",
            "put_composite_alarm",
            {"AlarmName": "a", "AlarmRule": "TRUE"},
            "PutCompositeAlarm of monitoring",
            id="cloudwatch",
        ),
        pytest.param(
            "budgets", "list_tags_for_resource", {"ResourceARN": "arn"}, "ListTagsForResource of budgets", id="global"
        ),
        pytest.param("braket", "search_devices", {"filters": []}, "SearchDevices of braket", id="unknown-service"),
    ],
)
def test_an_action_nobody_implements_is_refused_by_name_in_the_protocol_of_its_service(
    client: Client, service: str, operation: str, params: dict[str, Any], named: str
) -> None:
    status, code, message = refused(getattr(client(service), operation), **params)

    assert (status, code) == (400, "UnsupportedOperation")
    assert message == f"The sandbox does not model {named}."


def test_an_s3_action_nobody_implements_is_refused_and_does_nothing_else(client: Client, name: str) -> None:
    client("s3").create_bucket(Bucket=name)

    status, code, message = refused(client("s3").delete_bucket_metrics_configuration, Bucket=name, Id="x")

    assert (status, code) == (400, "UnsupportedOperation")
    assert message == "The sandbox does not model DeleteBucketMetricsConfiguration of s3."
    assert client("s3").head_bucket(Bucket=name)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_bug_inside_is_a_4xx_that_says_so_with_the_traceback_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_environ: Any, _start_response: Any) -> list[bytes]:
        raise KeyError("cluster")

    application = Application()
    application._moto = broken
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/ecs/aws4_request"}
    target = {"X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListClusters"}

    answer = WsgiClient(application).post(
        "/", data="{}", content_type="application/x-amz-json-1.1", headers=headers | target
    )

    words = "InternalFailure in the sandbox (bug): ListClusters of ecs: KeyError('cluster')"
    assert (answer.status_code, json.loads(answer.get_data())) == (
        400,
        {"__type": "SandboxInternalFailure", "message": words},
    )
    assert "Traceback" in caplog.text


def test_an_error_in_cbor_is_what_a_cbor_client_parses() -> None:
    environ = EnvironBuilder(method="POST", headers=Headers({"Smithy-Protocol": "rpc-v2-cbor"})).get_environ()

    response = error_response(Request(environ), "monitoring", "Code", "words")

    assert response.get_data() == b"\xa2\x66__type\x64Code\x67message\x65words"
    assert response.headers["smithy-protocol"] == "rpc-v2-cbor"


def test_every_call_is_one_line_in_the_log_with_service_action_and_status(client: Client, sandbox: Any) -> None:
    client("sts").get_caller_identity()
    client("apigatewayv2").get_vpc_links()

    lines = (sandbox.state_dir / "log" / "aws.log").read_text()
    assert "INFO sts GetCallerIdentity 200 " in lines
    assert "INFO apigateway GetVpcLinks 200 " in lines


def test_the_account_is_always_the_same(client: Client) -> None:
    assert client("sts").get_caller_identity()["Account"] == "123456789012"


def test_calls_are_answered_one_at_a_time() -> None:
    inside: list[int] = []
    most = 0

    def slow(_environ: Any, start_response: Any) -> list[bytes]:
        nonlocal most
        inside.append(1)
        most = max(most, len(inside))
        time.sleep(0.005)
        inside.pop()
        start_response("200 OK", [])
        return [b""]

    application = Application()
    application._moto = slow
    headers = {"Authorization": "AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/s3/aws4_request"}
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: WsgiClient(application).get("/bucket/key", headers=headers), range(16))
        statuses = [answer.status_code for answer in answers]

    assert statuses == [200] * 16
    assert most == 1
