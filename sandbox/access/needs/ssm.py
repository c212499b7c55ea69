"""Systems Manager: parameters, and what else moto has of it.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html (KMS)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from moto.core.utils import get_service_model
from moto.ssm.models import ssm_backends

from sandbox.access.model import Keys, Need
from sandbox.access.needs import keys, kms, needs, secretsmanager, tags
from sandbox.access.needs.arns import arn, passed
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT


def _parameter(call: Call, name: str) -> str:
    """By name, with or without a slash before it, or by ARN; a version or a label behind it is not part of it."""
    plain = _plain(name)
    if plain.startswith("/aws/service/"):
        # Public parameters are nobody's: https://docs.aws.amazon.com/systems-manager/latest/userguide/
        # parameter-store-public-parameters.html
        return f"arn:aws:ssm:{call.region}::parameter{plain}"
    return arn(call, "ssm", f"parameter/{plain.removeprefix('/')}")


def _plain(name: str) -> str:
    """``/a/b`` of an ARN too, in which a name's own slash is the one behind ``parameter``."""
    return (name.partition(":parameter")[2] if name.startswith("arn:") else name).partition(":")[0]


def _need(call: Call, resource: str, own: Keys | None = None, action: str | None = None) -> Need:
    action = f"ssm:{action or call.operation.name}"
    return Need(
        action,
        resource,
        keys=keys.carried(action, resource, own or {}),
        request_tags=tags.given(call.params.get("Tags")) or tags.without_values(call.params.get("TagKeys", ())),
        resource_tags=_tags(resource),
    )


def _tags(resource: str) -> dict[str, str] | None:
    """Of parameters and documents; None for kinds of which nobody looks up the tags."""
    return tags.on(resource) if ":parameter/" in resource or ":document/" in resource else None


_SECRETS = "/aws/reference/secretsmanager/"
_GET_SECRET_VALUE = get_service_model("secretsmanager").operation_model("GetSecretValue")


def _get_secret_value(call: Call, secret_id: str) -> Call:
    return Call("secretsmanager", _GET_SECRET_VALUE, {"SecretId": secret_id}, call.region)


def _decrypted(call: Call, names: Iterable[str]) -> Iterator[Need]:
    """kms:Decrypt of each that is kept under a customer's key; a reference to a secret asks for the secret:
    https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html"""
    if not call.params.get("WithDecryption"):
        return
    kept: Any = ssm_backends[ACCOUNT][call.region]._parameters
    for name in names:
        if name.startswith(_SECRETS):
            yield from secretsmanager.of_a_secret(_get_secret_value(call, name.removeprefix(_SECRETS)))
        versions = kept[name] if name in kept else kept.get(name.removeprefix("/"), ())
        secret = [one.keyid for one in versions if one.parameter_type == "SecureString"]
        for key in dict.fromkeys(secret[-1:]):
            context = {"PARAMETER_ARN": _parameter(call, name)}
            yield from kms.used(call.region, key, ("Decrypt",), "ssm", context)


@needs(
    "ssm",
    *("DeleteParameter", "GetParameter", "GetParameterHistory", "LabelParameterVersion", "UnlabelParameterVersion"),
)
def of_a_parameter(call: Call) -> Iterator[Need]:
    yield _need(call, _parameter(call, call.params["Name"]))
    yield from _decrypted(call, [_plain(call.params["Name"])])


@needs("ssm", "DeleteParameters", "GetParameters")
def of_parameters(call: Call) -> Iterator[Need]:
    for resource in dict.fromkeys(_parameter(call, name) for name in call.params["Names"] or ["*"]):
        yield _need(call, resource)
    yield from _decrypted(call, [_plain(name) for name in call.params["Names"]])


@needs("ssm", "GetParametersByPath")
def get_parameters_by_path(call: Call) -> Iterator[Need]:
    """On the path itself: who may read it, reads all that is below it."""
    path = call.params["Path"]
    yield _need(call, _parameter(call, path), {"ssm:Recursive": keys.text(bool(call.params.get("Recursive")))})
    below = path.rstrip("/") + "/"
    kept: Any = ssm_backends[ACCOUNT][call.region]._parameters
    yield from _decrypted(call, [name for name in list(kept) if name.startswith(below)])


