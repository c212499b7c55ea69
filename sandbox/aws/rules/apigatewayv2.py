"""API Gateway (HTTP APIs): routes and stages that are there, integrations that lead nowhere, what is used or gone."""

from __future__ import annotations

import re

from moto.apigatewayv2.models import Api, ApiGatewayV2Backend, Route, apigatewayv2_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT


def _backend(call: Call) -> ApiGatewayV2Backend:
    return apigatewayv2_backends[ACCOUNT][call.region]


def _other_routes(call: Call) -> list[Route]:
    api = _backend(call).apis.get(call.params["ApiId"])
    return [route for route in api.routes.values() if route.route_id != call.params.get("RouteId")] if api else []


_HTTP_ROUTE = re.compile(r"\$default|(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /\S*")


@rule(
    "apigatewayv2",
    *("CreateRoute", "UpdateRoute"),
    code="BadRequestException",
    source="https://github.com/CloudCtzn/rubiconapi/blob/main/TROUBLESHOOTING.md",
    says="An HTTP API's route key is a method and a path, or $default.",
    quote="The provided route key is not formatted properly for HTTP protocol. Format should be",
)
def route_key_has_another_form(call: Call) -> str | None:
    api, key = _backend(call).apis.get(call.params["ApiId"]), call.params.get("RouteKey")
    if api is None or api.protocol_type != "HTTP" or key is None or _HTTP_ROUTE.fullmatch(key):
        return None
    return (
        "The provided route key is not formatted properly for HTTP protocol. Format should be "
        '"[HTTP METHOD] /[RESOURCE PATH]" or "$default"'
    )


@rule(
    "apigatewayv2",
    *("CreateRoute", "UpdateRoute"),
    code="ConflictException",
    status=409,
    source="https://github.com/anomalyco/sst/issues/5031",
    says="An API has a route key once.",
    quote="Route with key ANY /{proxy+} already exists for this API",
)
def route_key_is_taken(call: Call) -> str | None:
    key = call.params.get("RouteKey")
    taken = key in [route.route_key for route in _other_routes(call)]
    return f"Route with key {key} already exists for this API" if taken else None


@rule(
    "apigatewayv2",
    *("CreateRoute", "UpdateRoute"),
    code="ConflictException",
    status=409,
    source="https://github.com/plutomi/plutomi/issues/271",
    says="Routes of one method whose paths differ in nothing but a variable's name cannot be told apart. (Seen for "
    "paths that are otherwise equal; whether a common beginning is enough is not known, and passes here.)",
    quote="has a conflicting variable on the same hierarchical level as",
)
def route_variable_conflicts(call: Call) -> str | None:
    key = call.params.get("RouteKey")
    for route in _other_routes(call):
        if key and key != route.route_key and _shape(key) == _shape(route.route_key):
            return (
                f'The provided route key "{key}" has a conflicting variable on the same hierarchical level as '
                f'"{route.route_key}"'
            )
    return None


def _shape(route_key: str) -> list[str]:
    """A route key without the names of its variables."""
    parts = route_key.split("/")
    return [("{+}" if part.endswith("+}") else "{}") if part.startswith("{") else part for part in parts]


@rule(
    "apigatewayv2",
    "CreateStage",
    code="ConflictException",
    status=409,
    source="https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html",
    says="An API has a stage once.",
    quote="The resource already exists.",
    worded=False,
)
def stage_name_is_taken(call: Call) -> str | None:
    api = _backend(call).apis.get(call.params["ApiId"])
    return "Stage already exists" if api and call.params["StageName"] in api.stages else None


_PRIVATE = re.compile(
    r"arn:[^:]+:(elasticloadbalancing:[^:]+:\d{12}:listener/.+|servicediscovery:[^:]+:\d{12}:service/.+)"
)


