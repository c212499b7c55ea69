"""Lambda.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from moto.core.utils import get_service_model
from moto.ec2.models import ec2_backends

from sandbox.access import reference
from sandbox.access.model import Keys, Need
from sandbox.access.needs import keys, kms, needs, tags
from sandbox.access.needs.arns import arn, passed
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

_MODEL = get_service_model("lambda")
_INVOCATIONS = ("Invoke", "InvokeWithResponseStream")
_OF_A_FUNCTION = [
    name
    for name in _MODEL.operation_names
    if "FunctionName" in _MODEL.operation_model(name).input_shape.members
    and "function:${FunctionName}" in " ".join(reference.resource_forms(f"lambda:{name}"))
    and name not in ("CreateFunction", "UpdateFunctionConfiguration", "UpdateFunctionCode")
]
_NAME = re.compile(
    r"(?:arn:aws:lambda:[a-z0-9-]+:\d{12}:function:|(?:\d{12}:)?function:|\d{12}:function:)?"
    r"(?P<name>[A-Za-z0-9_-]+)(?::(?P<qualifier>.+))?"
)
"""A name, with the account's part of an ARN or all of it before it, and a version or an alias behind it."""


def _function(call: Call) -> str:
    """With the version or alias that is asked about: a policy on the bare ARN does not reach it.
    https://docs.aws.amazon.com/lambda/latest/dg/versioning-aliases-permissions.html"""
    found = _NAME.fullmatch(call.params["FunctionName"])
    name, qualifier = (found["name"], found["qualifier"]) if found else (call.params["FunctionName"], None)
    qualifier = call.params.get("Qualifier") or qualifier
    return arn(call, "lambda", f"function:{name}" + (f":{qualifier}" if qualifier else ""))


def _need(call: Call, resource: str, own: Keys | None = None, action: str | None = None) -> Need:
    action = f"lambda:{action or call.operation.name}"
    brought = tags.given(call.params.get("Tags")) or tags.without_values(call.params.get("TagKeys", ()))
    carried = keys.carried(action, resource, own or {})
    return Need(action, resource, keys=carried, request_tags=brought, resource_tags=_tags(resource))


def _tags(resource: str) -> dict[str, str] | None:
    """Of a function, whichever version is asked about; None for kinds of which nobody looks up the tags."""
    if resource == "*":
        return {}
    return tags.on(":".join(resource.split(":")[:7])) if ":function:" in resource else None


@needs("lambda", *_OF_A_FUNCTION)
def of_a_function(call: Call) -> Iterator[Need]:
    own = {
        "lambda:FunctionUrlAuthType": keys.text(call.params.get("FunctionUrlAuthType") or call.params.get("AuthType")),
        "lambda:FunctionArn": (_function(call),),
    }
    if call.operation.name == "AddPermission":
        own["lambda:Principal"] = keys.text(call.params.get("Principal"))
    yield _need(call, _function(call), own)


@needs("lambda", *_INVOCATIONS)
def invoke(call: Call) -> Iterator[Need]:
    own: Keys = {"lambda:EventSourceToken": (), "lambda:InvokedViaFunctionUrl": ()}
    yield _need(call, _function(call), own, "InvokeFunction")


@needs("lambda", "CreateFunction")
def create_function(call: Call) -> Iterator[Need]:
    yield _need(call, _function(call), _configured(call))
    if call.params.get("Tags"):
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-tags.html#permissions-required-for-working-with-tags-cli
        yield _need(call, _function(call), action="TagResource")
    yield from passed(call.params["Role"], "lambda.amazonaws.com")
    yield from _code(call.params["Code"])
    yield from _around(call)


@needs("lambda", "UpdateFunctionConfiguration")
def update_function_configuration(call: Call) -> Iterator[Need]:
    yield _need(call, _function(call), _configured(call))
    yield from passed(call.params.get("Role"), "lambda.amazonaws.com")
    yield from _around(call)


@needs("lambda", "UpdateFunctionCode")
def update_function_code(call: Call) -> Iterator[Need]:
    yield _need(call, _function(call))
    yield from _code(call.params)


def _configured(call: Call) -> Keys:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (condition keys for VPC settings)"""
    network = call.params.get("VpcConfig", {})
    subnets: Any = ec2_backends[ACCOUNT][call.region].subnets
    zones = [zone for zone in subnets.values() if zone]
    vpcs = dict.fromkeys(zone[one].vpc_id for zone in zones for one in network.get("SubnetIds", ()) if one in zone)
    return {
        "lambda:CodeSigningConfigArn": keys.text(call.params.get("CodeSigningConfigArn")),
        "lambda:Layer": keys.text(call.params.get("Layers")),
        "lambda:SecurityGroupIds": keys.text(network.get("SecurityGroupIds")),
        "lambda:SubnetIds": keys.text(network.get("SubnetIds")),
        "lambda:VpcIds": tuple(vpcs),
    }


def _code(code: dict[str, Any]) -> Iterator[Need]:
    """Lambda fetches a package from S3 in the caller's name."""
    if code.get("S3Bucket"):
        version = "Version" if code.get("S3ObjectVersion") else ""
        yield Need(f"s3:GetObject{version}", f"arn:aws:s3:::{code['S3Bucket']}/{code.get('S3Key', '')}")


def _around(call: Call) -> Iterator[Need]:
    """In a VPC, Lambda looks at what it names in the caller's name; layers are read, and a key is used, in it too.
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html (user permissions)
    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html (user permissions)"""
    if call.params.get("VpcConfig", {}).get("SubnetIds"):
        for action in ("ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs"):
            yield Need(action, request_tags={}, resource_tags={})
    for layer in call.params.get("Layers", ()):
        yield Need("lambda:GetLayerVersion", layer, request_tags={}, resource_tags={})
    context = {"aws:lambda:FunctionArn": _function(call)}
    yield from kms.used(call.region, call.params.get("KMSKeyArn"), ("CreateGrant", "Encrypt"), "lambda", context)


# What is not of a function -------------------------------------------------------------------------------------------


@needs("lambda", "ListTags", "TagResource", "UntagResource")
def of_tags(call: Call) -> Iterator[Need]:
    yield _need(call, call.params["Resource"])


@needs("lambda", "CreateEventSourceMapping")
def create_event_source_mapping(call: Call) -> Iterator[Need]:
    yield _need(call, "*", {"lambda:FunctionArn": (_function(call),)})


@needs("lambda", "DeleteEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping")
def of_an_event_source_mapping(call: Call) -> Iterator[Need]:
    """Of which function it is (``lambda:FunctionArn``) nobody looks up."""
    yield _need(call, arn(call, "lambda", f"event-source-mapping:{call.params['UUID']}"))


@needs("lambda", "PublishLayerVersion")
def publish_layer_version(call: Call) -> Iterator[Need]:
    yield _need(call, _layer(call))
    yield from _code(call.params["Content"])


@needs(
    "lambda",
    *("AddLayerVersionPermission", "DeleteLayerVersion", "GetLayerVersion", "GetLayerVersionPolicy"),
    "RemoveLayerVersionPermission",
)
def of_a_layer_version(call: Call) -> Iterator[Need]:
    yield _need(call, f"{_layer(call)}:{call.params['VersionNumber']}")


def _layer(call: Call) -> str:
    return arn(call, "lambda", f"layer:{call.params['LayerName'].rpartition(':')[2]}")
