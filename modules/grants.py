"""What a service's settings allow its two roles: the secrets that ECS reads for it, and what its container does on AWS.

The boundary of an account's environments allows the same of all their services, so both are made here.
"""

import re
from collections.abc import Iterator, Sequence

from modules.iam import INLINE_LIMIT, Statement, allow, characters
from modules.needs import Grants

# Secrets Manager's own, behind the name. Without them an ARN is a partial one, but where the name itself ends like this
# AWS takes it for a whole one: https://github.com/aws-samples/dify-self-hosted-on-aws/pull/35
_WHOLE = re.compile(r".*-[A-Za-z0-9]{6}")

_PULL_AND_LOGS = 1024  # more than the execution role's other statements have
_REPOSITORY = 320  # more than the ARN of one repository has


def of_execution(grants: Sequence[Grants]) -> list[Statement]:
    """What ECS asks AWS for before a container with secrets runs."""
    arns = [arn for one in grants for arn in one.secrets.values()]
    parameters = [arn for arn in arns if arn.split(":")[2] == "ssm"]
    secrets = [_resource(arn) for arn in arns if arn not in parameters]
    keys = [key for one in grants for key in one.secrets_kms_keys]
    return [
        *([allow("ssm:GetParameters", on=_once(parameters))] if parameters else []),
        *([allow("secretsmanager:GetSecretValue", on=_once(secrets))] if secrets else []),
        *([allow("kms:Decrypt", on=_once(keys), condition=_via(arns))] if keys else []),
    ]


def of_tasks(grants: Sequence[Grants]) -> list[Statement]:
    """What the containers' own calls may do."""
    found: list[Statement] = []
    for statement in [statement for one in grants for statement in one.task_policy]:
        condition = {
            name: {key: list(values) for key, values in keys.items()} for name, keys in statement.conditions.items()
        }
        made = allow(*statement.actions, on=statement.resources, condition=condition)
        if made not in found:
            found.append(made)
    return found


def too_large(grants: Grants, sidecars: int = 0) -> Iterator[str]:
    """Why IAM would refuse a role's policy, if it would. The execution role pulls the images of `sidecars` too."""
    for size, what in (
        (
            _PULL_AND_LOGS + sidecars * _REPOSITORY + characters(of_execution([grants])),
            "secrets: the policy to read them",
        ),
        (characters(of_tasks([grants])), "task_policy: its statements"),
    ):
        if size > INLINE_LIMIT:
            yield f"{what} would have {size} characters, and IAM allows {INLINE_LIMIT}: use fewer, or wildcards"


def _resource(arn: str) -> str:
    """Of a secret, which ECS may name with a JSON key and a version behind it: policies know the whole secret only."""
    secret = ":".join(arn.split(":")[:7])
    return secret if _WHOLE.fullmatch(secret) else f"{secret}-??????"


def _via(arns: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """Both services decrypt on behalf of who reads, so ECS needs the key through them and never by itself.

    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    services = [arn.split(":")[2:4] for arn in arns]
    return {"StringEquals": {"kms:ViaService": _once([f"{name}.{region}.amazonaws.com" for name, region in services])}}


def _once(arns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(arns))
