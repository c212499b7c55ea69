"""Lambda: Invoke, which `sandbox.lambda_runtime` carries out, and configuration that moto drops."""

from __future__ import annotations

import base64
import io
import json
import secrets
import time
import zipfile
from typing import Any, Protocol
from urllib.parse import unquote
from uuid import uuid4

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse
from moto.ec2.models import ec2_backends
from werkzeug.wrappers import Request, Response

from sandbox.access.trust import NotTrustedError
from sandbox.aws import context
from sandbox.aws.errors import NotModelled
from sandbox.aws.lock import LOCK
from sandbox.aws.patch import replace_value, replaces
from sandbox.lambda_runtime import moto_state
from sandbox.lambda_runtime.function import Event, Function, Outcome, StoppingError, ThrottledError
from sandbox.lambda_runtime.readiness import NotReadyError, Readiness
from sandbox.state import ACCOUNT

INVOKE = ("lambda", "Invoke")
"""Service and action of what `invoke` answers."""

_LIMITS = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024, "DryRun": 6 * 1024 * 1024}
"""Bytes of a payload, by invocation type."""

_RESERVED = {
    *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
    *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
    *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
    *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
}

_BEING_CREATED = {"State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating"}


class Runtime(Protocol):
    """What runs functions: `sandbox.lambda_runtime.service`, which says what each of these does and raises."""

    def invoke(self, function: Function, event: Event) -> Outcome: ...
    def submit(self, function: Function, event: Event) -> None: ...
    def retire(self, generation: str) -> None: ...


_runtime: Runtime | None = None


def connect(runtime: Runtime | None) -> None:
    """Who runs functions from now on; None when nobody does any more."""
    global _runtime
    _runtime = runtime


# Invoke --------------------------------------------------------------------------------------------------------------


def invoke(request: Request) -> Response:
    """Invoke, without moto, which would look for Docker and answer 200 with its error. Call it without the lock."""
    kind = request.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
    payload = _body(request)
    region = request.headers["Authorization"].split(",")[0].split("/")[2]
    name = unquote(request.path.rstrip("/").split("/")[-2])
    problem = _refusal(kind, payload)
    if problem is not None:
        return problem
    try:
        context = _client_context(request) if kind == "RequestResponse" else None
    except ValueError:
        # https://github.com/boto/boto3/issues/2153
        words = "Client context must be a valid Base64-encoded JSON object."
        return _error(400, "InvalidRequestContentException", words)
    try:
        with LOCK:
            function = moto_state.find(ACCOUNT, region, name, request.args.get("Qualifier"))
    except NotModelled as error:
        return _error(400, error.code, error.message)
    except LambdaClientError as error:
        return _error(error.code, error.error_type, error.message)
    if kind == "DryRun":
        return _answer(204, str(uuid4()))
    event = Event(
        request_id=str(uuid4()),
        payload=payload or b"{}",
        trace_id=request.headers.get("X-Amzn-Trace-Id") or _trace_id(),
        invoked_arn=function.arn if function.version == moto_state.LATEST else f"{function.arn}:{function.version}",
        client_context=context,
    )
    try:
        return _carry_out(kind, function, event, request.headers.get("X-Amz-Log-Type") == "Tail")
    except ThrottledError:
        return _error(
            429, "TooManyRequestsException", "Rate Exceeded.", "ReservedFunctionConcurrentInvocationLimitExceeded"
        )
    except NotReadyError as error:
        return _error(502, "ResourceNotReadyException", str(error))
    except NotTrustedError:
        # The words are those of CreateFunction's refusal: https://github.com/danilop/LambdAuth/issues/49
        words = "The role defined for the function cannot be assumed by Lambda."
        return _error(403, "AccessDeniedException", words)
    except StoppingError:
        return _error(400, "ServiceException", "The sandbox is stopping.")


def _carry_out(kind: str, function: Function, event: Event, tail: bool) -> Response:
    runtime = _runtime
    if runtime is None:
        raise StoppingError
    if kind == "Event":
        runtime.submit(function, event)
        return _answer(202, event.request_id)
    outcome = runtime.invoke(function, event)
    response = _answer(200, event.request_id, outcome.payload)
    response.headers["X-Amz-Executed-Version"] = function.version
    response.headers["X-Amzn-Trace-Id"] = event.trace_id
    if outcome.failed:
        response.headers["X-Amz-Function-Error"] = "Unhandled"
    if tail:
        response.headers["X-Amz-Log-Result"] = base64.b64encode(outcome.log).decode()
    return response


def _body(request: Request) -> bytes:
    stream: io.BytesIO = request.environ["wsgi.input"]
    return stream.getvalue()


def _refusal(kind: str, payload: bytes) -> Response | None:
    if kind not in _LIMITS:
        wanted = "[Event, RequestResponse, DryRun]"
        message = (
            f"Value '{kind}' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: "
        )
        return _error(400, "ValidationException", f"1 validation error detected: {message}{wanted}")
    if len(payload) > _LIMITS[kind]:
        message = f"Request must be smaller than {_LIMITS[kind]} bytes for the InvokeFunction operation"
        return _error(413, "RequestTooLargeException", message)
    try:
        if payload:
            json.loads(payload, parse_constant=_no_constant)
    except ValueError as problem:
        message = f"Could not parse request body into json: Could not parse payload into json: {problem}"
        return _error(400, "InvalidRequestContentException", message)
    return None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _client_context(request: Request) -> str | None:
    """On one line. ValueError where it is none."""
    given = request.headers.get("X-Amz-Client-Context")
    return None if given is None else json.dumps(json.loads(base64.b64decode(given)))


def _trace_id() -> str:
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Parent={secrets.token_hex(8)};Sampled=0"


