"""Lambda: the room for environment variables, names, settings for events, and permissions that are there already."""

from __future__ import annotations

import json

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import lambda_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_MOST_BYTES = 4096


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
    if len(measured.encode()) <= _MOST_BYTES:
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
    "CreateFunction",
    code="InvalidParameterValueException",
    source="https://github.com/aws/aws-sdk-go/issues/2183",
    says="A function is made with its code.",
    quote="Please provide a source for function code.",
)
def function_has_no_code(call: Call) -> str | None:
    code = call.params["Code"]
    given = code.get("ZipFile") or code.get("ImageUri") or (code.get("S3Bucket") and code.get("S3Key"))
    return None if given else "Please provide a source for function code."


@rule(
    "lambda",
    "PutFunctionEventInvokeConfig",
    code="InvalidParameterValueException",
    # AWS's answers to the tests of another project.
    source="https://github.com/localstack/localstack/blob/main/tests/aws/services/lambda_/test_lambda_api.snapshot.json",
    says="The settings for events have one of their parts at least.",
    quote="You must specify at least one of error handling or destination setting.",
)
def event_settings_are_empty(call: Call) -> str | None:
    if {"MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig"} & set(call.params):
        return None
    return "You must specify at least one of error handling or destination setting."


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


@rule(
    "lambda",
    "AddPermission",
    code="ResourceConflictException",
    status=409,
    source="https://github.com/terraform-aws-modules/terraform-aws-lambda/issues/547",
    says="A function's policy has a statement id once.",
    quote="provided already exists. Please provide a new statement id, or remove the existing statement.",
)
def statement_id_is_taken(call: Call) -> str | None:
    sid = call.params["StatementId"]
    try:
        function = lambda_backends[ACCOUNT][call.region].get_function(
            call.params["FunctionName"], call.params.get("Qualifier")
        )
    except LambdaClientError:
        return None
    policy = function.policy
    if policy is None or sid not in [statement.get("Sid") for statement in policy.statements]:
        return None
    return (
        f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing "
        "statement."
    )
