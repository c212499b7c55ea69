"""CBOR (``smithy-rpc-v2-cbor``), which newer SDKs speak to CloudWatch and CodeDeploy. moto reads JSON only.

A CBOR request is turned into the same call in the service's JSON protocol before anybody looks at it, and the answer
back into CBOR: what holds for the one holds for the other.
"""

from __future__ import annotations

import base64
import io
import json
import re
from datetime import datetime
from typing import Any

from botocore.exceptions import UnknownServiceError
from botocore.parsers import ResponseParserError, RpcV2CBORParser
from botocore.serialize import CBORSerializer
from botocore.utils import parse_timestamp
from moto.core.model import OperationModel, ServiceModel
from moto.core.utils import get_service_model
from werkzeug.wrappers import Request, Response

_PATH = re.compile(r"/service/(?P<service>[A-Za-z0-9_]+)/operation/(?P<operation>[A-Za-z0-9_]+)")
TYPE = "application/cbor"


class UnreadableError(Exception):
    """The body is no CBOR."""


def is_cbor(request: Request) -> bool:
    return request.headers.get("Smithy-Protocol") == "rpc-v2-cbor"


def operation_of(path: str) -> str | None:
    """The operation's name, which this protocol has in the path."""
    found = _PATH.fullmatch(path)
    return found["operation"] if found else None


def to_json(environ: dict[str, Any], service: str, path: str) -> dict[str, Any] | None:
    """The same request in JSON; None where the service has no such operation, or no JSON. Raises UnreadableError."""
    operation = _operation(service, path)
    if operation is None:
        return None
    metadata = operation.service_model.metadata
    if not metadata.get("targetPrefix") or "json" not in metadata.get("protocols", ()):
        return None
    body = json.dumps(_decode(environ["wsgi.input"].getvalue()), default=_as_json).encode()
    changed = {key: value for key, value in environ.items() if key != "HTTP_SMITHY_PROTOCOL"}
    return changed | {
        "PATH_INFO": "/",
        "RAW_URI": "/",
        "REQUEST_URI": "/",
        "CONTENT_TYPE": f"application/x-amz-json-{metadata.get('jsonVersion', '1.0')}",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_AMZ_TARGET": f"{metadata['targetPrefix']}.{operation.name}",
        "wsgi.input": io.BytesIO(body),
    }


def from_json(response: Response, service: str, path: str) -> Response:
    """The answer of the JSON protocol in CBOR."""
    operation = _operation(service, path)
    document = json.loads(response.get_data() or b"{}")
    if response.status_code >= 400 or operation is None:
        code, message = str(document.get("__type", "Unknown")), document.get("message", document.get("Message", ""))
        body = error(code.rpartition("#")[2], str(message or ""))
    elif operation.output_shape is not None:
        body = _serialized(_by_model(operation.output_shape, document), operation.output_shape)
    else:
        body = _serialized({}, _ERROR)
    answer = Response(body, response.status_code, mimetype=TYPE)
    answer.headers["smithy-protocol"] = "rpc-v2-cbor"
    for name in ("x-amzn-RequestId", "x-amzn-ErrorType", "x-amzn-query-error"):
        if name in response.headers:
            answer.headers[name] = response.headers[name]
    return answer


def error(code: str, message: str) -> bytes:
    return _serialized({"__type": code, "message": message}, _ERROR)


def _operation(service: str, path: str) -> OperationModel | None:
    try:
        model = get_service_model(service)
    except UnknownServiceError:
        return None
    name = operation_of(path)
    return model.operation_model(name) if name in model.operation_names else None


def _decode(raw: bytes) -> Any:
    if not raw:
        return {}
    parser = RpcV2CBORParser()
    try:
        return parser.parse_data_item(parser.get_peekable_stream_from_bytes(raw))
    except (ResponseParserError, UnicodeDecodeError, TypeError) as problem:
        raise UnreadableError from problem


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"no JSON for {value!r}")


def _by_model(shape: Any, value: Any) -> Any:
    """What JSON has no types for, by the model: times and bytes. Members that the model lacks are left out."""
    if shape.type_name == "structure":
        members = shape.members
        known = {name: item for name, item in value.items() if name in members and item is not None}
        return {name: _by_model(members[name], item) for name, item in known.items()}
    if shape.type_name == "list":
        return [_by_model(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: _by_model(shape.value, item) for key, item in value.items()}
    if shape.type_name == "timestamp":
        return parse_timestamp(value)
    if shape.type_name == "blob":
        return base64.b64decode(value)
    if shape.type_name in ("float", "double"):
        return float(value)
    return value


def _serialized(value: Any, shape: Any) -> bytes:
    body = bytearray()
    serializer: Any = _SERIALIZER
    serializer._serialize_data_item(body, value, shape)
    return bytes(body)


class _Serializer(CBORSerializer):
    TIMESTAMP_FORMAT = "unixtimestamp"


_SERIALIZER = _Serializer()
_ERROR = ServiceModel(
    {
        "metadata": {},
        "operations": {},
        "shapes": {
            "Error": {"type": "structure", "members": {"__type": {"shape": "Text"}, "message": {"shape": "Text"}}},
            "Text": {"type": "string"},
        },
    }
).shape_for("Error")
