"""Integrations and VPC links: what is behind a route."""

from __future__ import annotations

import re
from functools import partial

from moto.apigatewayv2.models import Api, Integration, Route

from sandbox.aws.model.request import Call
from sandbox.aws.rules.apigatewayv2.found import api_of, backend_of, is_http
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule

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
    api = api_of(call)
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
        for api in backend_of(call).apis.values()
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


# What an integration may be ------------------------------------------------------------------------------------------

_create = partial(rule, "apigatewayv2", "CreateIntegration", code="BadRequestException", coded=False)
_set = partial(rule, "apigatewayv2", "CreateIntegration", "UpdateIntegration", code="BadRequestException", coded=False)


@rule(
    "apigatewayv2",
    *("CreateIntegration", "UpdateIntegration"),
    code="BadRequestException",
    source="https://github.com/aws/aws-cli/issues/6363",
    says="An HTTP API passes requests on as they are.",
    quote="Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, "
    "HTTP_PROXY)",
)
def integration_is_no_proxy(call: Call) -> bool:
    kind = call.params.get("IntegrationType")
    return is_http(call) and kind not in (None, "AWS_PROXY", "HTTP_PROXY")


@_create(
    source=tried("apigatewayv2/pf-apigwv2-http-proxy-integration-method"),
    says="A request is passed on with a method, which may be any.",
    quote="HttpMethod parameter method must be specified for integrationType HTTPPROXY",
)
def integration_has_no_method(call: Call) -> bool:
    proxy = call.params.get("IntegrationType") == "HTTP_PROXY"
    return is_http(call) and proxy and not call.params.get("IntegrationMethod")


@_create(
    source=tried("apigatewayv2/pf-apigwv2-http-proxy-payload-version"),
    says="A request that is passed on has one form.",
    quote="PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY",
)
def integration_has_another_payload(call: Call) -> bool:
    proxy = call.params.get("IntegrationType") == "HTTP_PROXY"
    return is_http(call) and proxy and call.params.get("PayloadFormatVersion") == "2.0"


@_create(
    source=tried("apigatewayv2/pf-apigwv2-integration-vpc-link-connection-id"),
    says="A VPC link is named.",
    quote="ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK",
)
def integration_names_no_vpc_link(call: Call) -> bool:
    return call.params.get("ConnectionType") == "VPC_LINK" and not call.params.get("ConnectionId")


@_set(
    source="https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-integrations.html",
    says="A VPC link that is named exists. (That another is refused is likely, and not seen.)",
    quote="The ID of the VPC link for a private integration.",
    worded=False,
)
def integrations_vpc_link_is_gone(call: Call) -> str | None:
    link, there = call.params.get("ConnectionId"), _there(call)
    # Without one, the connection is to the internet. A WebSocket API's is one of API Gateway's first version.
    kind = call.params.get("ConnectionType") or (there.connection_type if there else None)
    if kind != "VPC_LINK" or not link or not is_http(call) or link in backend_of(call).vpc_links:
        return None
    return f"Invalid VpcLink identifier specified {link}"


_DESTINATION = re.compile(r"(append|overwrite|remove):(header|querystring)\..+|overwrite:path")


@_set(
    source=tried("apigatewayv2/pf-apigwv2-request-parameter-action"),
    says="A header or a query parameter is appended, overwritten or removed, and a path is overwritten.",
    quote="Invalid Request Actioned Parameter destination specified:",
)
def integration_changes_something_else(call: Call) -> str | None:
    there = _there(call)
    kind = call.params.get("IntegrationType") or (there.integration_type if there else None)
    # Those of an integration with a service of AWS's are the service's.
    if not is_http(call) or kind != "HTTP_PROXY":
        return None
    for destination in call.params.get("RequestParameters") or {}:
        if not _DESTINATION.fullmatch(destination):
            return (
                "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid Request "
                f"Actioned Parameter destination specified: {destination}]"
            )
    return None


def _there(call: Call) -> Integration | None:
    """The integration that is to be changed."""
    api = api_of(call)
    return api.integrations.get(call.params.get("IntegrationId")) if api else None


# VPC links -----------------------------------------------------------------------------------------------------------


@rule(
    "apigatewayv2",
    "CreateVpcLink",
    code="BadRequestException",
    source=tried("apigatewayv2/pf-apigwv2-vpc-link-subnets-required"),
    says="A VPC link is in a subnet.",
    quote="SubnetIds for a vpc link cannot be empty",
    coded=False,
)
def vpc_link_has_no_subnet(call: Call) -> bool:
    return not call.params["SubnetIds"]
