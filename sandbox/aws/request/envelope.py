"""What AWS refuses of a request before it looks at the operation: its length, its signature, how it is addressed."""

from __future__ import annotations

import gzip
import io
from typing import Any

from moto.core.request import Request as MotoRequest
from moto.core.utils import get_service_model
from moto.utilities.constants import APPLICATION_AMZ_JSON_1_0, APPLICATION_AMZ_JSON_1_1
from werkzeug.wrappers import Request

from sandbox.aws.model.request import CHECKED, WrongTypeError, botocore_name
from sandbox.aws.model.wording import Refusal, wrong_type
from sandbox.aws.request.signature import scope

_SIGNATURE_V2 = "AWS "
_FORM = "application/x-www-form-urlencoded"
_INVOCATIONS = "/invocations"
_ELB_VERSIONS = ("2012-06-01", "2015-12-01")
"""Classic load balancers, and the others."""

INCOMPLETE = Refusal(
    "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header."
)
NOT_COMPRESSED = Refusal("SerializationException", "The request body cannot be decompressed.")


def take_body(environ: dict[str, Any]) -> bool:
    """Read the body before a lock is taken: a slow upload holds up nobody. False where it is shorter than promised."""
    length = environ.get("CONTENT_LENGTH")
    body = b""
    if length:
        body = environ["wsgi.input"].read(int(length)) if _is_number(length) else b""
    elif environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read()
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)
    return not length or (_is_number(length) and len(body) == int(length))


def inflate(environ: dict[str, Any]) -> bool:
    """SDKs compress large bodies, of PutMetricData for one. False where it is none that was compressed."""
    if environ.get("HTTP_CONTENT_ENCODING") != "gzip":
        return True
    try:
        body = gzip.decompress(environ["wsgi.input"].getvalue())
    except (OSError, EOFError):
        return False
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    del environ["HTTP_CONTENT_ENCODING"]
    return True


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def refusal(request: Request, service: str) -> Refusal | None:
    """AWS's refusal of the request as such; None where it can be read. What moto alone cannot read is put right."""
    header = request.headers.get("Authorization", "")
    if header and scope(request) is None and not header.startswith(_SIGNATURE_V2):
        return _signature(request, header)
    name = botocore_name(service, request.path)
    if name not in CHECKED or name == "s3":
        return None
    if not _is_text(request):
        return wrong_type(WrongTypeError(name))
    model = get_service_model(name)
    protocols = model.metadata.get("protocols", [model.protocol])
    form = request.mimetype == _FORM or request.method == "GET"
    if {"query", "ec2"} & set(protocols) and (form or "json" not in protocols):
        return _form(request, service)
    if "json" in protocols:
        return _json(request)
    if request.method in ("POST", "PUT", "PATCH") and not request.path.endswith(_INVOCATIONS):
        _put_object(request)
    return None


def _signature(request: Request, header: str) -> Refusal:
    """https://github.com/iann0036/cloud9-sync/issues/10, https://github.com/brendanhay/amazonka/issues/316,
    https://github.com/versity/versitygw/issues/1705
    """
    words = f"Authorization header requires 'Credential' parameter. Authorization={header}"
    if "X-Amz-Target" in request.headers:
        return Refusal("IncompleteSignatureException", words)
    if request.mimetype == _FORM:
        return Refusal("IncompleteSignature", words)
    return Refusal("InvalidArgument", "Unsupported Authorization Type")


def _is_text(request: Request) -> bool:
    """An invocation's payload is the function's, and has an error of its own."""
    try:
        request.environ["wsgi.input"].getvalue().decode()
    except UnicodeDecodeError:
        return request.method == "POST" and request.path.endswith(_INVOCATIONS)
    return True


def _put_object(request: Request) -> None:
    """moto fails at an empty body where a JSON object is asked for, though none of its members is required."""
    environ = request.environ
    if not environ["wsgi.input"].getvalue():
        environ["wsgi.input"] = io.BytesIO(b"{}")
        environ["CONTENT_LENGTH"] = "2"


def _form(request: Request, service: str) -> Refusal | None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html (MissingAction),
    https://github.com/aws/aws-cli/issues/37 (another version)
    """
    if request.method == "GET":
        # Or moto takes it for CBOR, where a service has that as well.
        request.environ["CONTENT_TYPE"] = _FORM
    elif MotoRequest(dict(request.environ)).form:
        # moto passes over it then; so does whoever else reads the request.
        request.environ["QUERY_STRING"] = ""
        request.environ["wsgi.input"].seek(0)
    values = MotoRequest(dict(request.environ)).values
    request.environ["wsgi.input"].seek(0)
    action, version = values.get("Action"), values.get("Version")
    if not action:
        return Refusal("MissingAction", "The request must contain the parameter Action.")
    if service == "elasticloadbalancing" and version not in _ELB_VERSIONS:
        given = version or "NO_VERSION_SPECIFIED"
        return Refusal("InvalidAction", f"Could not find operation {action} for version {given}")
    return None


def _json(request: Request) -> Refusal | None:
    """https://github.com/aws/aws-sdk-net/issues/1536: a target that names no operation."""
    _, dot, operation = request.headers.get("X-Amz-Target", "").partition(".")
    if dot and operation and request.mimetype in (APPLICATION_AMZ_JSON_1_0, APPLICATION_AMZ_JSON_1_1):
        return None
    return Refusal("UnknownOperationException", "X-Amz-Target names the operation; the body is of an AWS JSON type.")
