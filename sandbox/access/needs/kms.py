"""KMS, and what other services ask of a caller for a key that they use for him.

https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from moto.kms.models import kms_backends
from moto.kms.utils import _deserialize_ciphertext_blob

from sandbox.access.model import Keys, Need
from sandbox.access.needs import keys, needs, tags
from sandbox.access.needs.arns import arn
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

_MANAGED = "alias/aws/"
"""Keys that AWS manages let all callers of the account use them through their service."""


def used(region: str, key: str | None, actions: Iterable[str], via: str, context: Mapping[str, str]) -> Iterator[Need]:
    """What a service (``ssm``) asks for when it uses a key for its caller: nothing without a key, and nothing for one
    that AWS manages. `key` is an id, an alias or an ARN of either."""
    if not key or key.rpartition(":")[2].startswith(_MANAGED):
        return
    found = _find(region, key)
    if found is not None and any(name.startswith(_MANAGED) for name in found.aliases):
        return
    for action in actions:
        yield _need(f"kms:{action}", region, key, via=f"{via}.{region}.amazonaws.com", context=context)


def _find(region: str, key: str) -> Any:
    last = key.rpartition(":")[2]
    backend = kms_backends[ACCOUNT][region]
    if last.startswith("alias/"):
        return next((one for one in backend.keys.values() if last in one.aliases), None)
    return backend.keys.get(last.removeprefix("key/"))


def _need(
    action: str,
    region: str,
    key: str,
    *,
    via: str | None = None,
    context: Mapping[str, str] | None = None,
    own: Keys | None = None,
    request_tags: Mapping[str, str] | None = None,
) -> Need:
    """A key that is not there, and what is asked for by an alias that is none, is ``*``."""
    found = _find(region, key)
    last = key.rpartition(":")[2]
    values: dict[str, tuple[str, ...]] = {
        "kms:CallerAccount": (ACCOUNT,),
        "kms:ViaService": (via,) if via else (),
        "kms:RequestAlias": (last,) if last.startswith("alias/") else (),
        "kms:EncryptionContextKeys": tuple(context or ()),
        **{f"kms:EncryptionContext:{name}": (value,) for name, value in (context or {}).items()},
        **(own or {}),
    }
    if found is None:
        values = dict(keys.carried(action, "*", values))
        return Need(action, "*", keys=values, request_tags=request_tags or {}, resource_tags={})
    values |= {
        "kms:KeyOrigin": (found.origin,),
        "kms:KeySpec": (found.key_spec,),
        "kms:KeyUsage": (found.key_usage or "ENCRYPT_DECRYPT",),  # the default, which moto does not keep
        "kms:MultiRegion": ("true" if found.multi_region else "false",),
        "kms:ResourceAliases": tuple(found.aliases),
    }
    carried = keys.carried(action, found.arn, values)
    had = tags.on(found.arn)
    return Need(action, found.arn, keys=carried, request_tags=request_tags or {}, resource_tags=had)


@needs(
    "kms",
    *("CancelKeyDeletion", "CreateGrant", "DescribeKey", "DisableKey", "DisableKeyRotation", "EnableKey"),
    *("EnableKeyRotation", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateMac"),
    *("GetKeyPolicy", "GetKeyRotationStatus", "GetPublicKey", "ListGrants", "ListKeyPolicies", "ListKeyRotations"),
    *("ListResourceTags", "PutKeyPolicy", "RevokeGrant", "RotateKeyOnDemand", "ScheduleKeyDeletion", "Sign"),
    *("TagResource", "UntagResource", "UpdateKeyDescription", "Verify", "VerifyMac"),
)
def of_a_key(call: Call) -> Iterator[Need]:
    params = call.params
    yield _need(
        f"kms:{call.operation.name}",
        call.region,
        params["KeyId"],
        context=params.get("EncryptionContext"),
        own={key: keys.text(params.get(member)) for key, member in _MEMBERS.items()},
        request_tags=tags.given(params.get("Tags")) or tags.without_values(params.get("TagKeys", ())),
    )


_MEMBERS = {
    "kms:BypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck",
    "kms:EncryptionAlgorithm": "EncryptionAlgorithm",
    "kms:GrantOperations": "Operations",
    "kms:GranteePrincipal": "GranteePrincipal",
    "kms:MacAlgorithm": "MacAlgorithm",
    "kms:MessageType": "MessageType",
    "kms:RetiringPrincipal": "RetiringPrincipal",
    "kms:RotationPeriodInDays": "RotationPeriodInDays",
    "kms:ScheduleKeyDeletionPendingWindowInDays": "PendingWindowInDays",
    "kms:SigningAlgorithm": "SigningAlgorithm",
}


@needs("kms", "Decrypt")
def decrypt(call: Call) -> Iterator[Need]:
    yield _need("kms:Decrypt", call.region, _key_of(call), context=call.params.get("EncryptionContext"))


def _key_of(call: Call) -> str:
    """What a ciphertext was encrypted with, which it says itself; a request may say it too."""
    named: str | None = call.params.get("KeyId") or call.params.get("SourceKeyId")
    if named:
        return named
    try:
        return str(_deserialize_ciphertext_blob(call.params["CiphertextBlob"]).key_id)
    except Exception:  # bytes that are no ciphertext have no key
        return "*"


@needs("kms", "ReEncrypt")
def re_encrypt(call: Call) -> Iterator[Need]:
    params = call.params
    source, destination = params.get("SourceEncryptionContext"), params.get("DestinationEncryptionContext")
    yield _need("kms:ReEncryptFrom", call.region, _key_of(call), context=source)
    yield _need("kms:ReEncryptTo", call.region, params["DestinationKeyId"], context=destination)


@needs("kms", "CreateKey")
def create_key(call: Call) -> Iterator[Need]:
    """With tags it asks for TagResource, on a key that has no id yet."""
    brought = tags.given(call.params.get("Tags"))
    params = call.params
    found = {
        "kms:BypassPolicyLockoutSafetyCheck": keys.text(params.get("BypassPolicyLockoutSafetyCheck")),
        "kms:CallerAccount": (ACCOUNT,),
        "kms:KeyOrigin": keys.text(params.get("Origin", "AWS_KMS")),
        "kms:KeySpec": keys.text(params.get("KeySpec", "SYMMETRIC_DEFAULT")),
        "kms:KeyUsage": keys.text(params.get("KeyUsage", "ENCRYPT_DECRYPT")),
        "kms:MultiRegion": keys.text(params.get("MultiRegion", False)),
        "kms:ViaService": (),
    }
    asked = [("kms:CreateKey", "*"), *([("kms:TagResource", arn(call, "kms", "key/*"))] if brought else [])]
    for action, resource in asked:
        own = keys.carried(action, resource, found)
        yield Need(action, resource, keys=own, request_tags=brought, resource_tags={})


@needs("kms", "CreateAlias", "DeleteAlias", "UpdateAlias")
def of_an_alias(call: Call) -> Iterator[Need]:
    """On the alias and on each key that it names, before and after."""
    action, alias = f"kms:{call.operation.name}", call.params["AliasName"]
    own = {"kms:CallerAccount": (ACCOUNT,), "kms:ViaService": ()}
    yield Need(action, arn(call, "kms", alias), keys=own, request_tags={}, resource_tags={})
    now, then = _find(call.region, alias), call.params.get("TargetKeyId")
    for key in dict.fromkeys(filter(None, [now.arn if now else None, then])):
        yield _need(action, call.region, key)
