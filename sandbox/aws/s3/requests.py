"""S3: what it refuses of a request before its model is asked: numbers that are none, documents that are not there.

moto reads what it needs and fails at the rest. The codes are those of
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. Objects' own bodies are not looked at.
"""

from __future__ import annotations

import io
import re
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from moto.core.utils import get_service_model
from werkzeug.http import http_date, parse_date
from werkzeug.wrappers import Request

from sandbox.aws.model.wording import Refusal

NOT_MODELLED = frozenset(
    {
        "CreateBucketMetadataConfiguration",
        "CreateBucketMetadataTableConfiguration",
        "CreateSession",
        "DeleteBucketAnalyticsConfiguration",
        "DeleteBucketIntelligentTieringConfiguration",
        "DeleteBucketInventoryConfiguration",
        "DeleteBucketMetadataConfiguration",
        "DeleteBucketMetadataTableConfiguration",
        "DeleteBucketMetricsConfiguration",
        "DeleteObjectAnnotation",
        "GetObjectTorrent",
        "PutBucketAbac",
        "PutBucketAnalyticsConfiguration",
        "PutBucketIntelligentTieringConfiguration",
        "PutBucketMetricsConfiguration",
        "PutBucketRequestPayment",
        "PutObjectAnnotation",
        "RenameObject",
        "UpdateObjectEncryption",
    }
)
"""moto takes what it does not know for its plain sibling: for CreateBucket, PutObject or, worse, for DeleteBucket."""


_MALFORMED_XML = Refusal(
    "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
)
_NO_BODY = Refusal("MissingRequestBodyError", "Request Body is empty")
_NO_HEADER = Refusal("MissingSecurityHeader", "Your request was missing a required header")
_NO_METHOD = Refusal("MethodNotAllowed", "The specified method is not allowed against this resource.", 405)
_NO_FORM = Refusal("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.")
_NO_LENGTH = Refusal("MissingContentLength", "You must provide the Content-Length HTTP header.", 411)
_INCOMPLETE = Refusal(
    "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
)

_ACLS = ("PutBucketAcl", "PutObjectAcl")
"""Operations that have headers, or a document."""
_NEVER_EMPTY = (
    *("PutBucketAccelerateConfiguration", "PutPublicAccessBlock", "RestoreObject"),
    *("PutBucketLifecycle", "PutBucketLifecycleConfiguration", "PutObjectLegalHold", "PutObjectRetention"),
)
"""Operations whose document has something in it, though the model requires no member."""
_MOST = 2**31 - 1


def refusal(request: Request, action: str) -> Refusal | None:
    """AWS's refusal of a request for a bucket or an object; None where there is none, or it is for something else."""
    path = request.environ["PATH_INFO"]
    if path in ("", "/") or path.startswith("/moto-api") or request.method == "OPTIONS":
        return None
    model = get_service_model("s3")
    if action == "PostObject":
        return _form(request)
    if action not in model.operation_names:
        return _NO_METHOD
    _forget(request)
    shape = model.operation_model(action).input_shape
    if shape is None:
        return None
    return _arguments(request, shape) or _copy(request) or _grants(request) or _body(request, action, shape)


def _form(request: Request) -> Refusal | None:
    """A browser's upload into a bucket."""
    if request.mimetype != "multipart/form-data":
        return _NO_FORM
    given = Request(dict(request.environ)).form
    _stream(request).seek(0)
    return None if "key" in given else _NO_FORM


def _forget(request: Request) -> None:
    """Dates and ranges that cannot be read are as good as none (RFC 9110, 13.1.3, 14.2). moto reads one form only."""
    for name in ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"):
        date = parse_date(request.environ.pop(name, None))
        if date is not None:
            request.environ[name] = http_date(date)
    if not re.fullmatch(r"[^=]+=[^=]+", request.headers.get("Range", "=")):
        request.environ.pop("HTTP_RANGE", None)


def _arguments(request: Request, shape: Any) -> Refusal | None:
    """https://github.com/floci-io/floci/pull/3510 has the words."""
    for name, member in shape.members.items():
        location = member.serialization.get("location")
        if location not in ("querystring", "header"):
            continue
        given = (request.args if location == "querystring" else request.headers).get(member.serialization["name"])
        if given is None:
            continue
        if member.type_name in ("integer", "long") and not _is_number(given):
            return _argument(f"Argument {name[:1].lower()}{name[1:]} must be an integer between 0 and {_MOST}")
        if name == "ACL" and given not in member.enum:
            return _argument(f"{given} is no canned ACL.")
        if name.startswith("Response") and not given.isprintable():
            return _argument(f"{member.serialization['name']} has characters that a header cannot have.")
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) <= _MOST


def _copy(request: Request) -> Refusal | None:
    """https://github.com/aws/aws-sdk-cpp/issues/1647"""
    source = request.headers.get("x-amz-copy-source")
    if source is None:
        return None
    bucket, _, key = unquote(urlsplit(source).path).lstrip("/").partition("/")
    if not bucket:
        return _argument("Invalid copy source bucket name")
    return None if key else _argument("Invalid copy source object key")


def _grants(request: Request) -> Refusal | None:
    for name, value in request.headers.items():
        if name.lower().startswith("x-amz-grant-"):
            for grantee in value.split(","):
                if not re.fullmatch(r'\s*(id|uri|emailAddress)\s*=\s*"?[^"]+"?\s*', grantee, re.IGNORECASE):
                    return _argument("Argument format not recognized")
    return None


def _argument(message: str) -> Refusal:
    return Refusal("InvalidArgument", message)


# Bodies --------------------------------------------------------------------------------------------------------------


def _stream(request: Request) -> io.BytesIO:
    stream: io.BytesIO = request.environ["wsgi.input"]
    return stream


def _body(request: Request, action: str, shape: Any) -> Refusal | None:
    """What the model does not say of a document: whether it is there, and has something in it."""
    body = _stream(request).getvalue()
    if request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-"):
        if not request.headers.get("x-amz-decoded-content-length", "").isdigit():
            return _NO_LENGTH
        return None if _is_chunked(body) else _INCOMPLETE
    payload = shape.members.get(shape.serialization.get("payload"))
    if payload is None or payload.type_name != "structure":
        return None
    if not body.strip():
        if action in _ACLS:
            given = any(name.lower().startswith(("x-amz-acl", "x-amz-grant-")) for name, _ in request.headers)
            return None if given else _NO_HEADER
        return None if action == "CreateBucket" else _NO_BODY
    try:
        inside = [child.tag.rpartition("}")[2] for child in ElementTree.fromstring(body)]
    except (ElementTree.ParseError, ValueError, LookupError):
        return _MALFORMED_XML
    if action == "CreateBucket" and not inside:
        # As good as none. moto looks for the region in it.
        request.environ.update({"wsgi.input": io.BytesIO(), "CONTENT_LENGTH": "0"})
    return _MALFORMED_XML if action in _NEVER_EMPTY and not inside else None


def _is_chunked(body: bytes) -> bool:
    """Chunks, each after its size, to the one of size 0. What comes then is not looked at."""
    stream = io.BytesIO(body)
    while True:
        size, _, _ = stream.readline().strip().partition(b";")
        if not re.fullmatch(rb"[0-9A-Fa-f]+", size):
            return False
        if int(size, 16) == 0:
            return True
        if len(stream.read(int(size, 16))) < int(size, 16):
            return False
        stream.readline()
