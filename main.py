"""The architecture on one screen: each file in environments/ becomes one Terraform stack."""

import sys
import traceback
from pathlib import Path

import environments
from environments import Environment
from environments.settings import Service as ServiceSettings
from modules import hook_package  # before cdktf: it makes the provider's bindings quick
from modules.api import Api, ApiProps, Integration, IntegrationProps, Routes, RoutesProps, Target
from modules.cluster import Cluster, ClusterProps
from modules.deployed import Deployed, DeployedProps
from modules.deployment import Deployment, DeploymentProps
from modules.endpoints import Endpoints, EndpointsProps
from modules.flow_logs import FlowLogs, FlowLogsProps
from modules.hook import Hook, HookProps
from modules.hook_package import HookPackageError
from modules.load_balancer import LoadBalancer, LoadBalancerProps
from modules.location import Location
from modules.manifest import Manifest, ManifestProps
from modules.network import Network, NetworkProps
from modules.security_groups import (
    ServiceSecurityGroups,
    ServiceSecurityGroupsProps,
    SharedSecurityGroups,
    SharedSecurityGroupsProps,
)
from modules.service import Service, ServiceProps, repository_uri
from modules.traffic import HealthCheck, Traffic, TrafficProps

# isort: split
from cdktf import App, S3Backend, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

SANDBOX_ACCOUNT = "123456789012"  # no one's on AWS: what is deployed to it never runs on Lambda itself


