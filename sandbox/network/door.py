"""Calls of AWS's APIs from inside a VPC: one without a way there gets no answer, and delays no other call."""

from __future__ import annotations

import logging
import select
import socket
from dataclasses import replace

from werkzeug.wrappers import Request

from sandbox.access import principals
from sandbox.access.model import Keys, Place, Principal
from sandbox.aws.request import signature
from sandbox.network import gate, names
from sandbox.network.model import AwsApi, Blocked, Path

_log = logging.getLogger("sandbox.aws")

HTTPS = 443
"""Where AWS's APIs listen. Here, a client speaks HTTP to another port, which is the sandbox's and not its own."""

_VIA = "sandbox.via"


def enter(request: Request, service: str) -> bool:
    """True once the call has arrived. Waits while its way is closed; False if its caller gave up meanwhile.

    Call it without the lock.
    """
    try:
        principal = principals.of(request, service)
    except principals.InvalidCredentialsError:
        return True
    place = principal.place
    if place is None:
        return True
    scope = signature.scope(request)
    api = AwsApi(names.endpoint(service), scope.region if scope else place.region)
    while isinstance(found := gate.check(place, api, HTTPS), Blocked):
        if _has_hung_up(request.environ["werkzeug.socket"]):
            _log.warning("%s gave up: %s did not answer (%s lacks %s)", place.name, service, found.hop, found.missing)
            return False
    request.environ[_VIA] = _keys(place, found)
    return True


def caller(request: Request, service: str) -> Principal:
    """Whose call it is, with the condition keys of the way that it came by. Raises InvalidCredentialsError."""
    principal = principals.of(request, service)
    keys = request.environ.get(_VIA)
    return replace(principal, keys={**principal.keys, **keys}) if keys else principal


def _keys(place: Place, path: Path) -> Keys:
    """What only a call through an endpoint carries
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html)."""
    if path.endpoint is None:
        return {}
    return {"aws:SourceVpc": (place.vpc,), "aws:SourceVpce": (path.endpoint,), "aws:VpcSourceIp": (place.address,)}


def _has_hung_up(connection: socket.socket) -> bool:
    """Waits for that, as long as a client waits until it sends its SYN again."""
    readable, _, _ = select.select([connection], [], [], gate.AGAIN_SECONDS)
    try:
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True
