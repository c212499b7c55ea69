"""Requests against AWS's own service models (botocore's), before moto sees them.

moto reads what it looks for and passes over the rest, so a name that is too long or a number out of range is first
refused on AWS. `check` applies what the models say: required members, types, lengths, ranges, patterns, and the enums
that are closed (`enums.py`). What the models lack is in `sandbox.aws.rules`.
"""

from __future__ import annotations

from werkzeug.wrappers import Request

from sandbox.aws.model.constraints import violations
from sandbox.aws.model.request import WrongTypeError, read
from sandbox.aws.model.wording import Refusal, refusal, wrong_type

__all__ = ["Refusal", "check"]


def check(request: Request, service: str) -> Refusal | None:
    """AWS's refusal of this request by its model; None where it passes, or where no model is applied."""
    try:
        call = read(request, service)
    except WrongTypeError as problem:
        return wrong_type(problem)
    if call is None:
        return None
    found = violations(call)
    return refusal(call.service, found) if found else None
