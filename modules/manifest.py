"""What the release CLI needs to know of a service, where it can find it without Terraform: in one SSM parameter."""

import json
from dataclasses import dataclass, replace
from typing import Any

from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from modules.api import PublishedRoutes
from modules.deployment import DeploymentAttributes
from modules.hook import HookAttributes
from modules.names import ServiceId
from modules.service import ServiceAttributes, repository_uri
from modules.traffic import Listener, TargetGroup, TrafficRoutes

VERSION = 1
LIMIT = 4096  # characters that a standard parameter holds


@dataclass(frozen=True, kw_only=True)
class ManifestProps:
    service: ServiceId
    """The service. Its environment and key are how the CLI finds the manifest."""

    running: ServiceAttributes
    """The running service and its task definition."""

    deployment: DeploymentAttributes
    """The application and deployment group to release with."""

    routes: TrafficRoutes
    """The listeners and target groups that a release changes."""

    hook: HookAttributes
    """The hook, and the log group with its reasons."""

    scalable_target: str | None = None
    """What autoscaling knows the service by, `service/<cluster>/<service>`; None: nothing scales it."""

    published: PublishedRoutes
    """The service's public URL and routes."""


class Manifest(Construct):
    """Writes `/greenlight/<environment>/<service>`, in the clear: it holds no secret, and reviewers see its changes."""

    def __init__(self, scope: Construct, id: str, props: ManifestProps) -> None:
        super().__init__(scope, id)
        parameter = SsmParameter(
            self,
            "parameter",
            name=props.service.manifest,
            description=f"Release manifest of {props.service.environment}/{props.service.key}",
            type="String",
            insecure_value=_text(props),
            # Last made and first to go: a release finds either everything that it needs, or no service of that name.
            depends_on=list(props.deployment.releasable),
        )
        self.name = parameter.name
        self.too_large = _too_large(props)


def _too_large(props: ManifestProps) -> str | None:
    """Why SSM would refuse the manifest, if it would, counted with the longest of what only AWS knows yet."""
    size = len(_text(_longest(props)))
    if size <= LIMIT:
        return None
    made_of, remedy = f"{len(props.published.keys)} routes", "such as ANY /orders/{proxy+}"
    if props.deployment.alarms:
        made_of += f" and {len(props.deployment.alarms)} alarms"
        remedy += ", or shorten the names in alarms.more"
    return (
        f"routes: {made_of} make a release manifest of up to {size} characters, and SSM holds {LIMIT}: put routes "
        f"together with path variables, {remedy}"
    )


def _longest(props: ManifestProps) -> ManifestProps:
    service, location, arn = props.service, props.service.location, props.service.location.arn

    def balancing(kind: str, ids: int) -> str:
        return arn("elasticloadbalancing", f"{kind}{'/0123456789abcdef' * ids}")

    def listener(known: Listener) -> Listener:
        return replace(known, arn=balancing(f"listener/app/{service.environment}", 2))

    def group(known: TargetGroup) -> TargetGroup:
        return replace(known, arn=balancing(f"targetgroup/{known.name}", 1))

    running, routes = props.running, props.routes
    dns_name = f"internal-{service.environment}-0123456789.{location.region}.elb.amazonaws.com"
    return replace(
        props,
        running=replace(
            running,
            task_definition_arn=arn("ecs", f"task-definition/{running.task.family}:1000000"),
            placement=replace(
                running.placement,
                places=replace(
                    running.placement.places,
                    subnet_ids=["subnet-0123456789abcdef0"] * len(running.placement.places.subnet_ids),
                ),
                security_group_id="sg-0123456789abcdef0",
            ),
        ),
        routes=replace(
            routes,
            load_balancer=replace(routes.load_balancer, dns_name=dns_name),
            prod=listener(routes.prod),
            test=listener(routes.test),
            blue=group(routes.blue),
            green=group(routes.green),
        ),
        hook=replace(props.hook, arn=arn("lambda", f"function:{service.hook}")),
        scalable_target=props.scalable_target and f"service/{service.environment}/{service.name}",
        published=replace(
            props.published,
            url=f"https://0123456789.execute-api.{location.region}.amazonaws.com",
            vpc_link_id="0123456789",
        ),
    )


def _text(props: ManifestProps) -> str:
    return json.dumps(_content(props), separators=(",", ":"))


def _content(props: ManifestProps) -> dict[str, Any]:
    service, running, routes = props.service, props.running, props.routes
    task, placement, places = running.task, running.placement, running.placement.places
    return {
        "version": VERSION,
        "environment": service.environment,
        "service": service.key,
        "region": service.location.region,
        "account": service.location.account,
        "cluster": running.cluster_name,
        "ecs_service": service.name,
        "task_definition": running.task_definition_arn,
        "container": {"name": task.container.name, "port": task.container.port, "architecture": task.architecture},
        "repository": repository_uri(task.image),
        "codedeploy": {
            "application": props.deployment.application,
            "group": props.deployment.group,
            "config": props.deployment.config,
            "approval_wait_minutes": props.deployment.settings.approval_wait_minutes,
            "bake_minutes": props.deployment.settings.bake_minutes,
        },
        "load_balancer": {
            "dns_name": routes.load_balancer.dns_name,
            "prod_listener": routes.prod.arn,
            "prod_port": routes.prod.port,
            "test_listener": routes.test.arn,
            "test_port": routes.test.port,
            "blue": {"name": routes.blue.name, "arn": routes.blue.arn},
            "green": {"name": routes.green.name, "arn": routes.green.arn},
        },
        "network": {
            "cidr": placement.vpc_cidr,
            "vpc_id": places.vpc_id,
            "zones": list(places.zones),
            "leaving": list(places.leaving),
            "subnets": list(places.subnet_ids),
            "security_groups": [placement.security_group_id],
            "assign_public_ip": "DISABLED",
        },
        "hooks": {**props.deployment.settings.hooks, "BeforeAllowTraffic": props.hook.arn},
        "scalable_target": props.scalable_target,
        "alarms": list(props.deployment.alarms),
        "log_groups": {"service": running.log_group_name, "hooks": {"BeforeAllowTraffic": props.hook.log_group_name}},
        "urls": {"api": props.published.url, "routes": list(props.published.keys)},
        "vpc_link": props.published.vpc_link_id,
    }
