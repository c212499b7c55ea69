"""What a request's signature says: nobody here checks whether it is right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from werkzeug.wrappers import Request

_CREDENTIAL = re.compile(r"AWS4-\S+ +Credential=([^/,\s]+)/[^/,\s]+/([^/,\s]+)/([^/,\s]+)/aws4_request(,|$)")
_V2 = re.compile(r"AWS ([^:\s]+):")


class Scope(NamedTuple):
    """What a signature is good for."""

    region: str
    service: str
    """The signing name, in lower case."""


def scope(request: Request) -> Scope | None:
    """None without a signature, and with one that is malformed."""
    found = _CREDENTIAL.match(request.headers.get("Authorization", ""))
    return Scope(found[2], found[3].lower()) if found else None


def access_key(request: Request) -> str | None:
    """Of the header, or of a URL that was signed beforehand; None where the request is not signed."""
    return key_in(request.headers.get("Authorization", ""), request.args)


def key_in(header: str, query: Mapping[str, str]) -> str | None:
    """The same, of a request in parts: its header ``Authorization``, and its parameters."""
    found = _CREDENTIAL.match(header) or _V2.match(header)
    if found:
        return found[1]
    given = query.get("X-Amz-Credential") or query.get("AWSAccessKeyId")
    return given.split("/")[0] if given else None


def session_token(request: Request) -> str | None:
    """What temporary credentials have beside their key."""
    name = "X-Amz-Security-Token"
    # A URL that was signed by the old way of S3 has it in lower case.
    return request.headers.get(name) or request.args.get(name) or request.args.get(name.lower())
