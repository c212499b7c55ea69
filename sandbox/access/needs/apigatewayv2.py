"""API Gateway (HTTP and WebSocket APIs): the action is the request's verb, the resource is its path.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-iam-policy-examples.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from moto.apigatewayv2.models import apigatewayv2_backends
from moto.core.utils import get_service_model

from sandbox.access.model import Keys, Need
from sandbox.access.needs import keys, needs, tags
from sandbox.access.needs.arns import passed
from sandbox.access.needs.linked_roles import linked_role
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

_MODEL = get_service_model("apigatewayv2")
_BY_PATH = [
    name
    for name in _MODEL.operation_names
    if re.match(r"/v2/(apis|vpclinks|tags)(/|$)", _MODEL.operation_model(name).http["requestUri"])
    and name not in ("TagResource", "UntagResource")
]
"""Domain names, portals and routing rules have permissions of their own, and are not mapped."""

_LOG_DELIVERY = (
    *("logs:CreateLogDelivery", "logs:PutResourcePolicy", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery"),
    *("logs:DescribeResourcePolicies", "logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:DescribeLogGroups"),
)
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html#http-api-logging.permissions
and https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html: all that both name, but
for what is needed to make the group or to read the log."""


def _resource(call: Call) -> str:
    """``arn:aws:apigateway:REGION::/apis/ID/…``: the path without the version."""
    names = {
        member.serialization["name"]: str(call.params.get(name, ""))
        for name, member in call.operation.input_shape.members.items()
        if member.serialization.get("location") == "uri"
    }
    path = call.operation.http["requestUri"].removeprefix("/v2")
    filled = re.sub(r"\{([^}+]+)\+?\}", lambda found: _in_path(found[1], names[found[1]]), path)
    return f"arn:aws:apigateway:{call.region}::{filled}"


def _in_path(name: str, value: str) -> str:
    """An ARN is one part of the path, as IAM sees it in https://github.com/mattclay/aws-terminator/pull/284."""
    return quote(value, safe="*") if name == "resource-arn" else value


def _tags_of(resource: str, region: str) -> dict[str, str] | None:
    """None for parts of an API: whether they have the API's tags for IAM is not written anywhere."""
    backend: Any = apigatewayv2_backends[ACCOUNT][region]
    match resource.partition("::/")[2].split("/"):
        case ["apis" | "vpclinks", _]:
            return dict(backend.tagger.get_tag_dict_for_resource(resource))
        case ["apis", api, "stages", name]:
            stage = _stage(region, api, name)
            return dict(stage.tags or {}) if stage else {}
    return None


def _stage(region: str, api_id: str, name: str) -> Any:
    backend: Any = apigatewayv2_backends[ACCOUNT][region]
    return backend.apis[api_id].stages.get(name) if api_id in backend.apis else None


_REQUEST_KEYS = {
    "Name": "ApiName",
    "DisableExecuteApiEndpoint": "DisableExecuteApiEndpoint",
    "ApiKeyRequired": "ApiKeyRequired",
    "AuthorizationType": "RouteAuthorizationType",
    "AuthorizerType": "AuthorizerType",
    "AuthorizerUri": "AuthorizerUri",
}


def _keys(call: Call) -> Keys:
    """``apigateway:Request/…``; what exists already (``apigateway:Resource/…``) nobody fills."""
    members = call.operation.input_shape.members
    found = {
        f"apigateway:Request/{key}": keys.text(call.params.get(name))
        for name, key in _REQUEST_KEYS.items()
        if name in members
    }
    if "AccessLogSettings" in members:
        settings = call.params.get("AccessLogSettings", {})
        found["apigateway:Request/AccessLoggingDestination"] = keys.text(settings.get("DestinationArn"))
        found["apigateway:Request/AccessLoggingFormat"] = keys.text(settings.get("Format"))
    return found


def _verb(call: Call) -> Need:
    brought = tags.given(call.params.get("Tags")) or tags.without_values(call.params.get("TagKeys", ()))
    action, resource = f"apigateway:{call.operation.http['method']}", _resource(call)
    return Need(
        action,
        resource,
        keys=keys.carried(action, resource, _keys(call)),
        request_tags=brought,
        resource_tags=_tags_of(resource, call.region),
    )


@needs("apigatewayv2", *_BY_PATH)
def by_path(call: Call) -> Iterator[Need]:
    """With what is asked for beside the verb: by tags, by access logs, and by the first VPC link of an account."""
    yield _verb(call)
    brought = tags.given(call.params.get("Tags"))
    if brought:
        # https://github.com/aws-amplify/amplify-cli/issues/12316: on the path that is posted to
        yield Need("apigateway:TagResource", _resource(call), request_tags=brought)
    role = call.params.get("CredentialsArn") or call.params.get("AuthorizerCredentialsArn")
    if role and not role.endswith(":user/*"):
        # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html; the other form is no role, but
        # whoever calls the API.
        yield from passed(role, "apigateway.amazonaws.com")
    if call.params.get("AccessLogSettings"):
        yield from map(Need, _LOG_DELIVERY)
    if call.operation.name in ("DeleteAccessLogSettings", "DeleteStage") and _has_log(call):
        yield Need("logs:DeleteLogDelivery")
    if call.operation.name == "CreateVpcLink":
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/using-service-linked-roles.html
        yield from linked_role("ops.apigateway.amazonaws.com", "AWSServiceRoleForAPIGateway")


def _has_log(call: Call) -> bool:
    stage = _stage(call.region, call.params["ApiId"], call.params["StageName"])
    return bool(stage and stage.access_log_settings)


@needs("apigatewayv2", "TagResource", "UntagResource")
def of_tags(call: Call) -> Iterator[Need]:
    """The verb on /tags/ARN (https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/997), and
    the action of the tags on what they are of (https://github.com/aws-amplify/amplify-cli/issues/12316)."""
    verb = _verb(call)
    yield verb
    resource = call.params["ResourceArn"]
    had = _tags_of(resource, call.region)
    yield Need(f"apigateway:{call.operation.name}", resource, request_tags=verb.request_tags, resource_tags=had)
