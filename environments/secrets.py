"""Where a service's secrets are: ARNs, as ECS takes them in `valueFrom`.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
"""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from environments.shown import shown
from environments.values import Text, all_of
from modules.location import Location

_PARAMETER = re.compile(r"arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter(?:/[A-Za-z0-9_.-]+)+")
_SECRET = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+")
# ECS's own, behind a secret's ARN: key of a JSON document, version stage, version id, each of which may be empty.
_PARTS = re.compile(r"(?::[^:]*:[^:]*:[^:]*)?")

KmsKey = Annotated[
    str,
    Text(
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+",
        "a key's ARN, arn:aws:kms:<region>:<account>:key/<id>, since a policy does not know keys by alias",
    ),
]


def _secrets(given: dict[str, str]) -> dict[str, str]:
    all_of([f"{name} {wrong}" for name, arn in given.items() if (wrong := _wrong(arn))])
    return given


def _wrong(arn: str) -> str | None:
    secret = _SECRET.match(arn)
    if _PARAMETER.fullmatch(arn) or (secret and _PARTS.fullmatch(arn, secret.end())):
        return None
    if secret:
        return (
            "must end with the secret's name or with all of <name>:<json-key>:<version-stage>:<version-id>, of which "
            f"the last three may be empty, as in db-AbCdEf:password::, got {shown(arn)}"
        )
    return (
        "must be the ARN of an SSM parameter, arn:aws:ssm:<region>:<account>:parameter/<name>, or of a Secrets "
        f"Manager secret, arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>, got {shown(arn)}"
    )


Secrets = Annotated[dict[str, str], AfterValidator(_secrets)]


def elsewhere(arns: Mapping[str, str], location: Location) -> list[str]:
    """What is wrong with these, by key: a task that starts depends on no other region, and on no other account."""
    mistakes = []
    for key, arn in arns.items():
        _, partition, _, region, account, *_ = arn.split(":")
        if (partition, region, account) != (location.partition, location.region, location.account):
            wanted = f"region {location.region} and account {location.account}"
            mistakes.append(f"{key} must be in {wanted}, where the tasks run, got {shown(arn)}")
    return mistakes
