"""A request as its service's model reads it: the operation, and the parameters by the model's names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request as MotoRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import SIGNING_ALIASES
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request

from sandbox.aws.signature import scope
from sandbox.state import DEFAULT_REGION

CHECKED = frozenset(
    {
        *("apigatewayv2", "application-autoscaling", "cloudwatch", "codedeploy", "ec2", "ecr", "ecs", "elbv2"),
        *("events", "iam", "kms", "lambda", "logs", "secretsmanager", "sns", "ssm", "sts"),
    }
)
"""botocore's names of the services whose requests are checked. S3 is not: its model has next to no constraints, and
reading each object's request again would cost more than it finds."""

_BOTOCORE_NAMES = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2"}
"""Where a signing name is not the name of botocore's service model."""

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "blob": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
}
"""Timestamps come in several forms, and documents in any."""

_NOT_FINITE = ("NaN", "Infinity", "-Infinity")
"""How JSON has numbers that it does not have: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html"""


class WrongTypeError(Exception):
    """A value of a JSON type that its member cannot have, or a body that cannot be read at all."""

    def __init__(self, service: str, got: Any = None, wanted: str = "structure"):
        super().__init__(f"{got!r} is no {wanted}")
        self.service = service
        self.got = got
        self.wanted = wanted


@dataclass(frozen=True)
class Call:
    """One request to a service whose requests are checked."""

    service: str
    """botocore's name."""

    operation: OperationModel
    params: dict[str, Any]
    region: str
    is_query: bool
    """Sent as a form, which cannot tell an empty structure from none."""


def botocore_name(service: str, path: str) -> str:
    """The name of the service model for a signing name and a path."""
    name: str = _BOTOCORE_NAMES.get(service, SIGNING_ALIASES.get(service, service))
    return "apigatewayv2" if name == "apigateway" and path.startswith("/v2/") else name


def read(request: Request, service: str) -> Call | None:
    """The call; None when it is to no service of `CHECKED`, or to no operation or other version of the model."""
    name = botocore_name(service, request.path)
    if name not in CHECKED:
        return None
    moto_request = MotoRequest(dict(request.environ))
    model = get_service_model(name)
    try:
        protocol = determine_request_protocol(model, moto_request.content_type)
        is_query = protocol in ("query", "ec2")
        # Classic load balancers have the same signing name, and the same actions with other parameters.
        if is_query and moto_request.values.get("Version", model.api_version) != model.api_version:
            return None
        operation, url_params = get_service_router(name).match(moto_request)
        if operation.input_shape is None:
            return None
        body = moto_request.data
        if protocol.endswith("json"):
            _check_types(name, operation, body)
        params = PROTOCOL_PARSERS[protocol](operation).parse(
            {
                "method": moto_request.method,
                "values": moto_request.values,
                "headers": moto_request.headers,
                "body": body,
                "url_path": moto_request.path,
                "url_params": url_params,
            }
        )
    except (NotFound, NotImplementedError):
        return None
    except ValueError as problem:
        # A number that is none, in a form or a query string.
        raise WrongTypeError(name) from problem
    finally:
        request.environ["wsgi.input"].seek(0)
    signed = scope(request)
    return Call(name, operation, params, signed.region if signed else DEFAULT_REGION, is_query)


def _check_types(service: str, operation: OperationModel, body: bytes) -> None:
    payload = operation.input_shape.serialization.get("payload")
    shape = operation.input_shape.members[payload] if payload else operation.input_shape
    if not body or shape.type_name in ("blob", "string"):
        return
    try:
        parsed = json.loads(body)
    except ValueError as problem:
        raise WrongTypeError(service) from problem
    _check_type(service, shape, parsed)


def _check_type(service: str, shape: Any, value: Any) -> None:
    kinds: Any = _JSON_TYPES.get(shape.type_name)
    if kinds is None or getattr(shape, "is_document_type", False):
        return
    if float in kinds and isinstance(value, str) and value in _NOT_FINITE:
        return
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise WrongTypeError(service, value, shape.type_name)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            found = value.get(member.serialization.get("name", name))
            if found is not None and "location" not in member.serialization:
                _check_type(service, member, found)
    elif shape.type_name == "list":
        for item in value:
            _check_type(service, shape.member, item)
    elif shape.type_name == "map":
        for item in value.values():
            _check_type(service, shape.value, item)
