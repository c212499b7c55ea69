"""A request as its service's model reads it: the operation, and the parameters by the model's names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from botocore.utils import parse_timestamp
from moto.core.model import OperationModel
from moto.core.parse import PROTOCOL_PARSERS, EC2QueryParser
from moto.core.request import Request as MotoRequest
from moto.core.request import determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import SIGNING_ALIASES
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Request

CHECKED = frozenset(
    {
        *("apigatewayv2", "application-autoscaling", "cloudwatch", "codedeploy", "ec2", "ecr", "ecs", "elbv2"),
        *("events", "iam", "kms", "lambda", "logs", "s3", "secretsmanager", "sns", "ssm", "sts"),
    }
)
"""botocore's names of the services whose requests are checked."""

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


class UnknownParameterError(Exception):
    """A form of EC2's has a parameter that the operation does not have."""

    def __init__(self, name: str):
        super().__init__(name)
        self.name = name


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
        # Classic load balancers have the same signing name, and the same actions with other parameters.
        if protocol in ("query", "ec2") and moto_request.values.get("Version", model.api_version) != model.api_version:
            return None
        operation, url_params = get_service_router(name).match(moto_request)
        if operation.input_shape is None:
            return None
        if protocol == "ec2":
            _check_names(operation, moto_request)
        params = _params(name, operation, protocol, moto_request, url_params)
    except (NotFound, NotImplementedError):
        return None  # it is no operation of the model
    finally:
        request.environ["wsgi.input"].seek(0)
    return Call(name, operation, params, _region(request))


def _params(service: str, operation: OperationModel, protocol: str, request: MotoRequest, url: Any) -> dict[str, Any]:
    parser = PROTOCOL_PARSERS[protocol](operation)
    parts = {"method": request.method, "headers": request.headers, "url_path": request.path, "url_params": url}
    if protocol == "rest-xml":
        return _rest_xml(service, parser, parts | {"values": request.args}, request)
    body = request.data
    if protocol.endswith("json"):
        _check_types(service, operation, body)
    try:
        parsed: dict[str, Any] = parser.parse(parts | {"values": request.values, "body": body})
    except ValueError as problem:
        # A number that is none, in a form or a query string.
        raise WrongTypeError(service) from problem
    return parsed


def _rest_xml(service: str, parser: Any, parts: dict[str, Any], request: MotoRequest) -> dict[str, Any]:
    """Without what is streamed: an object's bytes are not read."""
    shape = parser.operation_model.input_shape
    payload = shape.members.get(shape.serialization.get("payload"))
    # SelectObjectContent's members are the document, with no payload that holds them.
    document = shape if payload is None else payload
    inside = any("location" not in member.serialization for member in shape.members.values())
    # Not `data`, which is empty where the client calls the document a form.
    body = request.get_data() if inside and document.type_name != "blob" else b""
    if body and document.type_name == "structure":
        try:
            root = ElementTree.fromstring(body)
            if payload is not None and root.tag.rpartition("}")[2] != payload.serialization.get("name", payload.name):
                raise WrongTypeError(service, wanted=payload.name)
            parser.parse(parts | {"body": body, "headers": {}, "values": MultiDict()})
        except (ElementTree.ParseError, ValueError) as problem:
            raise WrongTypeError(service, wanted=document.name) from problem
    headers = _without_dates_that_are_none(shape, parts["headers"])
    parsed: dict[str, Any] = parser.parse(parts | {"body": body, "headers": headers})
    return parsed


def _without_dates_that_are_none(shape: Any, headers: Any) -> Any:
    """They are passed over (RFC 9110). S3 keeps any text for when an object expires."""
    members = [member for member in shape.members.values() if member.serialization.get("location") == "header"]
    dates = [member.serialization["name"].lower() for member in members if member.type_name == "timestamp"]
    return Headers([(name, value) for name, value in headers.items() if name.lower() not in dates or _is_date(value)])


def _is_date(text: str) -> bool:
    try:
        parse_timestamp(text)
    except ValueError:
        return False
    return True


def _region(request: Request) -> str:
    """Of the credential; a request to S3 may be unsigned, or signed in its query string."""
    credential = request.args.get("X-Amz-Credential") or request.headers.get("Authorization", "").split(",")[0]
    parts = credential.split("/")
    return parts[2] if len(parts) > 2 else "us-east-1"


def _check_names(operation: OperationModel, request: MotoRequest) -> None:
    for name in request.values:
        unknown = None if name in _COMMON else _unknown(operation.input_shape, name.split("."))
        if unknown is not None:
            raise UnknownParameterError(unknown)


_COMMON = frozenset(
    {
        *("Action", "Version", "AWSAccessKeyId", "SecurityToken", "Signature", "SignatureMethod", "SignatureVersion"),
        *("Timestamp", "Expires", "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires"),
        *("X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Security-Token"),
    }
)
"""What any form may have."""


def _unknown(shape: Any, parts: list[str]) -> str | None:
    """The part of a name such as ``TagSpecification.1.Tag.2.Key`` that the shape does not have."""
    if shape.type_name == "structure" and parts:
        for member_name, member in shape.members.items():
            if parts[0] == _EC2_NAMES._get_serialized_name(member, member_name):
                return _unknown(member, parts[1:])
    elif shape.type_name == "list" and parts and parts[0].isdecimal():
        return _unknown(shape.member, parts[1:])
    return parts[0] if parts else None


_EC2_NAMES = EC2QueryParser(None)


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