def _answer(status: int, request_id: str, payload: bytes = b"") -> Response:
    response = Response(payload, status, mimetype="application/json")
    response.headers["x-amzn-RequestId"] = request_id
    return response


def _error(status: int, code: str, message: str, reason: str | None = None) -> Response:
    document = {"Type": "User", "message": message} | ({"Reason": reason} if reason else {})
    response = _answer(status, str(uuid4()), json.dumps(document).encode())
    response.headers["x-amzn-ErrorType"] = code
    return response


@replaces(LambdaResponse)
def invoke_async(_response: LambdaResponse) -> Any:
    """AWS has deprecated it. moto would look for Docker."""
    raise NotModelled("InvokeAsync of Lambda; Invoke with the invocation type Event does the same")


# Configuration -------------------------------------------------------------------------------------------------------


@replaces(LambdaFunction)
def get_configuration(self: LambdaFunction, on_create: bool = False) -> dict[str, Any]:
    config = get_configuration.moto(self, on_create)
    # moto drops it, so Terraform's logging_config would be a difference for ever.
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}"}
    config["LoggingConfig"] = {**logging, **self.__dict__.get("logging_config", {})}
    return config | _state(self)


def _state(function: LambdaFunction) -> dict[str, str]:
    state = function.readiness.state(context.clock.now(), moto_state.in_vpc(function))
    reasons = {"StateReason": state.reason, "StateReasonCode": state.code} if state.reason else {}
    return {"State": state.name, **reasons}


def _vpc_config(self: LambdaFunction) -> dict[str, Any] | None:
    """moto says vpc-123abc, whatever the subnets."""
    given = self._vpc_config
    if not given or not given.get("SubnetIds"):
        return None
    subnet = ec2_backends[self.account_id][self.region].get_subnet(given["SubnetIds"][0])
    return {"Ipv6AllowedForDualStack": False, **given, "VpcId": subnet.vpc_id}


replace_value(LambdaFunction, "vpc_config", property(_vpc_config))


@replaces(LambdaResponse)
def create_function(self: LambdaResponse) -> tuple[int, dict[str, Any], str]:
    """Its answer says Pending, and what is read after it Active: the function is ready at once here."""
    status, headers, body = create_function.moto(self)
    return status, headers, json.dumps(json.loads(body) | _BEING_CREATED)


@replaces(LambdaFunction)
def update_configuration(self: LambdaFunction, config_updates: dict[str, Any]) -> dict[str, Any]:
    updates = dict(config_updates)
    if "Environment" in updates:
        # Terraform sends {} to take all variables away.
        updates["Environment"] = {"Variables": updates["Environment"].get("Variables") or {}}
        _check_variables(updates["Environment"]["Variables"])
    if "LoggingConfig" in updates:
        self.__dict__["logging_config"] = updates["LoggingConfig"] or {}
    if updates.get("TracingConfig"):
        self.tracing_config = updates["TracingConfig"]
    if updates.get("EphemeralStorage"):
        self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
    update_configuration.moto(self, updates)
    _new_generation(self)
    changed: dict[str, Any] = self.get_configuration()
    return changed


@replaces(LambdaFunction, "_set_function_code")
def set_function_code(self: LambdaFunction, spec: dict[str, Any]) -> None:
    """Also for UpdateFunctionCode, where moto drops a change of architecture, and both take any bytes for a zip."""
    before = dict(self.__dict__)
    set_function_code.moto(self, spec)
    if "ImageUri" not in spec and not spec.get("DryRun") and not zipfile.is_zipfile(io.BytesIO(self.code_bytes)):
        self.__dict__.update(before)
        raise InvalidParameterValueException(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        )
    if spec is not self.code and spec.get("Architectures") and not spec.get("DryRun"):
        self.architectures = spec["Architectures"]
    _new_generation(self)


@replaces(LambdaBackend)
def delete_function(self: LambdaBackend, function_name: str, qualifier: str | None = None) -> None:
    function = self.get_function(function_name, qualifier)
    delete_function.moto(self, function_name, qualifier)
    _retire(function)


@replaces(LambdaBackend, "put_function_event_invoke_config")
def put_event_invoke_config(self: LambdaBackend, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
    """moto keeps the first one for ever, so Terraform's second apply would show the same change again."""
    answer = put_event_invoke_config.moto(self, function_name, config)
    kept = self.get_function(function_name).event_invoke_config
    kept[:] = kept[-1:]
    return answer


def _new_generation(function: LambdaFunction) -> None:
    """Environments of what it was before are not used for what it is now."""
    _retire(function)
    function.__dict__["generation"] = uuid4().hex


def _retire(function: LambdaFunction) -> None:
    generation = function.__dict__.get("generation")
    if generation is not None and _runtime is not None:
        _runtime.retire(f"{generation}/{function.version}")


def _check_variables(variables: dict[str, str]) -> None:
    reserved = sorted(_RESERVED & set(variables))
    if reserved:
        raise InvalidParameterValueException(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
            f"this request: {', '.join(reserved)}"
        )


@replaces(LambdaFunction, "__init__")
def _init(self: LambdaFunction, account_id: str, spec: dict[str, Any], *args: Any, **kwargs: Any) -> None:
    _check_variables(spec.get("Environment", {}).get("Variables") or {})
    _init.moto(self, account_id, spec, *args, **kwargs)
    self.__dict__["logging_config"] = spec.get("LoggingConfig") or {}
    self.__dict__["readiness"] = Readiness(used=context.clock.now())


@replaces(LambdaFunction)
def set_version(self: LambdaFunction, version: int) -> None:
    """A version is a copy of the function, and is idle by itself."""
    set_version.moto(self, version)
    self.__dict__["readiness"] = Readiness(used=context.clock.now())
