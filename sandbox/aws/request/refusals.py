"""What AWS refuses, before moto sees the request: by its service models, then by IAM, then by the table of rules."""

from __future__ import annotations

from werkzeug.wrappers import Request

from sandbox.access import denials, gate
from sandbox.access.model import Principal
from sandbox.aws import rules
from sandbox.aws.model.constraints import violations
from sandbox.aws.model.request import UnknownParameterError, WrongTypeError, read
from sandbox.aws.model.wording import Refusal, refusal, unknown_parameter, wrong_type
from sandbox.aws.request import judged
from sandbox.aws.s3 import requests as s3_requests

_UNSIGNED = ("s3", "sts")
"""Where a request need not be signed: for what a bucket gives to the public, and for one's first credentials."""


def find(request: Request, service: str, action: str, principal: Principal) -> Refusal | None:
    """AWS's refusal of this request; None where there is none, or the service is not checked."""
    if principal.kind == "anonymous" and service not in _UNSIGNED:
        return denials.UNSIGNED_JSON if "X-Amz-Target" in request.headers else denials.UNSIGNED_QUERY
    unread = s3_requests.refusal(request, action) if service == "s3" else None
    if unread is not None:
        return unread
    try:
        call = read(request, service)
    except WrongTypeError as problem:
        return wrong_type(problem)
    except UnknownParameterError as problem:
        return unknown_parameter(problem)
    if call is None:
        # A browser's question about other sites (CORS) is answered by the bucket's settings, and not signed.
        asks = service == "s3" and request.method == "OPTIONS" and request.path.strip("/")
        return None if asks else gate.unread(principal, service, action)
    if service != "s3":  # whose operations moto finds by itself
        request.environ[judged.OPERATION] = call.operation.name
    found = violations(call)
    if found:
        return refusal(call.service, found)
    return gate.refusal(principal, call) or rules.broken(call)
