"""CBOR: what newer SDKs say to CloudWatch and CodeDeploy is understood, checked and answered as in JSON."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.httpsession import URLLib3Session
from botocore.parsers import RpcV2CBORParser

from sandbox.clients import ACCESS_KEY
from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def cbor(sandbox: Any) -> Client:
    """A client that speaks nothing but CBOR: botocore itself prefers JSON."""

    def make(service: str) -> Any:
        session = botocore.session.Session()
        session.session_var_map["profile"] = (None, None, None, None)
        session.set_credentials(ACCESS_KEY, ACCESS_KEY)
        loader: Any = session.get_component("data_loader")
        original = loader.load_service_model

        def load(name: str, kind: str, *args: Any, **kwargs: Any) -> Any:
            model = original(name, kind, *args, **kwargs)
            if (name, kind) != (service, "service-2"):
                return model
            model = copy.copy(model)
            protocols = {"protocol": "smithy-rpc-v2-cbor", "protocols": ["smithy-rpc-v2-cbor"]}
            model["metadata"] = {**model["metadata"], **protocols}
            return model

        loader.load_service_model = load
        config = Config(proxies={}, retries={"total_max_attempts": 1, "mode": "standard"})
        return session.create_client(
            service, region_name=sandbox.facts["region"], endpoint_url=sandbox.facts["endpoint_url"], config=config
        )

    return make


def alarm(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "HTTPCode_Target_5XX_Count",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 0.5,
        "ComparisonOperator": "GreaterThanThreshold",
        **changes,
    }


def test_an_alarm_that_is_put_in_cbor_is_described_in_cbor(cbor: Client, name: str) -> None:
    cloudwatch = cbor("cloudwatch")

    cloudwatch.put_metric_alarm(**alarm(name))

    (found,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    assert {key: found[key] for key in alarm(name)} == alarm(name)
    assert type(found["AlarmConfigurationUpdatedTimestamp"]) is datetime


def test_times_arrive_as_they_were_sent(cbor: Client, client: Client, name: str) -> None:
    # A point is at the beginning of its period.
    when = datetime.now(UTC).replace(second=0, microsecond=0)
    datum = {"MetricName": "m", "Value": 1.5, "Timestamp": when}

    cbor("cloudwatch").put_metric_data(Namespace=name, MetricData=[datum])

    (point,) = client("cloudwatch").get_metric_statistics(
        Namespace=name, MetricName="m", StartTime=when, EndTime=when + timedelta(hours=1), Period=60, Statistics=["Sum"]
    )["Datapoints"]
    assert (point["Timestamp"], point["Sum"]) == (when, 1.5)


def test_what_the_model_excludes_is_refused_in_cbor_as_well(cbor: Client, name: str) -> None:
    codedeploy = cbor("codedeploy")
    codedeploy.create_application(applicationName=name, computePlatform="ECS")

    assert refused(codedeploy.create_application, applicationName=name, computePlatform="ECS") == (
        400,
        "ApplicationAlreadyExistsException",
        f"The application {name} already exists with the user or AWS account.",
    )
    assert refused(cbor("cloudwatch").describe_alarms, MaxRecords=101) == (
        400,
        "ValidationError",
        "1 validation error detected: Value '101' at 'maxRecords' failed to satisfy constraint: Member must have value "
        "less than or equal to 100",
    )


def test_an_action_nobody_implements_and_a_body_that_is_no_cbor_are_refused(cbor: Client, sandbox: Any) -> None:
    rule = {"AlarmName": "a", "AlarmRule": "TRUE"}
    assert refused(cbor("cloudwatch").put_composite_alarm, **rule) == (
        400,
        "UnsupportedOperation",
        "The sandbox does not model PutCompositeAlarm of monitoring.",
    )
    request = AWSRequest(
        method="POST",
        url=f"{sandbox.facts['endpoint_url']}/service/GraniteServiceVersion20100801/operation/DescribeAlarms",
        data=b"\xff",
        headers={
            "Smithy-Protocol": "rpc-v2-cbor",
            "Authorization": "AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/monitoring/aws4_request",
        },
    )

    answer = URLLib3Session().send(request.prepare())

    assert answer.status_code == 400
    parser = RpcV2CBORParser()
    assert parser.parse_data_item(parser.get_peekable_stream_from_bytes(answer.content)) == {
        "__type": "SerializationException",
        "message": "The request body is no CBOR map.",
    }
