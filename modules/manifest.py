"""What the release CLI needs to know of a service, where it can find it without Terraform: in one SSM parameter."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from modules.location import Location
from modules.traffic import TargetGroup, TrafficRoutes

VERSION = 1
LIMIT = 4096  # characters that a standard parameter holds


@dataclass(frozen=True, kw_only=True)
class ManifestProps:
    environment: str
    service: str
    location: Location
    cluster_name: str
    ecs_service_name: str
    family: str
    task_definition_arn: str  # the newest that Terraform made; releases start from it
    container_name: str
    container_port: int
    architecture: str
    repository: str | None  # None: the image is not in private ECR
    deployment_group: str  # and the application's name
    deployment_config: str
    bake_minutes: int
    dns_name: str
    traffic_routes: TrafficRoutes
    prod_port: int
    test_port: int
    cidr: str  # of the VPC
    subnet_ids: Sequence[str]
    security_group_id: str
    hook_arn: str
    service_log_group: str
    hook_log_group: str
    api_url: str
    api_routes: Sequence[str]
    releasable: Sequence[ITerraformDependable] = ()  # without which no release can begin


class Manifest(Construct):
    """Writes `/greenlight/<environment>/<service>`, in the clear: it holds no secret, and reviewers see its changes."""

    def __init__(self, scope: Construct, id: str, props: ManifestProps) -> None:
        super().__init__(scope, id)
        parameter = SsmParameter(
            self,
            "parameter",
            name=f"/greenlight/{props.environment}/{props.service}",
            description=f"Release manifest of {props.environment}/{props.service}",
            type="String",
            insecure_value=_text(props),
            # Last made and first to go: a release finds either everything that it needs, or no service of that name.
            depends_on=list(props.releasable),
        )
        self.name = parameter.name
        self.too_large = _too_large(props)


def _too_large(props: ManifestProps) -> str | None:
    """Why SSM would refuse the manifest, if it would, counted with the longest of what only AWS knows yet."""
    size = len(_text(_longest(props)))
    if size <= LIMIT:
        return None
    return (
        f"routes: {len(props.api_routes)} routes make a release manifest of up to {size} characters, and SSM holds "
        f"{LIMIT}: put routes together with path variables, such as ANY /orders/{{proxy+}}"
    )


def _longest(props: ManifestProps) -> ManifestProps:
    arn, name = props.location.arn, props.environment

    def balancing(kind: str, ids: int) -> str:
        return arn("elasticloadbalancing", f"{kind}{'/0123456789abcdef' * ids}")

    def group(name: str) -> TargetGroup:
        return TargetGroup(name=name, arn=balancing(f"targetgroup/{name}", 1))

    return replace(
        props,
        task_definition_arn=arn("ecs", f"task-definition/{props.family}:1000000"),
        dns_name=f"internal-{name}-0123456789.{props.location.region}.elb.amazonaws.com",
        traffic_routes=TrafficRoutes(
            prod_listener_arn=balancing(f"listener/app/{name}", 2),
            test_listener_arn=balancing(f"listener/app/{name}", 2),
            blue=group(props.traffic_routes.blue.name),
            green=group(props.traffic_routes.green.name),
        ),
        subnet_ids=["subnet-0123456789abcdef0"] * len(props.subnet_ids),
        security_group_id="sg-0123456789abcdef0",
        hook_arn=arn("lambda", f"function:{props.hook_log_group.rpartition('/')[2]}"),
        api_url=f"https://0123456789.execute-api.{props.location.region}.amazonaws.com",
    )


def _text(props: ManifestProps) -> str:
    return json.dumps(_content(props), separators=(",", ":"))


def _content(props: ManifestProps) -> dict[str, Any]:
    routes = props.traffic_routes
    return {
        "version": VERSION,
        "environment": props.environment,
        "service": props.service,
        "region": props.location.region,
        "account": props.location.account,
        "cluster": props.cluster_name,
        "ecs_service": props.ecs_service_name,
        "task_definition": props.task_definition_arn,
        "container": {"name": props.container_name, "port": props.container_port, "architecture": props.architecture},
        "repository": props.repository,
        "codedeploy": {
            "application": props.deployment_group,
            "group": props.deployment_group,
            "config": props.deployment_config,
            "approval_wait_minutes": 0,
            "bake_minutes": props.bake_minutes,
        },
        "load_balancer": {
            "dns_name": props.dns_name,
            "prod_listener": routes.prod_listener_arn,
            "prod_port": props.prod_port,
            "test_listener": routes.test_listener_arn,
            "test_port": props.test_port,
            "blue": asdict(routes.blue),
            "green": asdict(routes.green),
        },
        "network": {
            "cidr": props.cidr,
            "subnets": list(props.subnet_ids),
            "security_groups": [props.security_group_id],
            "assign_public_ip": "DISABLED",
        },
        "hooks": {"BeforeAllowTraffic": props.hook_arn},
        "scalable_target": None,
        "alarms": [],
        "log_groups": {"service": props.service_log_group, "hooks": {"BeforeAllowTraffic": props.hook_log_group}},
        "urls": {"api": props.api_url, "routes": list(props.api_routes)},
    }
