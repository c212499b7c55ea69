"""Secrets Manager: a secret is asked for by its ARN, whichever way it is called.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html (KMS)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moto.core.utils import get_service_model
from moto.secretsmanager.models import secretsmanager_backends

from sandbox.access import reference
from sandbox.access.model import Need
from sandbox.access.needs import keys, kms, needs, tags
from sandbox.access.needs.arns import arn
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

_MODEL = get_service_model("secretsmanager")
_OF_A_SECRET = [
    name
    for name in _MODEL.operation_names
    if "SecretId" in _MODEL.operation_model(name).input_shape.members
    and reference.resource_forms(f"secretsmanager:{name}")
]
_MEMBERS = {
    "secretsmanager:AddReplicaRegions": "AddReplicaRegions",
    "secretsmanager:BlockPublicPolicy": "BlockPublicPolicy",
    "secretsmanager:Description": "Description",
    "secretsmanager:ForceDeleteWithoutRecovery": "ForceDeleteWithoutRecovery",
    "secretsmanager:ForceOverwriteReplicaSecret": "ForceOverwriteReplicaSecret",
    "secretsmanager:KmsKeyId": "KmsKeyId",
    "secretsmanager:Name": "Name",
    "secretsmanager:RecoveryWindowInDays": "RecoveryWindowInDays",
    "secretsmanager:RotateImmediately": "RotateImmediately",
    "secretsmanager:RotationLambdaARN": "RotationLambdaARN",
    "secretsmanager:SecretId": "SecretId",
    "secretsmanager:VersionId": "VersionId",
    "secretsmanager:VersionStage": "VersionStage",
}


def _find(call: Call, secret_id: str) -> Any:
    return secretsmanager_backends[ACCOUNT][call.region].secrets.get(secret_id)


def _secret(call: Call, secret_id: str) -> str:
    found = _find(call, secret_id)
    if found is not None:
        return str(found.arn)
    return secret_id if secret_id.startswith("arn:") else arn(call, "secretsmanager", f"secret:{secret_id}")


def _need(call: Call, resource: str, action: str | None = None) -> Need:
    action = f"secretsmanager:{action or call.operation.name}"
    own = {key: keys.text(_plain(call.params.get(member))) for key, member in _MEMBERS.items()}
    return Need(
        action,
        resource,
        keys=keys.carried(action, resource, own),
        request_tags=tags.given(call.params.get("Tags")) or tags.without_values(call.params.get("TagKeys", ())),
        resource_tags=tags.on(resource),
    )


def _plain(value: Any) -> Any:
    return [one.get("Region", "") for one in value] if isinstance(value, list) else value


@needs("secretsmanager", *_OF_A_SECRET)
def of_a_secret(call: Call) -> Iterator[Need]:
    """A policy can be validated for no secret in particular."""
    secret_id = call.params.get("SecretId")
    if secret_id is None:
        yield Need(f"secretsmanager:{call.operation.name}", request_tags={}, resource_tags={})
        return
    yield _need(call, _secret(call, secret_id))
    if call.params.get("RotationLambdaARN"):
        # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
        yield Need("lambda:InvokeFunction", call.params["RotationLambdaARN"], request_tags={})
    actions = _USES.get(call.operation.name, ())
    found = _find(call, secret_id)
    key = call.params.get("KmsKeyId") or getattr(found, "kms_key_id", None)
    yield from kms.used(call.region, key, actions, "secretsmanager", {"SecretARN": _secret(call, secret_id)})


_USES = {
    "GetSecretValue": ("Decrypt",),
    "PutSecretValue": ("GenerateDataKey", "Decrypt"),
    "UpdateSecret": ("GenerateDataKey", "Encrypt", "Decrypt"),
}
"""What is asked for a customer's key. The context has the version's id too, which is not known here.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
"""


@needs("secretsmanager", "CreateSecret")
def create_secret(call: Call) -> Iterator[Need]:
    """AWS adds six characters to the name.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    """
    made = arn(call, "secretsmanager", f"secret:{call.params['Name']}-*")
    yield _need(call, made)
    if call.params.get("Tags"):
        yield _need(call, made, "TagResource")
    if call.params.get("AddReplicaRegions"):
        yield _need(call, made, "ReplicateSecretToRegions")
    key = call.params.get("KmsKeyId")
    yield from kms.used(call.region, key, ("GenerateDataKey", "Decrypt"), "secretsmanager", {"SecretARN": made})


@needs("secretsmanager", "BatchGetSecretValue")
def batch_get_secret_value(call: Call) -> Iterator[Need]:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html: of each secret too,
    and with filters a list of all of them."""
    yield Need("secretsmanager:BatchGetSecretValue", request_tags={}, resource_tags={})
    if call.params.get("Filters"):
        yield Need("secretsmanager:ListSecrets", request_tags={}, resource_tags={})
    for one in call.params.get("SecretIdList") or ["*"]:
        resource = _secret(call, one)
        yield _need(call, resource, "GetSecretValue")
        key = getattr(_find(call, one), "kms_key_id", None)
        yield from kms.used(call.region, key, ("Decrypt",), "secretsmanager", {"SecretARN": resource})
