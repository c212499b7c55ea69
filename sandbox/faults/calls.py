"""What an API call meets before, or instead of, its answer."""

from __future__ import annotations

import logging
import socket
import time

from werkzeug.wrappers import Request, Response

from sandbox.access import principals
from sandbox.access.model import Principal
from sandbox.aws.errors import error_response
from sandbox.aws.model.request import botocore_name
from sandbox.clients import OWN
from sandbox.faults import codes
from sandbox.faults.model import ADMINISTRATOR, CLIENTS, Fault
from sandbox.faults.switch import SWITCH

_log = logging.getLogger("sandbox.aws")


def met(request: Request, service: str, action: str) -> Fault | None:
    """The fault that this call runs into. `service` is its signing name."""
    name = botocore_name(service, request.path)
    own = OWN in request.headers.get("User-Agent", "")

    def matches(fault: Fault) -> bool:
        wanted, operation = fault.subject
        if wanted not in ("*", name) or operation not in ("*", action):
            return False
        return not own if fault.by == CLIENTS else fault.by in _names(request, service)

    return SWITCH.hit(SWITCH.calls, matches)


def answer(fault: Fault, request: Request, service: str, action: str) -> Response | None:
    """What the call is answered instead of being executed; None where it is executed, if late."""
    if fault.kind == "delay":
        time.sleep(fault.seconds)
        return None
    if fault.kind == "drop":
        return None
    if fault.kind == "expire":
        refusal = principals.expired(request, service)
    else:
        refusal = (codes.throttled if fault.kind == "throttle" else codes.failed)(
            botocore_name(service, request.path), action
        )
    return error_response(request, service, refusal.code, refusal.message, refusal.status)


def close(request: Request) -> ConnectionError:
    """Closes the connection without an answer; raise what is returned, so that nobody writes one."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return ConnectionResetError("closed by a fault, after the call was executed")


def _names(request: Request, service: str) -> tuple[str, ...]:
    try:
        principal = principals.of(request, service)
    except principals.InvalidCredentialsError:
        return ()
    return names_of(principal)


def names_of(principal: Principal) -> tuple[str, ...]:
    """What people call who calls: a role or user by name or ARN, the administrator, a service by its domain name."""
    if principal.kind == "administrator":
        return (ADMINISTRATOR, principal.arn)
    return (principal.identity, principal.identity.rsplit("/", 1)[-1], principal.arn)
