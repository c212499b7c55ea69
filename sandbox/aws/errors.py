"""Errors as AWS clients read them: a 4xx in the error shape of the caller's protocol, at once.

moto answers an action it lacks, and its own bugs, with HTTP 500 or an HTML page. SDKs take that for a passing fault
and try again, Terraform 25 times: a hang, to who watches it. Here each of them ends on the first try, and names itself.
"""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from moto.core.exceptions import ServiceException
from werkzeug.wrappers import Request, Response

from sandbox.aws.request import cbor

NOT_MODELLED = "UnsupportedOperation"
INTERNAL = "SandboxInternalFailure"

_XML_SERVICES = ("s3", "route53", "cloudfront")


class NotModelled(ServiceException):  # type: ignore[misc]
    """Something that exists in AWS and that the sandbox does not do. Said at once, never pretended."""

    code = NOT_MODELLED

    def __init__(self, what: str):
        super().__init__(f"The sandbox does not model {what}.")


def error_response(request: Request, service: str, code: str, message: str, status: int = 400) -> Response:
    """The error as the client that sent ``request`` parses it. No SDK tries a 400 again, nor a 404 or a 409."""
    form = request.mimetype == "application/x-www-form-urlencoded"
    if cbor.is_cbor(request):
        response = Response(cbor.error(code, message), status, mimetype=cbor.TYPE)
        response.headers["smithy-protocol"] = "rpc-v2-cbor"
    elif service == "ec2":
        response = _xml("<Response><Errors>{}</Errors><RequestID>sandbox</RequestID></Response>", code, message, status)
    elif service in _XML_SERVICES:
        response = _xml("{}", code, message, status)
    elif form and "X-Amz-Target" not in request.headers:
        response = _xml("<ErrorResponse>{}<RequestId>sandbox</RequestId></ErrorResponse>", code, message, status)
    else:
        body = json.dumps({"__type": code, "message": message})
        target = "X-Amz-Target" in request.headers
        response = Response(body, status, mimetype="application/x-amz-json-1.1" if target else "application/json")
    response.headers["x-amzn-ErrorType"] = code
    response.headers["x-amzn-RequestId"] = "sandbox"
    return response


def _xml(frame: str, code: str, message: str, status: int) -> Response:
    error = f"<Error><Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    return Response('<?xml version="1.0" encoding="UTF-8"?>\n' + frame.format(error), status, mimetype="text/xml")
