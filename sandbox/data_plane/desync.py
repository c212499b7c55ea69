"""Which requests a load balancer's desync mitigation mode turns away.

Reasons and classes are those of https://github.com/aws/http-desync-guardian (docs/README.md), which load balancers run,
and of the load balancer's access logs. The data plane's own parser answers 400 to the other reasons (two lengths, a
length beside an encoding, control characters, a malformed request line), whatever the mode.
"""

from __future__ import annotations

import re
from enum import IntEnum

from sandbox.data_plane.http import Inbound


class Tier(IntEnum):
    """From harmless to dangerous."""

    COMPLIANT = 0
    ACCEPTABLE = 1
    AMBIGUOUS = 2
    SEVERE = 3


_BLOCKED_FROM = {"defensive": Tier.SEVERE, "strictest": Tier.ACCEPTABLE}
"""The least tier that a mode blocks; ``monitor`` blocks none."""

# Names that a lenient server may take for Content-Length or Transfer-Encoding, such as Content_Length.
_SUSPICIOUS = re.compile(r"[^a-z0-9]*(content[^a-z0-9]+length|transfer[^a-z0-9]+encoding)[^a-z0-9]*", re.IGNORECASE)
_ESSENTIAL = ("content-length", "transfer-encoding")


def classify(request: Inbound) -> tuple[Tier, str | None]:
    """The worst that can be said of a request, with the reason's name in access logs; None where it is compliant."""
    found: list[tuple[Tier, str]] = []
    length = request.headers.get("Content-Length")
    for name, value in request.headers.items():
        if not value.isascii():
            found.append((Tier.ACCEPTABLE, "NonCompliantHeader"))
        if name.lower() not in _ESSENTIAL and _SUSPICIOUS.fullmatch(name):
            found.append((Tier.AMBIGUOUS, "SuspiciousHeader"))
    if request.method in ("GET", "HEAD"):
        if request.body is not None and length is None:
            found.append((Tier.AMBIGUOUS, "UndefinedTransferEncodingSemantics"))
        elif length == "0":
            found.append((Tier.ACCEPTABLE, "GetHeadZeroContentLength"))
        elif length is not None:
            found.append((Tier.AMBIGUOUS, "UndefinedContentLengthSemantics"))
    return max(found, key=lambda item: item[0], default=(Tier.COMPLIANT, None))


def blocks(mode: str, request: Inbound) -> bool:
    """Whether a load balancer in this mode answers 400 instead of routing the request."""
    return mode in _BLOCKED_FROM and classify(request)[0] >= _BLOCKED_FROM[mode]
