"""The secrets of a task definition's containers: what reads them, and what they may be called."""

from __future__ import annotations

from functools import partial

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

_task = partial(rule, "ecs", "RegisterTaskDefinition", code="ClientException", coded=False)


@_task(
    source=tried("ecs/pf-ecs-secrets-without-execution-role"),
    says="It is the task's execution role that reads secrets.",
    quote="When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
)
def secrets_have_no_role(call: Call) -> bool:
    given = any(container.get("secrets") for container in call.params["containerDefinitions"])
    return given and not call.params.get("executionRoleArn")


@_task(
    source="https://github.com/dagster-io/dagster/issues/11622",
    says="A variable is a secret or a plain one.",
    quote="The secret name must be unique and not shared with any new or existing environment variables set on the "
    "container, such as",
    coded=True,
)
def secret_is_called_as_a_variable(call: Call) -> str | None:
    for container in call.params["containerDefinitions"]:
        plain = {variable["name"] for variable in container.get("environment") or []}
        for secret in container.get("secrets") or []:
            if secret["name"] in plain:
                return (
                    "The secret name must be unique and not shared with any new or existing environment variables set "
                    f"on the container, such as '{secret['name']}'."
                )
    return None


@_task(
    source="https://github.com/CircleCI-Public/aws-ecs-orb/issues/190",
    says="A container's secrets have names of their own.",
    quote="Each secret name must be unique.",
    coded=True,
)
def secret_name_is_given_twice(call: Call) -> str | None:
    for container in call.params["containerDefinitions"]:
        names = [secret["name"] for secret in container.get("secrets") or []]
        for name in names:
            if names.count(name) > 1:
                return f"Duplicate secret names found: {name}. Each secret name must be unique."
    return None