@needs("ssm", "PutParameter")
def put_parameter(call: Call) -> Iterator[Need]:
    params = call.params
    resource = _parameter(call, params["Name"])
    own = {"ssm:Overwrite": keys.text(bool(params.get("Overwrite"))), "ssm:Policies": keys.text(params.get("Policies"))}
    yield _need(call, resource, own)
    if params.get("Tags"):
        yield _need(call, resource, action="AddTagsToResource")
    if params.get("Type") == "SecureString":
        action = "GenerateDataKey" if params.get("Tier") == "Advanced" else "Encrypt"
        yield from kms.used(call.region, params.get("KeyId"), (action,), "ssm", {"PARAMETER_ARN": resource})


_KINDS = {
    "Automation": "automation-execution/",
    "Document": "document/",
    "MaintenanceWindow": "maintenancewindow/",
    "ManagedInstance": "managed-instance/",
    "OpsItem": "opsitem/",
    "OpsMetadata": "opsmetadata/",
    "PatchBaseline": "patchbaseline/",
    "Association": "association/",
}


@needs("ssm", "AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource")
def of_tags(call: Call) -> Iterator[Need]:
    named, kind = call.params["ResourceId"], call.params["ResourceType"]
    if kind == "Parameter":
        yield _need(call, _parameter(call, named))
    else:
        yield _need(call, arn(call, "ssm", _KINDS[kind] + named) if kind in _KINDS else "*")


# Documents, maintenance windows, patch baselines ---------------------------------------------------------------------


def _document(call: Call, name: str) -> str:
    """AWS's own are in no account."""
    account = "" if name.startswith(("AWS-", "AWSEC2-", "AWSSupport-")) else ACCOUNT
    return name if name.startswith("arn:") else f"arn:aws:ssm:{call.region}:{account}:document/{name}"


@needs(
    "ssm",
    *("CreateDocument", "DeleteDocument", "DescribeDocument", "DescribeDocumentPermission", "GetDocument"),
    *("ModifyDocumentPermission", "UpdateDocument", "UpdateDocumentDefaultVersion"),
)
def of_a_document(call: Call) -> Iterator[Need]:
    yield _need(call, _document(call, call.params["Name"]))
    if call.operation.name == "CreateDocument" and call.params.get("Tags"):
        yield _need(call, _document(call, call.params["Name"]), action="AddTagsToResource")


@needs("ssm", "SendCommand")
def send_command(call: Call) -> Iterator[Need]:
    """On the document, and on each instance; those that targets stand for are not known."""
    yield _need(call, _document(call, call.params["DocumentName"]))
    for one in call.params.get("InstanceIds") or ["*"]:
        yield _need(call, arn(call, "ec2", f"instance/{one}"))
    yield from passed(call.params.get("ServiceRoleArn"), "ssm.amazonaws.com")


@needs(
    "ssm",
    *("DeleteMaintenanceWindow", "DescribeMaintenanceWindowTargets", "DescribeMaintenanceWindowTasks"),
    *("DeregisterTargetFromMaintenanceWindow", "DeregisterTaskFromMaintenanceWindow", "GetMaintenanceWindow"),
    *("RegisterTargetWithMaintenanceWindow", "RegisterTaskWithMaintenanceWindow"),
)
def of_a_maintenance_window(call: Call) -> Iterator[Need]:
    yield _need(call, arn(call, "ssm", f"maintenancewindow/{call.params['WindowId']}"))
    for part in ("WindowTarget", "WindowTask"):
        if f"{part}Id" in call.params:
            yield _need(call, arn(call, "ssm", f"{part.lower()}/{call.params[f'{part}Id']}"))
    yield from passed(call.params.get("ServiceRoleArn"), "ssm.amazonaws.com")


@needs("ssm", "DeletePatchBaseline", "DeregisterPatchBaselineForPatchGroup", "RegisterPatchBaselineForPatchGroup")
def of_a_patch_baseline(call: Call) -> Iterator[Need]:
    yield _need(call, arn(call, "ssm", f"patchbaseline/{call.params['BaselineId']}"))
