"""What AWS has an error for is refused with it where moto fails; a failure of the sandbox's own is never told so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from sandbox.aws.model.wording import Refusal
from sandbox.aws.request import failures
from tests.sandbox.test_aws_errors import refused
from tests.sandbox.test_aws_model import careless

Client = Callable[[str], Any]

__all__ = ["careless"]


@pytest.mark.parametrize(
    ("service", "operation", "params", "code"),
    [
        (
            "application-autoscaling",
            "describe_scalable_targets",
            {"ServiceNamespace": "ecs"},
            "InvalidNextTokenException",
        ),
        ("ssm", "describe_parameters", {}, "InvalidNextToken"),
        ("ssm", "get_parameters_by_path", {"Path": "/"}, "InvalidNextToken"),
        ("logs", "describe_destinations", {}, "InvalidParameterException"),
        ("sns", "list_topics", {}, "InvalidParameter"),
        ("secretsmanager", "list_secrets", {}, "InvalidNextTokenException"),
        ("iam", "list_roles", {}, "ValidationError"),
        ("elbv2", "describe_load_balancers", {}, "ValidationError"),
    ],
)
def test_a_page_that_nobody_was_given_is_refused(
    careless: Client, service: str, operation: str, params: dict[str, Any], code: str
) -> None:
    call = getattr(careless(service), operation)
    members = careless(service).meta.service_model.operation_model(call.__name__.title().replace("_", "")).input_shape
    token = next(name for name in members.members if name.lower() in ("nexttoken", "marker"))

    assert refused(call, **params, **{token: "made-up"})[:2] == (400, code)


@pytest.mark.parametrize(
    ("service", "operation", "params", "refusal"),
    [
        (
            "ecs",
            "tag_resource",
            {"resourceArn": "arn:aws:ecs:us-east-1:123456789012:cluster/c", "tags": [{"value": "blue"}]},
            (
                "InvalidParameterException",
                "1 validation error detected: Value null at 'tags.1.member.key' failed to satisfy constraint: "
                "Member must not be null",
            ),
        ),
        (
            "ec2",
            "modify_security_group_rules",
            {"GroupId": "sg-1", "SecurityGroupRules": [{"SecurityGroupRuleId": "sgr-1"}]},
            ("MissingParameter", "The request must contain the parameter SecurityGroupRule"),
        ),
    ],
    ids=["json", "query"],
)
def test_what_is_needed_though_no_model_requires_it_is_refused_as_missing(
    careless: Client, service: str, operation: str, params: dict[str, Any], refusal: tuple[str, str]
) -> None:
    assert refused(getattr(careless(service), operation), **params) == (400, *refusal)


def test_what_is_named_and_not_there_has_the_error_of_its_operation(client: Client) -> None:
    key = "00000000-0000-0000-0000-000000000000"

    assert refused(client("kms").list_grants, KeyId=key) == (400, "NotFoundException", f"KeyId {key} does not exist.")


def test_what_moto_has_in_part_is_not_modelled_where_it_fails(client: Client) -> None:
    status, code, message = refused(client("ec2").delete_transit_gateway, TransitGatewayId="tgw-1")

    assert (status, code) == (400, "UnsupportedOperation")
    assert message == "The sandbox does not model this request of DeleteTransitGateway of ec2: KeyError('tgw-1')."


def failed_in(module: str, key: str) -> Exception:
    try:
        exec(f"raise KeyError({key!r})", {"__name__": module})
    except KeyError as problem:
        return problem
    raise AssertionError


@pytest.mark.parametrize(
    ("module", "key", "refusal"),
    [
        ("moto.ecs.models", "gone", Refusal("ClusterNotFoundException", "cluster gone does not exist.")),
        ("moto.ecs.models", "another", None),
        ("sandbox.aws.ecs", "gone", None),
    ],
    ids=["moto's", "moto's, of something else", "ours"],
)
def test_a_failure_is_explained_only_where_it_is_motos_and_the_call_names_its_cause(
    module: str, key: str, refusal: Refusal | None
) -> None:
    headers = {
        "Authorization": "AWS4-HMAC-SHA256 Credential=sandbox/20260101/us-east-1/ecs/aws4_request",
        "X-Amz-Target": "AmazonEC2ContainerServiceV20141113.ListServices",
    }
    body = json.dumps({"cluster": "gone"})
    builder = EnvironBuilder(
        method="POST", headers=Headers(headers), data=body, content_type="application/x-amz-json-1.1"
    )

    found = failures.explained(Request(builder.get_environ()), "ecs", "ListServices", failed_in(module, key))

    assert found == refusal