class EnvironmentStack(TerraformStack):
    """One environment: a network, a load balancer and an API, shared by its services."""

    def __init__(self, scope: Construct, stack: str, settings: Environment) -> None:
        super().__init__(scope, stack)
        settings = environments.literal(settings)
        self._settings = settings
        self._location = Location(account=settings.account, region=settings.region)
        self._terraform(stack)

        self.mistakes: list[str] = []  # what AWS would refuse, found only once everything is put together
        network_settings, zones = settings.network, settings.availability_zones
        self._deployed = Deployed(self, "deployed", DeployedProps(environment=settings.name))
        self._network = Network(
            self,
            "network",
            NetworkProps(
                name=network_settings.name or settings.name,
                cidr=network_settings.cidr,
                availability_zones=zones,
                egress=network_settings.egress,
                deployed=self._deployed,
            ),
        )
        self._endpoints = Endpoints(
            self,
            "endpoints",
            EndpointsProps(
                name=settings.name,
                location=self._location,
                vpc_id=self._network.vpc_id,
                vpc_cidr=network_settings.cidr,
                subnet_ids=self._network.private_subnet_ids,
                route_table_ids=self._network.private_route_table_ids,
                services=settings.interface_endpoints,
            ),
        )
        FlowLogs(
            self,
            "flow-logs",
            FlowLogsProps(
                name=settings.name,
                location=self._location,
                vpc_id=self._network.vpc_id,
                retention_days=settings.log_retention_days,
            ),
        )
        self._security_groups = SharedSecurityGroups(
            self, "security-groups", SharedSecurityGroupsProps(name=settings.name, vpc_id=self._network.vpc_id)
        )
        self._api = Api(
            self,
            "api",
            ApiProps(
                name=settings.name,
                subnet_ids=self._network.private_subnet_ids,
                security_group_id=self._security_groups.vpc_link_id,
                rate=settings.throttling.rate,
                burst=settings.throttling.burst,
                log_retention_days=settings.log_retention_days,
            ),
        )
        self._load_balancer = LoadBalancer(
            self,
            "load-balancer",
            LoadBalancerProps(
                name=settings.name,
                subnet_ids=self._network.private_subnet_ids,
                security_group_id=self._security_groups.load_balancer_id,
                deletion_protection=settings.deletion_protection,
            ),
        )
        self._cluster = Cluster(self, "cluster", ClusterProps(name=settings.name))
        self._routes: dict[str, Target] = {}
        manifests = {key: self._service(key, service) for key, service in settings.services.items()}
        Routes(self._api, "routes", RoutesProps(api_id=self._api.id, routes=self._routes, deployed=self._deployed))

        TerraformOutput(self, "api_url", value=self._api.endpoint, static_id=True)
        TerraformOutput(self, "cluster_name", value=self._cluster.name, static_id=True)
        TerraformOutput(self, "manifests", value=manifests, static_id=True)

    def _service(self, key: str, service: ServiceSettings) -> str:
        """One service, in the order in which traffic meets its parts. Returns its manifest's parameter name."""
        settings, location, network = self._settings, self._location, self._network
        name = f"{settings.name}-{key}"
        container_name = service.container.name or key
        scope = Construct(self, f"service-{key}")
        ways_out = [*network.ways_out, *self._endpoints.ways_out]

        groups = ServiceSecurityGroups(
            scope,
            "security-groups",
            ServiceSecurityGroupsProps(
                name=name,
                vpc_id=network.vpc_id,
                shared=self._security_groups,
                prod_port=service.prod_port,
                test_port=service.test_port,
            ),
        )
        traffic = Traffic(
            scope,
            "traffic",
            TrafficProps(
                service=key,
                deployed=self._deployed,
                vpc_id=network.vpc_id,
                load_balancer_arn=self._load_balancer.arn,
                blue_name=settings.target_group_name(key, "blue"),
                green_name=settings.target_group_name(key, "green"),
                prod_port=service.prod_port,
                test_port=service.test_port,
                live=service.live,
                health_check=HealthCheck(**service.target_groups.health_check.model_dump()),
                deregistration_delay_seconds=service.target_groups.deregistration_delay_seconds,
            ),
        )
        ecs_service = Service(
            scope,
            "service",
            ServiceProps(
                name=name,
                family=settings.family(key),
                location=location,
                cluster_arn=self._cluster.arn,
                log_group_name=f"/ecs/{settings.name}/{key}",
                image=service.image,
                container_name=container_name,
                container_port=service.container.port,
                architecture=settings.architecture,
                cpu=service.cpu,
                memory=service.memory,
                memory_reservation=service.container.memory_reservation,
                desired_count=service.desired_count,
                environment=service.environment,
                health_command=service.container.health_command,
                stop_timeout_seconds=service.container.stop_timeout_seconds,
                health_check_grace_period_seconds=service.health_check_grace_period_seconds,
                subnet_ids=network.private_subnet_ids,
                security_group_id=groups.tasks_id,
                target_group_arn=traffic.live_target_group_arn,
                listeners=traffic.listeners,
                ways_out=[*ways_out, *groups.paths_of_tasks],
                log_retention_days=settings.log_retention_days,
            ),
        )
        integration = Integration(
            scope,
            "integration",
            IntegrationProps(
                api_id=self._api.id,
                vpc_link_id=self._api.vpc_link_id,
                prod_listener_arn=traffic.routes.prod_listener_arn,
                behind=[*groups.paths_to_prod, ecs_service.resource],
                timeout_seconds=service.request_timeout_seconds,
            ),
        )
        self._routes |= {route: Target(service=key, integration=integration.target) for route in service.routes}
        hook = Hook(
            scope,
            "hook",
            HookProps(
                name=f"{name}-hook",
                location=location,
                package=hook_package.find(settings.architecture, for_lambda=settings.account != SANDBOX_ACCOUNT),
                application=name,
                deployment_group=name,
                alb_url=f"http://{self._load_balancer.dns_name}:{service.test_port}",
                checks=service.effective_checks,
                identity=service.hook.identity,
                identity_header=service.hook.identity_header,
                request_timeout_ms=service.hook.request_timeout_ms,
                warmup_seconds=service.hook.warmup_seconds,
                memory=service.hook.memory,
                timeout_seconds=service.hook.timeout_seconds,
                subnet_ids=network.private_subnet_ids,
                security_group_id=groups.hook_id,
                ways_out=[*ways_out, *groups.paths_of_hook],
                log_retention_days=settings.log_retention_days,
            ),
        )
        deployment = Deployment(
            scope,
            "deployment",
            DeploymentProps(
                name=name,
                location=location,
                cluster_name=self._cluster.name,
                service_name=ecs_service.name,
                load_balancer_arn_suffix=self._load_balancer.arn_suffix,
                routes=traffic.routes,
                hook_arn=hook.arn,
                task_role_arns=[ecs_service.execution_role_arn, ecs_service.task_role_arn],
                config=service.deployment.config,
                bake_minutes=service.deployment.bake_minutes,
            ),
        )
        manifest = Manifest(
            scope,
            "manifest",
            ManifestProps(
                environment=settings.name,
                service=key,
                location=location,
                cluster_name=self._cluster.name,
                ecs_service_name=name,
                family=settings.family(key),
                task_definition_arn=ecs_service.task_definition_arn,
                container_name=container_name,
                container_port=service.container.port,
                architecture=settings.architecture,
                repository=repository_uri(service.image),
                deployment_group=name,
                deployment_config=service.deployment.config,
                bake_minutes=service.deployment.bake_minutes,
                dns_name=self._load_balancer.dns_name,
                traffic_routes=traffic.routes,
                prod_port=service.prod_port,
                test_port=service.test_port,
                cidr=settings.network.cidr,
                subnet_ids=network.private_subnet_ids,
                security_group_id=groups.tasks_id,
                hook_arn=hook.arn,
                service_log_group=ecs_service.log_group_name,
                hook_log_group=hook.log_group_name,
                api_url=self._api.endpoint,
                api_routes=service.routes,
                releasable=[deployment.group],
            ),
        )
        too_large = (ecs_service.too_large, hook.too_large, manifest.too_large)
        self.mistakes += [f"services.{key}.{found}" for found in too_large if found]
        return str(manifest.name)

    def _terraform(self, stack: str) -> None:
        settings = self._settings
        AwsProvider(
            self,
            "aws",
            region=settings.region,
            # A deploy with other credentials, or with a sandbox's endpoint left over, is refused before it starts.
            allowed_account_ids=[settings.account],
            default_tags=[
                AwsProviderDefaultTags(
                    tags={"greenlight:environment": settings.name, "managed-by": "terraform", **settings.tags}
                )
            ],
        )
        # The bindings are made from a 6.x version, whose arguments used here are in 5.100 too.
        self.add_override("terraform.required_providers.aws.source", "hashicorp/aws")
        self.add_override("terraform.required_providers.aws.version", settings.aws_provider)
        # Without `encrypt`, which would ask for AES256 with each write, the bucket's own encryption holds: its KMS key.
        backend = S3Backend(self, bucket=settings.bucket, key=f"{stack}/terraform.tfstate", region=settings.region)
        backend.add_override("use_lockfile", True)  # S3Backend has no such argument in cdktf 0.21
        backend.add_override("allowed_account_ids", [settings.account])


def main(folder: Path = environments.FOLDER) -> int:
    """Synthesizes every environment of `folder`, or none: any mistake ends it with 1, after all of them are printed."""
    app = App()
    found, mistakes = environments.load_all(folder)
    for name, settings in found.items():
        try:
            stack = EnvironmentStack(app, name, settings)
            mistakes += [f"{folder / name}.yaml: {mistake}" for mistake in stack.mistakes]
        except HookPackageError as error:
            mistakes.append(str(error))
        except Exception as error:  # a fault of ours, which hides no other environment's mistakes
            traceback.print_exc()
            mistakes.append(f"{folder / name}.yaml: {type(error).__name__}: {' '.join(str(error).split())[:200]}")
    if mistakes:
        print("\n".join(mistakes), file=sys.stderr)
        return 1
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())
