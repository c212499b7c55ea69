"""Functions: their names and sizes, their code, and the role that they run under."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import lambda_backends

from sandbox.access import trust
from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import recorded, tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

MOST_BYTES = 4096


@rule(
    "lambda",
    *("CreateFunction", "UpdateFunctionConfiguration"),
    code="InvalidParameterValueException",
    source="https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3594",
    says="All variables of a function together have 4 KB; measured is their JSON.",
    quote="the environment variables you have provided exceeded the 4KB limit. String measured:",
)
def environment_is_too_large(call: Call) -> str | None:
    variables = (call.params.get("Environment") or {}).get("Variables") or {}
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) <= MOST_BYTES:
        return None
    return (
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        f"exceeded the 4KB limit. String measured: {measured}"
    )


@rule(
    "lambda",
    "CreateFunction",
    code="InvalidParameterValueException",
    source="https://github.com/awslabs/aws-api-gateway-developer-portal/issues/425",
    says="A function's name has 64 characters at most; the model's 140 are an ARN's.",
    quote="at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64",
)
def function_name_is_too_long(call: Call) -> str | None:
    name = call.params["FunctionName"]
    if ":" in name or len(name) <= 64:
        return None
    return (
        f"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: "
        "Member must have length less than or equal to 64"
    )


@rule(
    "lambda",
    *("CreateFunction", "UpdateFunctionConfiguration"),
    code="ValidationException",
    source="https://github.com/covidatlas/li/pull/575",
    says="An invocation lasts for 900 seconds at most.",
    quote="at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900",
)
def timeout_is_too_long(call: Call) -> str | None:
    seconds = call.params.get("Timeout")
    # On capacity of one's own the limit is another.
    if seconds is None or seconds <= 900 or call.params.get("CapacityProviderConfig"):
        return None
    return (
        f"1 validation error detected: Value '{seconds}' at 'timeout' failed to satisfy constraint: Member must have "
        "value less than or equal to 900"
    )


@rule(
    "lambda",
    *("CreateFunction", "UpdateFunctionConfiguration"),
    code="InvalidParameterValueException",
    source="https://github.com/aws-samples/serverless-rag-demo/pull/124",
    says="A function has 10,240 MB of memory at most. (An account can have a lower limit, with the same words.)",
    quote="'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to",
    coded=False,
)
def memory_is_too_large(call: Call) -> str | None:
    if (call.params.get("MemorySize") or 0) <= 10240:
        return None
    return "'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240"


@rule(
    "lambda",
    "CreateFunction",
    code="InvalidParameterValueException",
    source="https://github.com/pipe-cd/pipecd/issues/1400",
    says="A zip is run by a runtime, which is told where to begin.",
    quote="Runtime and Handler are mandatory parameters for functions created with deployment packages.",
)
def function_has_no_handler(call: Call) -> bool:
    zipped = call.params.get("PackageType", "Zip") == "Zip"
    return zipped and not (call.params.get("Runtime") and call.params.get("Handler"))


@rule(
    "lambda",
    *("CreateFunction", "UpdateFunctionConfiguration"),
    code="InvalidParameterValueException",
    source="https://github.com/nficano/python-lambda/issues/28",
    says="Lambda may take the function's role.",
    quote="The role defined for the function cannot be assumed by Lambda.",
)
def role_does_not_trust_lambda(call: Call) -> bool:
    arn = call.params.get("Role")
    # A role of another account is another matter. Nothing is said on whose behalf Lambda takes it: aws:SourceArn is
    # of policies of functions, https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html
    return bool(arn) and f":{ACCOUNT}:" in str(arn) and not trust.trusts(str(arn), "lambda.amazonaws.com", call.region)


@rule(
    "lambda",
    *("CreateFunction", "UpdateFunctionConfiguration"),
    code="InvalidParameterValueException",
    source=tried("lambda/pf-lambda-dlq-service"),
    says="What failed is sent to a queue or a topic.",
    quote="Invalid dead letter queue ARN: The service specified by the TargetArn is not supported for dead letter "
    "configuration.",
    coded=False,
)
def dead_letters_go_elsewhere(call: Call) -> bool:
    arn = (call.params.get("DeadLetterConfig") or {}).get("TargetArn") or ""
    return arn != "" and arn.split(":")[2:3] not in (["sqs"], ["sns"])


# Code ----------------------------------------------------------------------------------------------------------------

MOST_ZIPPED = 52_428_800
MOST_UNZIPPED = 262_144_000
_ELSEWHERE = ("S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri")


def _code(call: Call) -> dict[str, Any]:
    """CreateFunction has it as a member, UpdateFunctionCode as its parameters."""
    code: dict[str, Any] = call.params.get("Code", call.params)
    return code


@rule(
    "lambda",
    *("CreateFunction", "UpdateFunctionCode"),
    code="InvalidParameterValueException",
    source=tried("lambda/pf-lambda-code-zipfile-exclusive"),
    says="Code comes from one place.",
    quote="Please do not provide other FunctionCode parameters when providing a ZipFile.",
    coded=False,
)
def code_comes_from_two_places(call: Call) -> bool:
    code = _code(call)
    return bool(code.get("ZipFile")) and any(code.get(name) for name in _ELSEWHERE)


@rule(
    "lambda",
    *("CreateFunction", "UpdateFunctionCode"),
    code="InvalidParameterValueException",
    source=tried("lambda/pf-lambda-code-s3-pair"),
    says="An object is in a bucket and has a key.",
    quote="S3 Bucket and Key are required for uploading with S3 parameters.",
    coded=False,
)
def code_is_in_half_an_object(call: Call) -> bool:
    code = _code(call)
    return bool(code.get("S3Bucket")) != bool(code.get("S3Key"))


@rule(
    "lambda",
    *("CreateFunction", "UpdateFunctionCode"),
    code="InvalidParameterValueException",
    source="https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html",
    says="A function has code.",
    quote="You can either specify an object in Amazon S3, upload a .zip file archive deployment package directly, or "
    "specify the URI of a container image.",
    worded=False,
    coded=False,
)
def function_has_no_code(call: Call) -> str | None:
    code = _code(call)
    given = any(code.get(name) for name in ("ZipFile", *_ELSEWHERE, "SourceKMSKeyArn"))
    return None if given else "Please provide a source for function code."


@rule(
    "lambda",
    *("CreateFunction", "UpdateFunctionCode"),
    code="RequestEntityTooLargeException",
    status=413,
    source=recorded("lambda_/test_lambda_api"),
    says="A zip that is sent along has 50 MB at most.",
    quote=f"Zipped size must be smaller than {MOST_ZIPPED} bytes",
)
def zip_is_too_large(call: Call) -> bool:
    return len(_code(call).get("ZipFile") or b"") > MOST_ZIPPED


@rule(
    "lambda",
    *("CreateFunction", "UpdateFunctionCode"),
    code="InvalidParameterValueException",
    source=recorded("lambda_/test_lambda_api"),
    says="A zip has 250 MB at most when it is unpacked.",
    quote=f"Unzipped size must be smaller than {MOST_UNZIPPED} bytes",
)
def unpacked_zip_is_too_large(call: Call) -> bool:
    try:
        with ZipFile(BytesIO(_code(call).get("ZipFile") or b"")) as archive:
            return sum(entry.file_size for entry in archive.infolist()) > MOST_UNZIPPED
    except BadZipFile:
        # moto says so.
        return False


@rule(
    "lambda",
    *("UpdateFunctionCode", "UpdateFunctionConfiguration", "PublishVersion"),
    code="ResourceConflictException",
    status=409,
    source="https://aws.amazon.com/blogs/compute/tracking-the-state-of-lambda-functions/",
    says="A function is changed while it is Active or Inactive, not while it is Pending.",
    quote="Functions can only be updated if they are in the Active or Inactive state.",
    worded=False,
)
def function_is_pending(call: Call) -> str | None:
    try:
        function = lambda_backends[ACCOUNT][call.region].get_function(call.params["FunctionName"])
    except LambdaClientError:
        return None
    state = function.get_configuration()
    if state["State"] != "Pending":
        return None
    return (
        f"The operation cannot be performed at this time. The resource {state['FunctionArn']} is currently in the "
        f"following state: 'Pending'. StateReasonCode: '{state['StateReasonCode']}'"
    )
