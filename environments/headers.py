"""The headers of a check's request: what reaches the candidate as it was written, and nothing else."""

import re
from collections import Counter
from typing import Annotated

from pydantic import AfterValidator

from environments.shown import shown
from environments.values import all_of

# Of one connection, which is not the candidate's; and the length of a body that no check has.
_OF_THE_CONNECTION = (
    "connection",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
)
_OF_THE_LOAD_BALANCER = ("x-forwarded-port", "x-forwarded-proto")  # it writes them itself, whatever was sent

_HOST = re.compile(r"[A-Za-z0-9._-]+(?::[0-9]{1,5})?")


def _request_headers(given: dict[str, str]) -> dict[str, str]:
    # No message here shows a value: a token that should not be in the file must not get into CI's log as well.
    mistakes = [mistake for name, value in given.items() if (mistake := _mistake(name, value))]
    mistakes += [
        f"{name} must be there once, in whichever case, got {count} of it"
        for name, count in Counter(name.lower() for name in given).items()
        if count > 1
    ]
    all_of(mistakes)
    return given


def _mistake(name: str, value: str) -> str | None:
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        return f"a name must be letters, digits and hyphens: the load balancer drops others, got {shown(name)}"
    if name.lower() in _OF_THE_CONNECTION:
        return f"{name} must be left out: it is the connection's, not the check's"
    if name.lower() in _OF_THE_LOAD_BALANCER:
        return f"{name} must be left out: the load balancer writes it itself"
    if not re.fullmatch(r"[!-~](?:[ -~]*[!-~])?", value):
        return f"{name} must be printable ASCII, not empty and without spaces around it"
    if name.lower() == "host" and not _HOST.fullmatch(value):
        return f"{name} must be a host's name, which may have a port, such as api.example.com"
    return None


RequestHeaders = Annotated[dict[str, str], AfterValidator(_request_headers)]
