"""No request that AWS's models allow fails inside the sandbox: it is answered, refused as on AWS, or not modelled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from sandbox.clients import ACCESS_KEY
from sandbox.launch import Sandbox
from tests.sandbox.generated_requests import Generator, Params

SERVICES = {
    "apigatewayv2": "",
    "application-autoscaling": "",
    "cloudwatch": "",
    "codedeploy": "",
    # What this stack is made of.
    "ec2": "Vpc|Subnet|SecurityGroup|Route|NatGateway|InternetGateway|FlowLog|Address|NetworkAcl|Tags|Zones|Dhcp",
    "ecr": "",
    "ecs": "",
    "elbv2": "",
    "events": "",
    # It takes seconds: all policies that AWS manages.
    "iam": "^(?!GetAccountAuthorizationDetails)",
    "kms": "",
    "lambda": "",
    "logs": "",
    "s3": "",
    "secretsmanager": "",
    "sns": "",
    "ssm": "",
    "sts": "",
}
"""botocore's name -> the operations that are tried, as a pattern."""


@pytest.fixture(scope="module")
def own_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The requests make much, of names that other tests may have."""
    with Sandbox(tmp_path_factory.mktemp("generated")) as running:
        yield running


@pytest.fixture
def client(own_sandbox: Sandbox, request: pytest.FixtureRequest) -> Any:
    session: Any = boto3.session.Session(ACCESS_KEY, ACCESS_KEY, region_name="us-east-1")
    config = Config(
        parameter_validation=False,
        proxies={},
        retries={"total_max_attempts": 1, "mode": "standard"},
        read_timeout=30,
        s3={"addressing_style": "path"},
        inject_host_prefix=False,
    )
    return session.client(request.node.callspec.id, endpoint_url=own_sandbox.facts["endpoint_url"], config=config)


def answer(call: Any, params: Params) -> tuple[int, str, Any]:
    """Status and code of what came back, and the answer; ``(0, "", None)`` for what boto3 does not send."""
    try:
        found = call(**params)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return status, error.response.get("Error", {}).get("Code", "none"), None
    except (ConnectionClosedError, EndpointConnectionError, ReadTimeoutError, ResponseParserError) as error:
        return 0, repr(error), None
    except (BotoCoreError, ValueError):
        return 0, "", None
    return 200, "", found


@pytest.mark.parametrize("service", SERVICES, ids=SERVICES)
def test_no_request_that_a_model_allows_ends_in_an_internal_failure(client: Any, service: str) -> None:
    generator = Generator(service)
    failed = []

    for operation in generator.operations(SERVICES[service]):
        call = getattr(client, xform_name(operation), None)
        if call is None:
            # One that moto has added to the model.
            continue
        for number, params in enumerate(generator.requests(operation)):
            status, code, found = answer(call, params)
            if number == 0 and code == "UnsupportedOperation":
                break
            generator.learn(found)
            if status >= 500 or code in ("SandboxInternalFailure", "none") or (status == 0 and code):
                failed.append((operation, params, status, code))

    assert failed == []
