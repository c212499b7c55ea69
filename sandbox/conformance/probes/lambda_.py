"""Lambda: functions and their defaults, the room for variables, permissions, and functions that are not there."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, answered, breaks, refused, without, worded
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/lambda/latest/api"
_RECORDED = (
    "https://github.com/localstack/localstack/blob/main/tests/aws/services/lambda_/test_lambda_api.snapshot.json"
)
"""AWS's answers to the tests of another project."""

_SEEN = "https://github.com/aarondfrancis/sidecar/issues/147"
"""A report of a request that did not fit the model."""

_TOO_MUCH = {"Variables": {"CHECKS": "a" * 4096}}


def _tried(world: World, **changes: Any) -> dict[str, Any]:
    assert world.function, "the role must be known everywhere first, and this function has it too"
    return world.function_settings(f"{world.name}-tried") | changes


def _defaults(world: World) -> dict[str, Any]:
    # A name of its own: Lambda may need a while to delete what it is still making.
    return without(without(_tried(world, FunctionName=f"{world.name}-defaults"), "Architectures"), "Timeout")


def _gone(world: World) -> dict[str, Any]:
    return {"FunctionName": world.missing}


def _there(world: World, **changes: Any) -> dict[str, Any]:
    return {"FunctionName": world.function} | changes


def _permission(function: str) -> dict[str, Any]:
    return {
        "FunctionName": function,
        "StatementId": "rule",
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
    }


def _permission_again(world: World) -> dict[str, Any]:
    world.account.call("lambda", "AddPermission", **_permission(world.function))
    return _permission(world.function)


PROBES: list[Probe] = [
    answered(
        "lambda",
        "CreateFunction",
        "a function is Pending at first, with 128 MB, 3 seconds and the log group of its name",
        _defaults,
        {
            "State": "Pending",
            "Version": "$LATEST",
            "PackageType": "Zip",
            "MemorySize": 128,
            "Timeout": 3,
            "Architectures": ["x86_64"],
            "EphemeralStorage.Size": 512,
            "TracingConfig.Mode": "PassThrough",
            "LoggingConfig.LogFormat": "Text",
            "LoggingConfig.LogGroup": lambda world: f"/aws/lambda/{world.name}-defaults",
        },
        f"{_API}/API_CreateFunction.html",
    ),
    breaks("environment_is_too_large", "CreateFunction", lambda world: _tried(world, Environment=_TOO_MUCH)),
    breaks(
        "environment_is_too_large",
        "UpdateFunctionConfiguration",
        lambda world: _there(world, Environment=_TOO_MUCH),
        case="a function that is there",
    ),
    breaks(
        "function_name_is_too_long",
        "CreateFunction",
        lambda world: _tried(world, FunctionName=world.name.ljust(65, "x")),
    ),
    refused(
        "lambda",
        "CreateFunction",
        "a function's name is used once",
        lambda world: world.function_settings(world.function),
        "ResourceConflictException",
        "https://github.com/nficano/python-lambda/issues/38",
        409,
    ),
    refused(
        "lambda",
        "CreateFunction",
        "a function's code is a zip",
        lambda world: _tried(world, Code={"ZipFile": b"#!/bin/sh"}),
        "InvalidParameterValueException",
        "https://github.com/github-aws-runners/terraform-aws-github-runner/issues/2269",
    ),
    refused(
        "lambda",
        "CreateFunction",
        "a function's role is an ARN",
        lambda world: _tried(world, Role="hook"),
        "ValidationException",
        _SEEN,
    ),
    refused(
        "lambda",
        "CreateFunction",
        "a function has a second at least",
        lambda world: _tried(world, Timeout=0),
        "ValidationException",
        _SEEN,
    ),
    refused(
        "lambda",
        "UpdateFunctionConfiguration",
        "a variable's name has no hyphen",
        lambda world: _there(world, Environment={"Variables": {"MY-COLOR": "blue"}}),
        "ValidationException",
        _SEEN,
    ),
    refused(
        "lambda",
        "UpdateFunctionConfiguration",
        "a variable that Lambda sets is not set by others",
        lambda world: _there(world, Environment={"Variables": {"AWS_REGION": "us-east-1"}}),
        "InvalidParameterValueException",
        "https://github.com/localstack/localstack/issues/2951",
    ),
    refused(
        "lambda",
        "PutFunctionEventInvokeConfig",
        "an event waits for a minute at least",
        lambda world: _there(world, MaximumEventAgeInSeconds=59),
        "ValidationException",
        _SEEN,
    ),
    breaks("event_configuration_says_nothing", "PutFunctionEventInvokeConfig", _there),
    refused(
        "lambda",
        "GetFunctionEventInvokeConfig",
        "a function has no settings for events unless it is given some",
        _there,
        "ResourceNotFoundException",
        _RECORDED,
        404,
    ),
    refused(
        "lambda",
        "GetPolicy",
        "a function has no policy unless it is given a permission",
        _there,
        "ResourceNotFoundException",
        _RECORDED,
        404,
    ),
    worded("statement_is_not_there", "RemovePermission", lambda world: _there(world, StatementId="none")),
    breaks(
        "statement_is_not_there", "RemovePermission", lambda world: _there(world, StatementId="a.dot"), "with a dot"
    ),
    refused(
        "lambda",
        "AddPermission",
        "a permission's id has no dot",
        lambda world: _permission(world.function) | {"StatementId": "the.rule"},
        "ValidationException",
        _RECORDED,
    ),
    breaks("statement_id_is_taken", "AddPermission", _permission_again),
    answered(
        "lambda",
        "Invoke",
        "a dry run tells that a function could be invoked",
        lambda world: _there(world, InvocationType="DryRun"),
        {"StatusCode": 204},
        f"{_API}/API_Invoke.html",
    ),
    refused(
        "lambda",
        "Invoke",
        "what a function is invoked with is JSON",
        lambda world: _there(world, Payload=b"{wake"),
        "InvalidRequestContentException",
        "https://github.com/localstack/localstack/blob/main/tests/aws/services/lambda_/test_lambda.snapshot.json",
    ),
    *(
        refused("lambda", operation, claim, request, "ResourceNotFoundException", f"{_API}/API_{operation}.html", 404)
        for operation, claim, request in (
            ("GetFunction", "a function that is not there is not shown", _gone),
            ("Invoke", "a function that is not there is not invoked", _gone),
            (
                "UpdateFunctionConfiguration",
                "a function that is not there is not changed",
                lambda world: _gone(world) | {"Timeout": 5},
            ),
            (
                "AddPermission",
                "a function that is not there has no permissions",
                lambda world: _permission(world.missing),
            ),
            ("DeleteFunction", "a function that is not there is not deleted", _gone),
        )
    ),
]
