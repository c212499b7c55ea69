"""The architecture on one screen: each file in environments/ becomes one Terraform stack."""

import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import environments
from environments import Account, Environment, File, Registry
from modules import hook_package  # before cdktf: it makes the provider's bindings quick
from modules.alarms import Alarms, AlarmsProps
from modules.api import Api, ApiAttributes, ApiProps, Integration, IntegrationProps, Routes, RoutesProps
from modules.cluster import Cluster, ClusterAttributes, ClusterProps
from modules.deployed import Deployed, DeployedProps
from modules.deployment import Deployment, DeploymentProps
from modules.endpoints import Endpoints, EndpointsProps
from modules.flow_logs import FlowLogs, FlowLogsProps
from modules.github import GitHub, GitHubProps
from modules.hook import Hook, HookProps
from modules.iam import limit_roles
from modules.load_balancer import LoadBalancer, LoadBalancerAttributes, LoadBalancerProps
from modules.manifest import Manifest, ManifestProps
from modules.network import Network, NetworkProps, PrivateNetwork
from modules.notify import Notices, NoticesProps, Notify, NotifyProps
from modules.own_network import OwnNetwork, OwnNetworkProps
from modules.registry import Repository, RepositoryProps
from modules.scaling import Scaling, ScalingProps
from modules.security_groups import (
    ServiceSecurityGroups,
    ServiceSecurityGroupsProps,
    SharedGroups,
    SharedSecurityGroups,
    SharedSecurityGroupsProps,
)
from modules.service import Service, ServiceProps
from modules.traffic import Traffic, TrafficProps

# isort: split
from cdktf import App, S3Backend, TerraformOutput, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct


@dataclass(frozen=True, kw_only=True)
class Shared:
    """What the services of an environment have in common."""

    deployed: Deployed
    network: PrivateNetwork
    groups: SharedGroups
    api: ApiAttributes
    load_balancer: LoadBalancerAttributes
    cluster: ClusterAttributes
    topic_arn: str | None
    """Who is told of alarms and failed releases; None: nobody."""


class EnvironmentStack(TerraformStack):
    """One environment: a network, a load balancer and an API, shared by its services."""

    def __init__(self, scope: Construct, stack: str, settings: Environment, account: Account | None = None) -> None:
        super().__init__(scope, stack)
        settings = environments.literal(settings)
        configure_terraform(self, stack, settings)
        name = settings.name

        deployed = Deployed(self, "deployed", DeployedProps(environment=name))
        network = self._network(settings, deployed)
        groups = SharedSecurityGroups(
            self, "security-groups", SharedSecurityGroupsProps(name=name, vpc_id=network.vpc_id)
        ).groups
        api_props = ApiProps(
            name=name,
            subnet_ids=network.subnet_ids,
            security_group_id=groups.vpc_link_id,
            throttling=settings.api_throttling,
            log_retention_days=settings.log_retention_days,
        )
        api = Api(self, "api", api_props)
        load_balancer_props = LoadBalancerProps(
            name=name,
            subnet_ids=network.subnet_ids,
            security_group_id=groups.load_balancer_id,
            deletion_protection=settings.deletion_protection,
        )
        load_balancer = LoadBalancer(self, "load-balancer", load_balancer_props)
        cluster = Cluster(self, "cluster", ClusterProps(name=name))

        shared = Shared(
            deployed=deployed,
            network=network,
            groups=groups,
            api=api.attributes,
            load_balancer=load_balancer.attributes,
            cluster=cluster.attributes,
            topic_arn=self._topic(settings, api.attributes),
        )
        services = {key: BlueGreenService(self, key, settings, shared) for key in settings.services}
        routes = {route: target for service in services.values() for route, target in service.targets.items()}
        Routes(api, "routes", RoutesProps(api_id=api.attributes.id, routes=routes, deployed=deployed))
        limit_roles(self, account.github.boundary_arn if account else None)
        self.mistakes = [mistake for service in services.values() for mistake in service.mistakes]

        manifests = {key: service.manifest for key, service in services.items()}
        TerraformOutput(self, "api_url", value=api.attributes.endpoint, static_id=True)
        TerraformOutput(self, "cluster_name", value=cluster.attributes.name, static_id=True)
        TerraformOutput(self, "manifests", value=manifests, static_id=True)
        # What data stores let in.
        groups_of_tasks = {key: service.security_group_id for key, service in services.items()}
        TerraformOutput(self, "task_security_groups", value=groups_of_tasks, static_id=True)

    def _topic(self, settings: Environment, api: ApiAttributes) -> str | None:
        if settings.notices is None:
            return None
        notify_props = NotifyProps(
            name=settings.name, location=settings.location, api_id=api.id, settings=settings.notices
        )
        return Notify(self, "notify", notify_props).topic_arn

    def _network(self, settings: Environment, deployed: Deployed) -> PrivateNetwork:
        """The team's VPC, or one of the environment's own with every way out of its private subnets."""
        name, location, chosen = settings.name, settings.location, settings.network
        if chosen.vpc_id:
            own_props = OwnNetworkProps(
                vpc_id=chosen.vpc_id,
                subnet_ids=chosen.subnets,
                leaving=chosen.leaving,
                endpoints=settings.interface_endpoints,
                region=settings.region,
                deployed=deployed,
            )
            return OwnNetwork(self, "network", own_props).private
        network_props = NetworkProps(
            name=settings.vpc_name,
            cidr=chosen.cidr,
            availability_zones=settings.availability_zones,
            egress=chosen.egress,
            leaving=chosen.leaving,
            deployed=deployed,
        )
        network = Network(self, "network", network_props).private
        flow_logs_props = FlowLogsProps(
            name=name, location=location, vpc_id=network.vpc_id, log_retention_days=settings.log_retention_days
        )
        FlowLogs(self, "flow-logs", flow_logs_props)
        endpoints_props = EndpointsProps(
            name=name, location=location, network=network, services=settings.interface_endpoints
        )
        return Endpoints(self, "endpoints", endpoints_props).network


