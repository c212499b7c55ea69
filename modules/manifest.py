"""What the release CLI needs to know of a service, where it can find it without Terraform: in one SSM parameter."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter
from constructs import Construct

from modules.location import Location
from modules.traffic import TrafficRoutes

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class ManifestProps:
    environment: str
    service: str
    location: Location
    cluster_name: str
    ecs_service_name: str
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
    subnet_ids: Sequence[str]
    security_group_id: str
    hook_arn: str
    service_log_group: str
    hook_log_group: str
    api_url: str
    api_routes: Sequence[str]


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
            insecure_value=json.dumps(_content(props)),
        )
        self.name = parameter.name


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
            "test_listener": routes.test_listener_arn,
            "blue": asdict(routes.blue),
            "green": asdict(routes.green),
        },
        "network": {
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
