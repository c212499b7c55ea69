"""Who may invoke a function, how often at a time, and what becomes of invocations that nobody waits for."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import LambdaFunction, lambda_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import recorded, tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

LEAST_UNRESERVED = 100
CONCURRENCY = 1000
"""An account's, where it has not been changed. A new account can have less."""


def _function(call: Call, name: str, qualifier: str | None = None) -> LambdaFunction | None:
    try:
        return lambda_backends[ACCOUNT][call.region].get_function(name, qualifier)
    except LambdaClientError:
        return None


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
    function = _function(call, call.params["FunctionName"], call.params.get("Qualifier"))
    policy = function.policy if function else None
    if policy is None or sid not in [statement.get("Sid") for statement in policy.statements]:
        return None
    return (
        f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the existing "
        "statement."
    )


@rule(
    "lambda",
    "RemovePermission",
    code="ResourceNotFoundException",
    status=404,
    source=recorded("lambda_/test_lambda_api"),
    says="Only a statement that a function's policy has can be removed from it.",
    quote="is not found in resource policy.",
)
def statement_is_not_there(call: Call) -> str | None:
    """moto has no address for an id with a dot, which RemovePermission takes and AddPermission does not."""
    sid, name = call.params["StatementId"], call.params["FunctionName"]
    function = _function(call, name, call.params.get("Qualifier"))
    if function is None:
        return (
            f"Function not found: {name if ':' in name else f'arn:aws:lambda:{call.region}:{ACCOUNT}:function:{name}'}"
        )
    if sid in [statement.get("Sid") for statement in function.policy.statements]:
        return None
    return f"Statement {sid} is not found in resource policy."


@rule(
    "lambda",
    "AddPermission",
    code="InvalidParameterValueException",
    source=recorded("lambda_/test_lambda_api"),
    says="Who may invoke a function is a service of AWS's, an account, an identity, or anyone.",
    quote="The provided principal was invalid. Please check the principal and try again.",
)
def principal_is_nobody(call: Call) -> bool:
    known = (
        r"\*|\d{12}|arn:[^:]+:(iam|sts|cloudfront)::.+|[a-z0-9.-]+\.amazonaws\.com(\.cn)?|[a-z0-9.-]*alexa[a-z0-9.-]*"
    )
    return re.fullmatch(known, call.params["Principal"]) is None


@rule(
    "lambda",
    "PutFunctionConcurrency",
    code="InvalidParameterValueException",
    source=recorded("lambda_/test_lambda_api"),
    says="Functions without a share of their own keep 100 of the account's concurrent invocations.",
    quote="Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
    f"its minimum value of [{LEAST_UNRESERVED}].",
)
def concurrency_leaves_too_little(call: Call) -> bool:
    own = _function(call, call.params["FunctionName"])
    others = [other for other in lambda_backends[ACCOUNT][call.region].list_functions() if own is not other]
    reserved = sum(int(other.reserved_concurrency or 0) for other in others if other.version == "$LATEST")
    asked = int(call.params["ReservedConcurrentExecutions"])
    return own is not None and CONCURRENCY - reserved - asked < LEAST_UNRESERVED


# Invocations that nobody waits for -----------------------------------------------------------------------------------

_config = partial(
    rule,
    "lambda",
    *("PutFunctionEventInvokeConfig", "UpdateFunctionEventInvokeConfig"),
    code="InvalidParameterValueException",
)


def _destinations(call: Call) -> dict[str, Any]:
    config = call.params.get("DestinationConfig") or {}
    given = {when: (config.get(when) or {}).get("Destination") for when in ("OnSuccess", "OnFailure")}
    return {when: arn for when, arn in given.items() if arn}


@_config(
    source=recorded("lambda_/test_lambda_api"),
    says="The configuration says something.",
    quote="You must specify at least one of error handling or destination setting.",
)
def event_configuration_says_nothing(call: Call) -> bool:
    said = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
    return all(call.params.get(name) is None for name in said)


@_config(
    source=tried("lambda/pf-lambda-eic-destination-service"),
    says="A record goes to a queue, a topic, a bucket, a function or an event bus.",
    quote="The provided destination config DestinationConfig(",
    coded=False,
)
def destination_is_of_another_service(call: Call) -> str | None:
    given = _destinations(call)
    if all(
        arn.split(":")[2:3] in ([name] for name in ("sqs", "sns", "s3", "lambda", "events")) for arn in given.values()
    ):
        return None
    shown = ", ".join(
        f"on{when[2:]}=On{when[2:]}(destination={given[when]})" if when in given else f"on{when[2:]}=null"
        for when in ("OnSuccess", "OnFailure")
    )
    return f"The provided destination config DestinationConfig({shown}) is invalid."


@_config(
    source=recorded("lambda_/test_lambda_api"),
    says="A function does not follow itself.",
    quote="You can't specify the function as a destination for itself.",
)
def destination_is_the_function_itself(call: Call) -> bool:
    own = _function(call, call.params["FunctionName"])
    return own is not None and own.function_arn.split(":")[:7] in [
        arn.split(":")[:7] for arn in _destinations(call).values()
    ]


@_config(
    source=recorded("lambda_/test_lambda_api"),
    says="A function that is a destination exists.",
    quote="The destination ARN arn:",
)
def destination_is_gone(call: Call) -> str | None:
    for arn in _destinations(call).values():
        parts = arn.split(":")
        near = parts[2:5] == ["lambda", call.region, ACCOUNT]
        if near and _function(call, parts[6], parts[7] if len(parts) > 7 else None) is None:
            return f"The destination ARN {arn} is invalid."
    return None
