"""What a container's ``secrets`` stand for, as a task that starts reads them, and why it cannot, in AWS's words:

denied, Parameter Store     https://github.com/aws/copilot-cli/issues/4504
denied, Secrets Manager     https://github.com/GiamPy5/terraform-aws-directus/issues/10 (KMS too)
no such JSON key            ExtractFailureReasonTests.cs of https://github.com/DEFRA/cdp-portal-backend
no JSON                     https://github.com/rileydakota/valheim-ecs-fargate-cdk/issues/9
no such parameter           "invalid ssm parameters", in two teams' notes of tasks that stopped
"""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from sandbox.clients import Caller, error_code, error_message
from sandbox.scheduler.tools import StartError
from sandbox.scheduler.way import Way

RESOURCES = "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed"
RETRIED = "service call has been retried 1 time(s)"
_MANAGER = "arn:aws:secretsmanager:"
_PRINTED_ALIKE = 10**6
"""Whole numbers below it are text alike in JSON and in Go, which ECS is written in."""


async def read(role: Caller, way: Way, region: str, secret: dict[str, str]) -> str:
    """The value of one. Raises StartError."""
    source = secret["valueFrom"]
    # By its ARN it may be in another region: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html
    region = source.split(":")[3] if source.startswith("arn:") else region
    manager = source.startswith(_MANAGER)
    try:
        return await (_secret if manager else _parameter)(role, way, region, source)
    except ClientError as error:
        where = f"failed to fetch secret {source} from secrets manager: " if manager else ""
        raise _failed(manager, f"{where}{told(error)}") from error


async def _parameter(role: Caller, way: Way, region: str, source: str) -> str:
    name = source.partition(":parameter")[2] if source.startswith("arn:") else source
    await way.to_parameter_store(region)
    # An ARN does not say whether the name of one level begins with its slash.
    for spelled in dict.fromkeys([name, name.removeprefix("/")] if source.startswith("arn:") else [name]):
        answer = await role.call("ssm", region, "get_parameters", Names=[spelled], WithDecryption=True)
        if answer["Parameters"]:
            return str(answer["Parameters"][0]["Value"])
    raise _failed(False, f"invalid ssm parameters: {name}")


async def _secret(role: Caller, way: Way, region: str, source: str) -> str:
    # arn:aws:secretsmanager:region:account:secret:name[:json key[:version stage[:version id]]]
    parts = [*source.split(":"), "", "", ""]
    request = {"SecretId": ":".join(parts[:7]), "VersionStage": parts[8], "VersionId": parts[9]}
    await way.to_secrets_manager(region, request["SecretId"])
    named = {key: value for key, value in request.items() if value}
    answer = await role.call("secretsmanager", region, "get_secret_value", **named)
    if "SecretString" not in answer:
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-app-secrets-manager.html
        raise StartError(
            f"ResourceInitializationError: the sandbox does not know how ECS refuses a binary secret: {source}"
        )
    return _within(answer["SecretString"], parts[7]) if parts[7] else str(answer["SecretString"])


def _within(document: str, key: str) -> str:
    try:
        found = json.loads(document)
    except ValueError as error:
        raise _failed(True, f"invalid character {document[:1]!r} looking for beginning of value") from error
    if not isinstance(found, dict) or key not in found:
        raise _failed(True, f"retrieved secret from Secrets Manager did not contain json key {key}")
    return _text(found[key], key)


def _text(value: Any, key: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and abs(value) < _PRINTED_ALIKE:
        return json.dumps(value)
    raise StartError(
        f"ResourceInitializationError: the sandbox does not know how ECS writes the value of json key {key}"
    )


def _failed(manager: bool, why: str) -> StartError:
    return StartError(
        f"{RESOURCES}: unable to retrieve {'secret from asm' if manager else 'secrets from ssm'}: {RETRIED}: {why}"
    )


def told(error: ClientError) -> str:
    """As AWS's own client for Go words an error."""
    answer = error.response["ResponseMetadata"]
    return (
        f"{error_code(error)}: {error_message(error)} status code: {answer['HTTPStatusCode']}, request id: "
        f"{answer.get('RequestId', '')}"
    )
