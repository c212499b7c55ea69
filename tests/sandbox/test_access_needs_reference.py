"""What is asked for exists: actions, and forms of ARNs, are those of AWS's reference, or are proven.

Every operation that is mapped is called once with all of its parameters, and once with the required ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from moto.core.utils import get_service_model

from sandbox.access import needs, reference
from sandbox.access.model import Need
from sandbox.access.needs import keys
from tests.sandbox.access_calls import asked
from tests.service_authorization import PROVEN

SERVICES = (*("apigatewayv2", "codedeploy", "ecr", "ecs", "iam", "kms", "lambda", "s3", "secretsmanager", "ssm"),)
MAPPED = sorted((service, operation) for service, operation in needs._FINDERS if service in SERVICES)
SPECIAL = {
    "AliasName": "alias/x",
    "CopySource": "bucket/key",
    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/x",
    "PolicyArn": "arn:aws:iam::123456789012:policy/x",
    "Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:x:1"],
    "NewPath": "/y/",
    "Path": "/x/",
    "RotationLambdaARN": "arn:aws:lambda:us-east-1:123456789012:function:x",
    "RoleArn": "arn:aws:iam::123456789012:role/x",
    "SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/x",
    "SerialNumber": "arn:aws:iam::123456789012:mfa/x",
    ("apigatewayv2", "ResourceArn"): "arn:aws:apigateway:us-east-1::/apis/x",
    ("codedeploy", "ResourceArn"): "arn:aws:codedeploy:us-east-1:123456789012:application:x",
    ("ecr", "resourceArn"): "arn:aws:ecr:us-east-1:123456789012:repository/x",
    ("ecs", "resourceArn"): "arn:aws:ecs:us-east-1:123456789012:cluster/x",
    ("lambda", "Resource"): "arn:aws:lambda:us-east-1:123456789012:function:x",
}
ALIKE = {"apigateway:GET": PROVEN["apigateway:POST"]}
"""Tags are read on the path on which they are proven to be written."""


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with mock_aws():
        yield


def example(shape: Any, *, required_only: bool, seen: tuple[str, ...] = ()) -> Any:
    """A value of a botocore shape; what holds itself is cut off."""

    def inside(one: Any) -> Any:
        return example(one, required_only=required_only, seen=(*seen, shape.name))

    match shape.type_name:
        case "structure":
            wanted = shape.required_members if required_only else shape.members
            members = {name: shape.members[name] for name in wanted}
            return {name: inside(one) for name, one in members.items() if one.name not in seen}
        case "list":
            return [inside(shape.member)]
        case "map":
            return {"key": inside(shape.value)}
        case "boolean":
            return True
        case "integer" | "long" | "float" | "double":
            return 1
        case "blob":
            return b"x"
    return "x"


def called(service: str, operation: str, *, required_only: bool) -> list[Need]:
    shape = get_service_model(service).operation_model(operation).input_shape
    params = example(shape, required_only=required_only) if shape else {}
    for name in params:
        params[name] = SPECIAL.get((service, name), SPECIAL.get(name, params[name]))
    return asked(service, operation, **params)


def is_of_a_form(need: Need) -> bool:
    rows = reference._rows(need.action)
    proven = [*PROVEN.get(need.action, []), *ALIKE.get(need.action, [])]
    forms = [*(row["resource_arn_format"] for row in rows), *proven]
    patterns = (".*".join(map(re.escape, re.split(r"\$\{[^}]*\}", form))) for form in forms)
    return any(re.fullmatch(pattern, need.resource) for pattern in patterns)


@pytest.mark.parametrize(("service", "operation"), MAPPED)
@pytest.mark.parametrize("required_only", [True, False])
def test_asks_for_what_the_reference_knows(service: str, operation: str, required_only: bool) -> None:
    found = called(service, operation, required_only=required_only)
    assert [one.action for one in found if not reference.is_action(one.action) and one.action not in PROVEN] == []
    assert [one for one in found if one.resource != "*" and not is_of_a_form(one)] == []


@pytest.mark.parametrize(("service", "operation"), MAPPED)
def test_asks_for_something_even_of_nothing(service: str, operation: str) -> None:
    """A call that names nothing is not one that anybody may make."""
    shape = get_service_model(service).operation_model(operation).input_shape
    params = example(shape, required_only=True) if shape else {}
    emptied = {name: [] if isinstance(value, list) else value for name, value in params.items()}
    if operation == "DeleteObjects":
        emptied["Delete"] = {"Objects": []}
    assert asked(service, operation, **emptied) != []


def test_asks_for_keys_that_the_reference_knows() -> None:
    """A key under another name than AWS's would let a policy's condition on AWS's find nothing."""
    unknown = {
        (need.action, key)
        for service, operation in MAPPED
        for need in called(service, operation, required_only=False)
        for key in need.keys.keys() - keys.carried(need.action, need.resource, need.keys).keys()
    }
    assert unknown == set()