class BlueGreenService(Construct):
    """One service, in the order in which traffic meets its parts."""

    def __init__(self, scope: Construct, key: str, settings: Environment, shared: Shared) -> None:
        super().__init__(scope, f"service-{key}")
        service, chosen = settings.service_id(key), settings.services[key]

        groups_props = ServiceSecurityGroupsProps(
            service=service,
            network=shared.network,
            shared=shared.groups,
            ports=chosen.ports,
            egress=[one.opened for one in chosen.egress],
        )
        groups = ServiceSecurityGroups(self, "security-groups", groups_props)

        traffic_props = TrafficProps(
            service=service,
            vpc_id=shared.network.vpc_id,
            load_balancer=shared.load_balancer,
            target_groups=settings.target_groups(key),
            ports=chosen.ports,
            deployed=shared.deployed,
        )
        traffic = Traffic(self, "traffic", traffic_props)

        service_props = ServiceProps(
            service=service,
            cluster=shared.cluster,
            task=settings.task(key),
            placement=groups.tasks,
            first_target=traffic.first_target,
            desired_count=chosen.desired_count,
        )
        running = Service(self, "service", service_props)

        scaling = None
        if chosen.autoscaling:
            scaling_props = ScalingProps(
                service=service, running=running.attributes, routes=traffic.routes, settings=chosen.autoscaling
            )
            scaling = Scaling(self, "scaling", scaling_props)

        integration_props = IntegrationProps(
            service=service,
            api=shared.api,
            prod_listener_arn=traffic.routes.prod.arn,
            routes=chosen.routes,
            behind=[*groups.paths_to_prod, running.resource],
            timeout_seconds=chosen.request_timeout_seconds,
        )
        integration = Integration(self, "integration", integration_props)

        hook_props = HookProps(
            service=service,
            package=hook_package.find(settings.architecture, for_lambda=settings.on_lambda),
            test_url=traffic.routes.test_url,
            settings=settings.hook(key),
            placement=groups.hook,
        )
        hook = Hook(self, "hook", hook_props)

        alarms_props = AlarmsProps(
            service=service, routes=traffic.routes, settings=chosen.release_alarms, topic_arn=shared.topic_arn
        )
        alarms = Alarms(self, "alarms", alarms_props)
        if shared.topic_arn:
            notices_props = NoticesProps(service=service, routes=traffic.routes, topic_arn=shared.topic_arn)
            Notices(self, "notices", notices_props)

        deployment_props = DeploymentProps(
            service=service,
            running=running.attributes,
            routes=traffic.routes,
            hook_arn=hook.attributes.arn,
            settings=chosen.release,
            alarms=alarms.attributes,
        )
        deployment = Deployment(self, "deployment", deployment_props)

        manifest_props = ManifestProps(
            service=service,
            running=running.attributes,
            deployment=deployment.attributes,
            routes=traffic.routes,
            hook=hook.attributes,
            published=integration.published,
            scalable_target=scaling.target if scaling else None,
        )
        manifest = Manifest(self, "manifest", manifest_props)

        self.targets = integration.targets
        self.manifest = manifest.name
        self.security_group_id = groups.tasks.security_group_id
        # What AWS would refuse, known only now that everything is put together.
        too_large = (*running.too_large, hook.too_large, manifest.too_large)
        self.mistakes = [f"services.{key}.{found}" for found in too_large if found]


