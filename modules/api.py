"""The public side: an HTTP API, its VPC link, and each service's routes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
from modules.inputs import LOG_RETENTION_DAYS, REQUEST_TIMEOUT_SECONDS, Throttling
from modules.names import ServiceId

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
    """The environment's name; also part of the VPC link's and the log group's names."""

    subnet_ids: Sequence[str]
    """Private subnets for the VPC link. A change replaces the link; the new one is created first."""

    security_group_id: str
    """The VPC link's security group, which can reach only prod listeners."""

    throttling: Throttling = field(default_factory=Throttling)
    """Request limits."""

    log_retention_days: int = LOG_RETENTION_DAYS
    """Days that the access log is kept."""


@dataclass(frozen=True, kw_only=True)
class ApiAttributes:
    id: str
    vpc_link_id: str
    endpoint: str
    """The URL that the API reports. The provider composes `invoke_url` itself, which always points to AWS."""


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
                throttling_rate_limit=props.throttling.rate, throttling_burst_limit=props.throttling.burst
            ),
        )
        self.attributes = ApiAttributes(id=api.id, vpc_link_id=link.id, endpoint=api.api_endpoint)


@dataclass(frozen=True, kw_only=True)
class Target:
    """The integration that a route forwards to."""

    service: str
    """The service's key in the environment, for messages."""

    integration: str
    """`integrations/<id>`."""


@dataclass(frozen=True, kw_only=True)
class PublishedRoutes:
    """A service's public URL and routes."""

    url: str
    """The API's URL."""

    keys: Sequence[str]
    """Route keys of the service, such as "GET /one"."""

    vpc_link_id: str
    """The VPC link that its requests take."""


@dataclass(frozen=True, kw_only=True)
class IntegrationProps:
    service: ServiceId
    """The service that answers."""

    api: ApiAttributes
    """The API and its VPC link."""

    prod_listener_arn: str
    """Where requests are sent. CodeDeploy decides which version is behind it."""

    routes: Sequence[str]
    """The service's route keys, such as "GET /one". `Routes` creates them."""

    behind: Sequence[ITerraformDependable] = ()
    """For depends_on: the security group rules from the link to the load balancer, and the service itself."""

    timeout_seconds: int = REQUEST_TIMEOUT_SECONDS
    """Seconds that a request may take before the API responds with an error; API Gateway allows 30."""


class Integration(Construct):
    """Leads through the VPC link to one service's prod listener, so always to the version that is live."""

    def __init__(self, scope: Construct, id: str, props: IntegrationProps) -> None:
        super().__init__(scope, id)
        integration = Apigatewayv2Integration(
            self,
            "integration",
            api_id=props.api.id,
            integration_type="HTTP_PROXY",
            integration_method="ANY",
            integration_uri=props.prod_listener_arn,
            connection_type="VPC_LINK",
            connection_id=props.api.vpc_link_id,
            payload_format_version="1.0",  # the only one an HTTP proxy knows
            timeout_milliseconds=props.timeout_seconds * 1000,
            # When its service is taken away, requests stop to be sent there before it goes.
            depends_on=list(props.behind),
        )
        target = Target(service=props.service.key, integration=f"integrations/{integration.id}")
        self.targets = dict.fromkeys(props.routes, target)
        self.published = PublishedRoutes(url=props.api.endpoint, keys=props.routes, vpc_link_id=props.api.vpc_link_id)


@dataclass(frozen=True, kw_only=True)
class RoutesProps:
    api_id: str
    """The API that the routes belong to."""

    routes: Mapping[str, Target]
    """Targets by route key, such as "GET /one". Requests without a matching route get a 404."""

    deployed: Deployed | None = None
    """Used to reject a plan that would lose requests; None: no such check."""


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
