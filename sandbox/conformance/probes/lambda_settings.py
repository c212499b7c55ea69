"""Lambda: functions that cannot be run, networks that are none, and what becomes of invocations."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from typing import Any

from sandbox.conformance.probe import Probe, Request, breaks, without
from sandbox.conformance.world import World

_MIB = 2**20


def _new(**changes: Any) -> Request:
    """CreateFunction."""

    def request(world: World) -> dict[str, Any]:
        assert world.function, "the role must be known everywhere first, and this function has it too"
        return world.function_settings(f"{world.name}-refused") | changes

    return request


def _there(**more: Any) -> Request:
    return lambda world: {"FunctionName": world.function} | more


def _from_two_places(world: World) -> dict[str, Any]:
    settings = _new()(world)
    return settings | {"Code": settings["Code"] | {"S3Bucket": world.bucket, "S3Key": "function.zip"}}


@cache
def _zeros() -> bytes:
    """A small zip of more than 250 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file, file.open("zeros", "w") as zeros:
        for _ in range(251):
            zeros.write(bytes(_MIB))
    return buffer.getvalue()


def _in_a_vpc(world: World, **changes: Any) -> dict[str, Any]:
    network = {"SubnetIds": world.subnets, "SecurityGroupIds": [world.security_group]} | changes
    return _new(VpcConfig=network)(world)


def _permission(principal: str) -> Request:
    return _there(StatementId="nobody", Action="lambda:InvokeFunction", Principal=principal)


def _on_failure(world: World, destination: str) -> dict[str, Any]:
    return _there(DestinationConfig={"OnFailure": {"Destination": destination}})(world)


_NEW: list[tuple[str, Request, str]] = [
    ("timeout_is_too_long", _new(Timeout=901), "Member must have value less than or equal to 900"),
    ("memory_is_too_large", _new(MemorySize=10241), "'MemorySize' value failed to satisfy constraint"),
    (
        "function_has_no_handler",
        lambda world: without(_new()(world), "Handler"),
        "Runtime and Handler are mandatory parameters",
    ),
    (
        "role_does_not_trust_lambda",
        lambda world: _new(Role=world.execution_role)(world),
        "The role defined for the function cannot be assumed by Lambda.",
    ),
    (
        "dead_letters_go_elsewhere",
        lambda world: _new(DeadLetterConfig={"TargetArn": world.arn("lambda", f"function:{world.function}")})(world),
        "Invalid dead letter queue ARN",
    ),
    ("code_comes_from_two_places", _from_two_places, "other FunctionCode parameters when providing a ZipFile"),
    (
        "code_is_in_half_an_object",
        lambda world: _new(Code={"S3Bucket": world.bucket})(world),
        "S3 Bucket and Key are required",
    ),
    ("function_has_no_code", _new(Code={}), ""),
    ("unpacked_zip_is_too_large", lambda world: _new(Code={"ZipFile": _zeros()})(world), "Unzipped size"),
    (
        "function_is_half_in_a_vpc",
        lambda world: _in_a_vpc(world, SecurityGroupIds=[]),
        "SubnetIds and SecurityIds must coexist or be both empty list.",
    ),
    (
        "functions_subnet_is_gone",
        lambda world: _in_a_vpc(world, SubnetIds=["subnet-0123456789abcdef0"]),
        "InvalidSubnetID.NotFound",
    ),
    (
        "functions_group_is_gone",
        lambda world: _in_a_vpc(world, SecurityGroupIds=["sg-0123456789abcdef0"]),
        "InvalidGroup.NotFound",
    ),
    (
        "function_is_in_two_vpcs",
        lambda world: _in_a_vpc(world, SecurityGroupIds=[world.other_security_group]),
        "Subnets and Security Groups must belong to the same VPC.",
    ),
    (
        "functions_role_may_not_attach_it",
        lambda world: _in_a_vpc(world) | {"Role": world.function_role_without_vpc},
        "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
    ),
]

_EVENTS: list[tuple[str, Request, str]] = [
    (
        "destination_is_of_another_service",
        lambda world: _on_failure(world, world.arn("kinesis", f"stream/{world.missing}")),
        "The provided destination config DestinationConfig(",
    ),
    (
        "destination_is_the_function_itself",
        lambda world: _on_failure(world, world.arn("lambda", f"function:{world.function}")),
        "You can't specify the function as a destination for itself.",
    ),
    (
        "destination_is_gone",
        lambda world: _on_failure(world, world.arn("lambda", f"function:{world.missing}")),
        "The destination ARN arn:",
    ),
]

PROBES: list[Probe] = [
    *(breaks(rule, "CreateFunction", request, message=message) for rule, request, message in _NEW),
    *(breaks(rule, "PutFunctionEventInvokeConfig", request, message=message) for rule, request, message in _EVENTS),
    breaks(
        "principal_is_nobody",
        "AddPermission",
        _permission("invalid.nonaws.com"),
        message="The provided principal was invalid.",
    ),
    # More than any account has.
    breaks(
        "concurrency_leaves_too_little",
        "PutFunctionConcurrency",
        _there(ReservedConcurrentExecutions=1_000_000),
        message="decreases account's UnreservedConcurrentExecution",
    ),
]
