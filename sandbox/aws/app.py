"""The AWS API as one WSGI application: moto's, one call at a time, with errors that end and a line of log a request."""

from __future__ import annotations

import io
import logging
import re
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import nullcontext
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from botocore.model import OperationNotFoundError
from moto.backends import list_of_moto_modules
from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from moto.moto_server.werkzeug_app import UNSIGNED_ACTIONS, DomainDispatcherApplication, create_backend_app
from werkzeug.wrappers import Request, Response

from sandbox.access import gate
from sandbox.aws import lambda_
from sandbox.aws.errors import INTERNAL, NOT_MODELLED, error_response
from sandbox.aws.lock import LOCK
from sandbox.aws.model.request import botocore_name
from sandbox.aws.model.wording import Refusal, RefusedError
from sandbox.aws.request import cbor, envelope, failures, refusals, signature
from sandbox.aws.s3.requests import NOT_MODELLED as NOT_MODELLED_S3
from sandbox.faults import calls as faults
from sandbox.faults.switch import SWITCH
from sandbox.network import door, moto_state
from sandbox.pace import PACE

HEALTH_PATH = "/_sandbox/health"
"""No bucket can have this name, so no S3 call can mean it."""

_log = logging.getLogger("sandbox.aws")


KEPT_ANSWERS = 256