class RegistryStack(TerraformStack):
    """The ECR repositories that environments of this and other accounts pull from. Deployed before any of them."""

    def __init__(self, scope: Construct, stack: str, settings: Registry) -> None:
        super().__init__(scope, stack)
        settings = environments.literal(settings)
        configure_terraform(self, stack, settings)

        repositories = {
            name: Repository(
                self,
                f"repository-{name.replace('/', ':')}",  # ids know no slash; a colon is in no repository's name
                RepositoryProps(
                    name=name,
                    location=settings.location,
                    pull_accounts=settings.pull_accounts,
                    untagged_days=settings.untagged_days,
                    force_delete=settings.force_delete,
                ),
            )
            for name in settings.repositories
        }
        self.mistakes: list[str] = []

        urls = {name: repository.url for name, repository in repositories.items()}
        TerraformOutput(self, "repositories", value=urls, static_id=True)


class AccountStack(TerraformStack):
    """What an AWS account has once: the roles with which GitHub's workflows plan, apply and release."""

    def __init__(
        self,
        scope: Construct,
        stack: str,
        settings: Account,
        managed: Mapping[str, Environment],
        registries: Mapping[str, Registry] | None = None,
    ) -> None:
        super().__init__(scope, stack)
        settings = environments.literal(settings)
        configure_terraform(self, stack, settings)

        github_props = GitHubProps(
            names=settings.github,
            stack=stack,
            state_bucket=settings.bucket,
            environments=[environments.literal(one).managed(name) for name, one in managed.items()],
            registries=[one.managed(name) for name, one in (registries or {}).items()],
            repository=settings.repository,
            branch=settings.branch,
            apply_environments=settings.apply_environments,
            release_environments=settings.release_environments,
        )
        github = GitHub(self, "github", github_props)
        self.mistakes = github.too_large

        TerraformOutput(self, "plan_role", value=github.plan_role_arn, static_id=True)
        TerraformOutput(self, "apply_role", value=github.apply_role_arn, static_id=True)
        TerraformOutput(self, "release_role", value=github.release_role_arn, static_id=True)


def configure_terraform(stack: TerraformStack, name: str, settings: File) -> None:
    """The AWS provider, restricted to one account, and the stack's state in S3."""
    AwsProvider(
        stack,
        "aws",
        region=settings.region,
        # A deploy with other credentials, or with a sandbox's endpoint left over, is refused before it starts.
        allowed_account_ids=[settings.account],
        default_tags=[AwsProviderDefaultTags(tags=settings.all_tags)],
    )
    # The bindings are made from a 6.x version, whose arguments used here are in 5.100 too.
    stack.add_override("terraform.required_providers.aws.source", "hashicorp/aws")
    stack.add_override("terraform.required_providers.aws.version", settings.aws_provider)
    # Without `encrypt`, which would ask for AES256 with each write, the bucket's own encryption holds: its KMS key.
    backend = S3Backend(stack, bucket=settings.bucket, key=f"{name}/terraform.tfstate", region=settings.region)
    backend.add_override("use_lockfile", True)  # S3Backend has no such argument in cdktf 0.21
    backend.add_override("allowed_account_ids", [settings.account])


def build(
    app: App, name: str, settings: File, found: Mapping[str, File]
) -> EnvironmentStack | RegistryStack | AccountStack:
    """The stack of one file, which knows the others where they are about the same account."""
    if isinstance(settings, Registry):
        return RegistryStack(app, name, settings)
    if isinstance(settings, Account):
        managed = environments.in_account(settings.account, found)
        return AccountStack(app, name, settings, managed, environments.registries_in(settings.account, found))
    return EnvironmentStack(app, name, settings, environments.account_of(settings, found))


def main(folder: Path = environments.FOLDER) -> int:
    """Synthesizes every file of `folder`, or none: any mistake ends it with 1, after all of them are printed."""
    app = App()
    found, mistakes = environments.load_all(folder)
    for name, settings in found.items():
        try:
            stack = build(app, name, settings, found)
            mistakes += [f"{folder / name}.yaml: {mistake}" for mistake in stack.mistakes]
        except hook_package.HookPackageError as error:
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
