"""What a request's signature says: nobody here checks whether it is right."""

from __future__ import annotations

import re
from typing import NamedTuple

from werkzeug.wrappers import Request

_CREDENTIAL = re.compile(r"AWS4-\S+ +Credential=[^/,\s]+/[^/,\s]+/([^/,\s]+)/([^/,\s]+)/aws4_request(,|$)")


class Scope(NamedTuple):
    """What a signature is good for."""

    region: str
    service: str
    """The signing name, in lower case."""


def scope(request: Request) -> Scope | None:
    """None without a signature, and with one that is malformed."""
    found = _CREDENTIAL.match(request.headers.get("Authorization", ""))
    return Scope(found[1], found[2].lower()) if found else None
