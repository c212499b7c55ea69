"""What AWS refuses, found before moto sees the request: by its service models first, then by the table of rules."""

from __future__ import annotations

from werkzeug.wrappers import Request

from sandbox.aws import rules
from sandbox.aws.model.constraints import violations
from sandbox.aws.model.request import UnknownParameterError, WrongTypeError, read
from sandbox.aws.model.wording import Refusal, refusal, unknown_parameter, wrong_type
from sandbox.aws.s3 import requests as s3_requests


def find(request: Request, service: str, action: str) -> Refusal | None:
    """AWS's refusal of this request; None where there is none, or the service is not checked."""
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
        return None
    found = violations(call)
    return refusal(call.service, found) if found else rules.broken(call)
