"""API Gateway (HTTP APIs): the API's address is the data plane's, stages can be changed, new things are as AWS's."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from moto.apigatewayv2 import urls
from moto.apigatewayv2.models import Api, ApiGatewayV2Backend, Stage, VpcLink
from moto.apigatewayv2.responses import ApiGatewayV2Response as Response

from sandbox.aws import context
from sandbox.aws.patch import adds, replace_value, replaces
from sandbox.network import idle_links

_STAGE = {
    "accessLogSettings": "access_log_settings",
    "autoDeploy": "auto_deploy",
    "clientCertificateId": "client_certificate_id",
    "defaultRouteSettings": "default_route_settings",
    "description": "description",
    "routeSettings": "route_settings",
    "stageVariables": "stage_variables",
}


def _endpoint(self: Api) -> str:
    """moto's is an address at amazonaws.com. The data plane answers below its own address, by the API's id."""
    return f"{context.settings.data_plane_url}/{self.api_id}"


def _assigned(_api: Api, _address: str) -> None:
    """moto's constructor sets it."""


replace_value(Api, "api_endpoint", property(_endpoint, _assigned))
replace_value(
    urls,
    "url_paths",
    {
        **urls.url_paths,
        # A change of default_tags tags the stage, whose ARN moto does not know as a path.
        "{0}/v2/tags/(?P<a>[^/]+)/apis/(?P<b>[^/]+)/stages/(?P<c>[^/]+)$": Response.dispatch,
        "{0}/v2/apis/(?P<api_id>[^/]+)/stages/(?P<stage_name>[^/]+)/accesslogsettings$": Response.dispatch,
    },
)


@adds(Response)
def update_stage(self: Response) -> tuple[int, dict[str, str], str]:
    """moto has no UpdateStage, so no change of throttling or access logs could ever be applied."""
    parts = self.path.split("/")
    stage = self.apigatewayv2_backend.get_stage(parts[-3], unquote(parts[-1]))
    body = json.loads(self.body)
    for key, attribute in _STAGE.items():
        if key in body:
            setattr(stage, attribute, body[key])
    stage.updated = datetime.now()
    return 200, {}, json.dumps(stage.to_json())


@adds(Response)
def delete_access_log_settings(self: Response) -> tuple[int, dict[str, str], str]:
    parts = self.path.split("/")
    self.apigatewayv2_backend.get_stage(parts[-4], unquote(parts[-2])).access_log_settings = None
    return 204, {}, ""


@replaces(Response)
def create_vpc_link(self: Response) -> tuple[int, dict[str, str], str]:
    """moto's is there at once, so that a client that does not wait for it is never found out."""
    status, headers, body = create_vpc_link.moto(self)
    return status, headers, json.dumps(json.loads(body) | _shown(idle_links.PENDING))


@replaces(VpcLink, "__init__")
def _init_link(self: VpcLink, *args: Any, **kwargs: Any) -> None:
    _init_link.moto(self, *args, **kwargs)
    self.__dict__["idleness"] = idle_links.Idleness(used=context.clock.now())


@replaces(VpcLink, "to_json")
def _link_to_json(self: VpcLink) -> dict[str, Any]:
    """moto's is always there."""
    return _link_to_json.moto(self) | _shown(self.__dict__["idleness"].status(context.clock.now()))


def _shown(status: idle_links.Status) -> dict[str, str]:
    return {"vpcLinkStatus": status.name, "vpcLinkStatusMessage": status.message}


@replaces(ApiGatewayV2Backend)
def create_integration(self: ApiGatewayV2Backend, *args: Any, connection_type: str | None, **kwargs: Any) -> Any:
    """moto keeps what was not given as null, which no client takes for AWS's default."""
    return create_integration.moto(self, *args, connection_type=connection_type or "INTERNET", **kwargs)


def _stage(backend: ApiGatewayV2Backend, arn: str) -> Stage | None:
    """``arn:aws:apigateway:REGION::/apis/ID/stages/NAME``"""
    _, found, rest = arn.partition("/apis/")
    api_id, stages, name = rest.partition("/stages/")
    return backend.get_stage(api_id, unquote(name)) if found and stages else None


@replaces(ApiGatewayV2Backend)
def tag_resource(self: ApiGatewayV2Backend, resource_arn: str, tags: dict[str, str]) -> None:
    stage = _stage(self, resource_arn)
    if stage is None:
        tag_resource.moto(self, resource_arn, tags)
    else:
        stage.tags = {**stage.tags, **tags}


@replaces(ApiGatewayV2Backend)
def untag_resource(self: ApiGatewayV2Backend, resource_arn: str, tag_keys: list[str]) -> None:
    stage = _stage(self, resource_arn)
    if stage is None:
        untag_resource.moto(self, resource_arn, tag_keys)
    else:
        stage.tags = {key: value for key, value in stage.tags.items() if key not in tag_keys}


@replaces(ApiGatewayV2Backend)
def get_tags(self: ApiGatewayV2Backend, resource_id: str) -> dict[str, str]:
    stage = _stage(self, resource_id)
    tags: dict[str, str] = get_tags.moto(self, resource_id) if stage is None else stage.tags
    return tags
