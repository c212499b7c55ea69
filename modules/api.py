"""The public side: an HTTP API, its VPC link, and each service's routes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.apigatewayv2_api import Apigatewayv2Api
from cdktf_cdktf_provider_aws.apigatewayv2_integration import Apigatewayv2Integration
from cdktf_cdktf_provider_aws.apigatewayv2_route import Apigatewayv2Route
from cdktf_cdktf_provider_aws.apigatewayv2_stage import (
    Apigatewayv2Stage,
    Apigatewayv2StageAccessLogSettings,
    Apigatewayv2StageDefaultRouteSettings,
)
from cdktf_cdktf_provider_aws.apigatewayv2_vpc_link import Apigatewayv2VpcLink
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from constructs import Construct

from modules.deployed import Deployed

_ACCESS_LOG = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "routeKey": "$context.routeKey",
    "path": "$context.path",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationStatus": "$context.integration.status",
    "integrationLatency": "$context.integrationLatency",
    "integrationErrorMessage": "$context.integrationErrorMessage",
}


@dataclass(frozen=True, kw_only=True)
class ApiProps:
    name: str
    subnet_ids: Sequence[str]  # private
    security_group_id: str
    rate: int = 1000  # requests a second
    burst: int = 500  # requests at once
    log_retention_days: int = 365


class Api(Construct):
    """The only way in from the internet. Requests beyond `rate` and `burst` are answered 429, and never reach a task.

    A VPC link cannot be changed: other subnets or security groups mean a new one. It is made first, the integrations
    move to it in place, and the old one goes last (AWS refuses to delete a link in use), so that no request fails.
    """

    def __init__(self, scope: Construct, id: str, props: ApiProps) -> None:
        super().__init__(scope, id)
        api = Apigatewayv2Api(self, "api", name=props.name, protocol_type="HTTP")
        link = Apigatewayv2VpcLink(
            self,
            "vpc-link",
            name=f"{props.name}-vpc-link",
            subnet_ids=list(props.subnet_ids),
            security_group_ids=[props.security_group_id],
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        # AWS delivers to groups of this prefix without an entry in the account's ten resource policies.
        logs = CloudwatchLogGroup(
            self, "logs", name=f"/aws/vendedlogs/{props.name}/api", retention_in_days=props.log_retention_days
        )
        Apigatewayv2Stage(
            self,
            "stage",
            api_id=api.id,
            name="$default",
            auto_deploy=True,
            access_log_settings=Apigatewayv2StageAccessLogSettings(
                destination_arn=logs.arn, format=json.dumps(_ACCESS_LOG)
            ),
            default_route_settings=Apigatewayv2StageDefaultRouteSettings(
                throttling_rate_limit=props.rate, throttling_burst_limit=props.burst
            ),
        )
        self.id = api.id
        # The API's own word for where it is; invoke_url would be composed by the provider, and always point to AWS.
        self.endpoint = api.api_endpoint
        self.vpc_link_id = link.id


@dataclass(frozen=True, kw_only=True)
class IntegrationProps:
    api_id: str
    vpc_link_id: str
    prod_listener_arn: str
    behind: Sequence[ITerraformDependable] = ()  # rules from the link to the load balancer, and the service itself
    timeout_seconds: int = 10  # how long a request may take; AWS allows 30


class Integration(Construct):
    """Leads through the VPC link to one service's prod listener, so always to the version that is live."""

    def __init__(self, scope: Construct, id: str, props: IntegrationProps) -> None:
        super().__init__(scope, id)
        integration = Apigatewayv2Integration(
            self,
            "integration",
            api_id=props.api_id,
            integration_type="HTTP_PROXY",
            integration_method="ANY",
            integration_uri=props.prod_listener_arn,
            connection_type="VPC_LINK",
            connection_id=props.vpc_link_id,
            payload_format_version="1.0",  # the only one an HTTP proxy knows
            timeout_milliseconds=props.timeout_seconds * 1000,
            # When its service is taken away, requests stop to be sent there before it goes.
            depends_on=list(props.behind),
        )
        self.target = f"integrations/{integration.id}"


@dataclass(frozen=True, kw_only=True)
class Target:
    service: str  # its key in the environment, for messages
    integration: str  # Integration.target


@dataclass(frozen=True, kw_only=True)
class RoutesProps:
    api_id: str
    routes: Mapping[str, Target]  # by route key, such as "GET /one"
    deployed: Deployed | None = None  # None: the plan does not look at what is deployed


class Routes(Construct):
    """All routes of the API, known by their keys alone: one that moves to another service is changed in place.

    Requests in flight end where they began, later ones go to the new service: there is no moment without the route.
    """

    def __init__(self, scope: Construct, id: str, props: RoutesProps) -> None:
        super().__init__(scope, id)
        services = {target.service for target in props.routes.values()}
        for route, target in props.routes.items():
            rules = props.deployed.route_rules(target.service, route, services) if props.deployed else None
            Apigatewayv2Route(
                self,
                _route_id(route),
                api_id=props.api_id,
                route_key=route,
                authorization_type="NONE",
                target=target.integration,
                lifecycle=TerraformResourceLifecycle(precondition=rules),
            )


def _route_id(route: str) -> str:
    """A construct id must not hold a slash."""
    return route.replace("/", "|")