@rule(
    "apigatewayv2",
    *("CreateIntegration", "UpdateIntegration"),
    code="BadRequestException",
    source="https://github.com/anomalyco/sst/issues/5510",
    says="A VPC link leads to a load balancer's listener, not to the load balancer, or to a Cloud Map service.",
    quote="integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN",
)
def private_integration_leads_to_no_listener(call: Call) -> str | None:
    uri = call.params.get("IntegrationUri")
    if call.params.get("ConnectionType") != "VPC_LINK" or uri is None or _PRIVATE.fullmatch(uri):
        return None
    return "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN."


def _routes_to(api: Api, integration_id: str) -> list[Route]:
    return [route for route in api.routes.values() if route.target == f"integrations/{integration_id}"]


@rule(
    "apigatewayv2",
    "DeleteIntegration",
    code="ConflictException",
    status=409,
    source="https://github.com/milliHQ/terraform-aws-next-js/issues/247",
    says="An integration stays as long as a route leads to it.",
    quote="Cannot delete Integration because it is referenced by the following Routes with Ids: [xrfucl1]",
)
def integration_has_routes(call: Call) -> str | None:
    api = _backend(call).apis.get(call.params["ApiId"])
    routes = _routes_to(api, call.params["IntegrationId"]) if api else []
    ids = ", ".join(route.route_id for route in routes)
    return (
        f"Cannot delete Integration because it is referenced by the following Routes with Ids: [{ids}]" if ids else None
    )


@rule(
    "apigatewayv2",
    "DeleteVpcLink",
    code="BadRequestException",
    source="https://github.com/hashicorp/terraform-provider-aws/issues/12195",
    says="A VPC link stays as long as a route leads through it.",
    quote="Vpc link 'l4er5c', is referenced in [ANY:qtfgl2b] in format of [Method:Resource]",
)
def vpc_link_has_routes(call: Call) -> str | None:
    link = call.params["VpcLinkId"]
    uses = [
        f"{route.route_key.split(' ')[0] if ' ' in route.route_key else 'ANY'}:{route.route_id}"
        for api in _backend(call).apis.values()
        for integration in api.integrations.values()
        if integration.connection_id == link
        for route in _routes_to(api, integration.id)
    ]
    if not uses:
        return None
    return (
        f"Cannot delete vpc link. Vpc link '{link}', is referenced in [{', '.join(uses)}] in format of "
        "[Method:Resource]."
    )


@rule(
    "apigatewayv2",
    *("TagResource", "UntagResource", "GetTags"),
    code="NotFoundException",
    status=404,
    source="https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html",
    says="Tags are those of a resource that exists.",
    quote="The resource specified in the request was not found",
    worded=False,
)
def tagged_resource_is_gone(call: Call) -> str | None:
    """A stage that is gone is refused by its API."""
    arn = call.params["ResourceArn"]
    kind, _, rest = arn.partition("::/")[2].partition("/")
    known = {"apis": _backend(call).apis, "vpclinks": _backend(call).vpc_links}.get(kind)
    if known is None or rest.split("/")[0] in known:
        return None
    return f"Invalid resource identifier specified: {arn}"


@rule(
    "apigatewayv2",
    *("DeleteApi", "DeleteRoute", "DeleteIntegration", "DeleteStage", "DeleteVpcLink"),
    code="NotFoundException",
    status=404,
    source="https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid.html",
    says="What is gone is not deleted again.",
    quote="The resource specified in the request was not found",
    worded=False,
)
def deleted_resource_is_gone(call: Call) -> str | None:
    """A part of an API that is gone is refused by the API."""
    backend, params = _backend(call), call.params
    api = backend.apis.get(params.get("ApiId", ""))
    what = call.operation.name.removeprefix("Delete")
    known, name = {
        "Api": (backend.apis, "ApiId"),
        "VpcLink": (backend.vpc_links, "VpcLinkId"),
        "Route": (api and api.routes, "RouteId"),
        "Integration": (api and api.integrations, "IntegrationId"),
        "Stage": (api and api.stages, "StageName"),
    }[what]
    return None if known is None or params[name] in known else f"Invalid {what} identifier specified {params[name]}"
