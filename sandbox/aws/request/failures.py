"""What AWS says where moto fails, as far as the call shows it.

moto looks things up without having looked whether they are there: a name, a member that the model does not require, a
page of a list. AWS has an error for each, in its models. A failure of our own code is never taken for one of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any
from urllib.parse import unquote

from werkzeug.wrappers import Request

from sandbox.aws.errors import NOT_MODELLED
from sandbox.aws.model.constraints import Violation
from sandbox.aws.model.request import Call, WrongTypeError, read
from sandbox.aws.model.wording import CODES, Refusal, refusal, wrong_type

_PARTIAL = {
    "apigateway": "ImportApi|ReimportApi",
    "ec2": (
        "TransitGateway|Spot|Fleet|Host|LaunchTemplate|TrafficMirror|Instance|Image|Snapshot|EbsDefault|PrefixList"
        "|NetworkInterface|Ipv6"
    ),
    "events": "Partner",
    "iam": "ServiceLinkedRole|InstanceProfile",
    "kms": "GenerateRandom|ReplicateKey|Grant",
    "logs": "Delivery|Query",
    "s3": "SelectObjectContent",
    "secretsmanager": "RandomPassword|Replica|Replicat|VersionStage",
    "sns": "PlatformApplication",
    "ssm": "PatchBaseline|Document",
    "sts": "SAML",
}
"""Service -> words in the names of operations that moto has in part. No client of this stack calls one of them."""

_TOKENS = ("nexttoken", "marker", "paginationtoken")
_NOT_FOUND = re.compile(r"NotFound|DoesNotExist|NotExist|NoSuch")


def explained(request: Request, service: str, action: str, problem: Exception) -> Refusal | None:
    """The refusal that AWS has for this call; None where the failure is not moto's, or tells nothing.

    Where the operation is one that moto has in part only, it is refused as not modelled.
    """
    if not _is_in_moto(problem.__traceback__):
        return None
    request.environ["wsgi.input"].seek(0)
    try:
        call = read(request, service)
    except WrongTypeError as wrong:
        return wrong_type(wrong)
    found = _said_by(call, problem) if call else None
    if found is None and re.search(_PARTIAL.get(service, "$^"), action):
        return Refusal(NOT_MODELLED, f"The sandbox does not model this request of {action} of {service}: {problem!r}.")
    return found


def _said_by(call: Call, problem: Exception) -> Refusal | None:
    token = next((name for name in call.params if name.lower() in _TOKENS), None)
    # S3's markers are keys, which the caller chooses.
    if token is not None and call.service != "s3":
        return _wrong_token(call, token)
    if not isinstance(problem, KeyError) or not isinstance(problem.args[0], str):
        return None
    key = problem.args[0]
    missing = next(_without(call.operation.input_shape, call.params, key, ""), None)
    return refusal(call.service, [missing]) if missing else _not_found(call, key)


def _is_in_moto(traceback: TracebackType | None) -> bool:
    """Whether moto's is the last of the frames that are moto's or ours."""
    package = ""
    while traceback is not None:
        name = str(traceback.tb_frame.f_globals.get("__name__")).partition(".")[0]
        package = name if name in ("moto", "sandbox") else package
        traceback = traceback.tb_next
    return package == "moto"


def _wrong_token(call: Call, member: str) -> Refusal:
    """moto's tokens are numbers and names that it gave out itself: it fails at any other."""
    errors = call.operation.error_shapes
    own = [shape for shape in errors if "token" in shape.name.lower()]
    own += [shape for shape in errors if shape.name == "InvalidParameterException"]
    return _refusal(call, own, f"The {member} {call.params[member]!r} is not one that was given with a page.")


def _without(shape: Any, value: Any, key: str, path: str) -> Iterator[Violation]:
    """Each structure in ``value`` that lacks its member ``key``."""
    if shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        for name, member in shape.members.items():
            place = f"{path}{name[:1].lower()}{name[1:]}"
            if value.get(name) is not None:
                yield from _without(member, value[name], key, f"{place}.")
            elif key in (name, member.serialization.get("name")):
                yield Violation(place, name, member.name, None, "missing", "Member must not be null")
    elif shape.type_name == "list":
        for number, item in enumerate(value, 1):
            yield from _without(shape.member, item, key, f"{path}{number}.member.")
    elif shape.type_name == "map":
        for name, item in value.items():
            yield from _without(shape.value, item, key, f"{path}{name}.member.")


def _not_found(call: Call, key: str) -> Refusal | None:
    """Where ``key`` is what the call names, or the end of it."""
    for name, text in _texts(call.params, ""):
        # moto does not decode every part of a path.
        if unquote(key) in (text, text.split("/")[-1], text.split(":")[-1]):
            errors = [shape for shape in call.operation.error_shapes if _NOT_FOUND.search(shape.name)]
            # ClusterNotFoundException is for what `cluster` names.
            errors.sort(key=lambda shape: _NOT_FOUND.split(shape.name)[0].lower() not in (name.lower(), "resource"))
            return _refusal(call, errors, f"{name} {text} does not exist.") if errors else None
    return None


def _texts(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every text in the parameters, with the name of its member."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, name)


def _refusal(call: Call, errors: list[Any], message: str) -> Refusal:
    """By the first of these errors of the model, or else by the code that the service has for a bad request."""
    if not errors:
        return Refusal(CODES[call.service][0], message)
    trait = errors[0].metadata.get("error", {})
    return Refusal(trait.get("code", errors[0].name), message, trait.get("httpStatusCode", 400))