class Application:
    """moto's application with what the sandbox adds around every call."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._done: OrderedDict[tuple[str, str], Response] = OrderedDict()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == HEALTH_PATH:
            return Response("ready\n", mimetype="text/plain")(environ, start_response)
        started = monotonic()
        whole = envelope.take_body(environ)
        request = Request(environ, populate_request=False)
        service = _service(request)
        if not whole:
            return _refused(request, service, envelope.INCOMPLETE)(environ, start_response)
        action = _action(request, service)
        if not door.enter(request, service):
            return Response(status=408)(environ, start_response)
        fault = faults.met(request, service, action) if SWITCH.calls else None
        instead = faults.answer(fault, request, service, action) if fault else None
        if fault and instead:
            _log.info("%s %s %d fault %s", service, action, instead.status_code, fault.id)
            return instead(environ, start_response)
        lost = fault is not None and fault.kind == "drop"
        PACE.give_way()
        # An invocation lasts as long as the function runs; it takes the lock by itself, to look the function up.
        with nullcontext() if (service, action) == lambda_.INVOKE else LOCK:
            # An SDK asks again when an answer got lost on its way; what was done then is not to be done twice. The
            # answer is its own only: another key has to be allowed the call.
            invocation = request.headers.get("amz-sdk-invocation-id", "")
            asked = (signature.access_key(request) or "", invocation)
            done = self._done.get(asked) if _repeated(request) else None
            response = done or self._answer(environ, request, service, action)
            if service == "ec2" and not action.startswith("Describe"):
                moto_state.changed()
            if service == "iam" and response.status_code < 300 and not action.startswith(("Get", "List")):
                gate.note_roles()
            if request.mimetype.startswith("application/x-amz-json-"):
                # As AWS answers; moto calls some of its JSON "text", or HTML.
                response.content_type = request.mimetype
            kept = request.method != "GET" and action != "Invoke" and response.status_code < 300
            # On AWS an answer that was lost is lost: what is asked for again is done again.
            if invocation and kept and not lost:
                self._done[asked] = response
                if len(self._done) > KEPT_ANSWERS:
                    self._done.popitem(last=False)
        took = f"{monotonic() - started:.3f}s{_repeated(request)}" + (f" fault {fault.id}" if fault else "")
        _log.info("%s %s %d %s", service, action, response.status_code, took)
        if lost:
            raise faults.close(request)
        return response(environ, start_response)

    def _answer(self, environ: dict[str, Any], request: Request, service: str, action: str) -> Response:
        missing = f"The sandbox does not model {action} of {service}."
        if service != "s3" and not envelope.inflate(environ):
            return _refused(request, service, envelope.NOT_COMPRESSED)
        if cbor.is_cbor(request):
            name = botocore_name(service, request.path)
            try:
                as_json = cbor.to_json(environ, name, request.path)
            except cbor.UnreadableError:
                return error_response(request, service, "SerializationException", "The request body is no CBOR map.")
            if as_json is None:
                return error_response(request, service, NOT_MODELLED, missing)
            response = self._answer(as_json, Request(as_json, populate_request=False), service, action)
            return cbor.from_json(response, name, request.path)
        if service == "s3" and action in NOT_MODELLED_S3:
            return error_response(request, service, NOT_MODELLED, missing)
        try:
            refusal = envelope.refusal(request, service)
            if refusal is not None:
                return _refused(request, service, refusal)
            refusal = refusals.find(request, service, action, door.caller(request, service))
            if refusal is not None:
                return _refused(request, service, refusal)
            if (service, action) == lambda_.INVOKE:
                # A function that is not ready is a 502, as on AWS.
                return lambda_.invoke(request)
            # Buffered, so that what moto makes lazily is made under the lock as well.
            response = Response.from_app(self._moto, dict(environ), buffered=True)
        except RefusedError as problem:
            return _refused(request, service, problem.refusal)
        except (NotImplementedError, OperationNotFoundError):  # moto has no such operation
            return error_response(request, service, NOT_MODELLED, missing)
        except Exception as problem:
            if service.replace("-", "") not in _modules():
                return error_response(request, service, NOT_MODELLED, missing)
            refusal = failures.explained(request, service, action, problem)
            if refusal is not None:
                return _refused(request, service, refusal)
            _log.exception("%s %s failed inside the sandbox", service, action)
            message = f"InternalFailure in the sandbox (bug): {action} of {service}: {problem!r}"
            return error_response(request, service, INTERNAL, message)
        finally:
            environ["wsgi.input"].seek(0)
        if _nobody_answered(response, service):
            return error_response(request, service, NOT_MODELLED, missing)
        if response.status_code >= 500:
            _log.error("%s %s answered %d: %s", service, action, response.status_code, response.get_data(as_text=True))
            message = f"InternalFailure in the sandbox (bug): {action} of {service} answered {response.status_code}"
            return error_response(request, service, INTERNAL, message)
        return response


def _repeated(request: Request) -> str:
    """SDKs count their attempts; a second one tells of a first that failed, or whose answer never arrived."""
    attempt = re.search(r"attempt=(\d+)", request.headers.get("amz-sdk-request", ""))
    return f" attempt {attempt[1]}" if attempt and attempt[1] != "1" else ""


def _modules() -> set[str]:
    aliases = {"lambda", "monitoring", "elasticloadbalancing", "states", "email", "tagging", "cognitoidp"}
    return {name.replace("-", "") for name in list_of_moto_modules()} | aliases


def _refused(request: Request, service: str, refusal: Refusal) -> Response:
    return error_response(request, service, refusal.code, refusal.message, refusal.status)


def _nobody_answered(response: Response, service: str) -> bool:
    """moto has no such path (an HTML page, or one that leads to another), or no such operation on it (nothing)."""
    if response.status_code not in (308, 404, 405):
        return False
    if response.mimetype == "text/html" and b"<!doctype html>" in response.get_data().lower():
        return True
    return service != "s3" and not response.get_data() and "x-amzn-errortype" not in response.headers


def _service(request: Request) -> str:
    """The signing name. What is not signed is S3's, unless it names an operation as S3 has none."""
    scope = signature.scope(request)
    if scope is not None:
        return scope.service
    if "X-Amz-Target" in request.headers:
        return request.headers["X-Amz-Target"].partition(".")[0]
    action = _form_action(request)
    service: str = UNSIGNED_ACTIONS.get(action, ("unsigned" if action else "s3", ""))[0]
    return service


def _form_action(request: Request) -> str:
    if request.mimetype != "application/x-www-form-urlencoded" or request.path != "/":
        return ""
    stream: io.BytesIO = request.environ["wsgi.input"]
    return parse_qs(stream.getvalue()[:65536].decode("utf-8", "replace")).get("Action", [""])[0]


def _action(request: Request, service: str) -> str:
    target = request.headers.get("X-Amz-Target")
    if target:
        return target.split(".")[-1]
    operation = cbor.operation_of(request.path) if cbor.is_cbor(request) else None
    named = operation or _form_action(request)
    if named:
        return named
    try:
        router = get_service_router(botocore_name(service, request.path))
        matched, _ = router.match(MotoRequest(dict(request.environ)))
        return str(matched.name)
    except Exception:  # an operation or a service that botocore or moto does not know
        return f"{request.method} {request.path}"
    finally:
        request.environ["wsgi.input"].seek(0)
