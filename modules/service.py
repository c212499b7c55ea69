"""One ECS service on Fargate whose releases belong to CodeDeploy."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceDeploymentController,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
)
from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition,
    EcsTaskDefinitionEphemeralStorage,
    EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume,
)
from constructs import Construct

from modules import containers, grants
from modules.cluster import ClusterAttributes
from modules.iam import Role, RoleProps, Statement, allow
from modules.images import PrivateImage, parse
from modules.inputs import DESIRED_COUNT, Task
from modules.names import ServiceId
from modules.security_groups import Placement
from modules.sizes import json_bytes
from modules.traffic import FirstTarget

DEFINITION_LIMIT = 64 * 1024  # bytes of a whole task definition
_REST = 512  # about: ARNs of roles, sizes, the platform


@dataclass(frozen=True, kw_only=True)
class ServiceProps:
    service: ServiceId
    """The service's identity. A change replaces the service."""

    cluster: ClusterAttributes
    """The cluster it runs in."""

    task: Task
    """Its task definition: the first version, and what the next release is based on."""

    placement: Placement
    """Where the tasks run, and how they reach AWS."""

    first_target: FirstTarget
    """The target group that the first version is registered in."""

    desired_count: int = DESIRED_COUNT
    """Tasks that it is created with. Not read afterwards, so an apply does not undo scaling."""


@dataclass(frozen=True, kw_only=True)
class ServiceAttributes:
    """The running service, as releases need to know it."""

    cluster_name: str
    name: str
    task: Task
    task_definition_arn: str
    """The newest revision made by Terraform; releases are based on it."""

    role_arns: Sequence[str]
    """Execution and task role, which CodeDeploy passes to ECS with each new task set."""

    log_group_name: str
    placement: Placement


class Service(Construct):
    """Creates the service at its first version, attached to the live target group.

    After that Terraform registers new revisions (memory, environment …) but never puts them into service: that is a
    release, and CodeDeploy's. Hence `ignore_changes`: AWS refuses every change of those arguments on such a service, in
    the middle of an apply, and after a release their real values are CodeDeploy's.
    """

    def __init__(self, scope: Construct, id: str, props: ServiceProps) -> None:
        super().__init__(scope, id)
        service, task, placement = props.service, props.task, props.placement
        name, location = service.name, service.location
        logs = CloudwatchLogGroup(self, "logs", name=service.log_group, retention_in_days=task.log_retention_days)
        # Only tasks of this account's ECS may take these roles; AWS supports no narrower ARN here than all of ECS.
        trust = {
            "StringEquals": {"aws:SourceAccount": location.account},
            "ArnLike": {"aws:SourceArn": location.arn("ecs", "*")},
        }
        execution_role = Role(
            self,
            "execution-role",
            RoleProps(
                name=service.execution_role,
                description=f"Lets ECS pull the image of {name} and write its logs",
                service="ecs-tasks.amazonaws.com",
                trust_condition=trust,
                statements=[
                    *_pull(task),
                    allow("logs:CreateLogStream", "logs:PutLogEvents", on=f"{logs.arn}:*"),
                    *grants.of_execution([task.grants]),
                ],
            ),
        )
        task_role = Role(
            self,
            "task-role",
            RoleProps(
                name=service.task_role,
                description=f"What the container of {name} may do on AWS",
                service="ecs-tasks.amazonaws.com",
                trust_condition=trust,
                statements=grants.of_tasks([task.grants]),
            ),
        )
        task_definition = EcsTaskDefinition(
            self,
            "task-definition",
            family=task.family,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(task.cpu),
            memory=str(task.memory),
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=task.architecture.upper(), operating_system_family="LINUX"
            ),
            execution_role_arn=execution_role.arn,
            task_role_arn=task_role.arn,
            container_definitions=json.dumps(_definitions(task, logs.name, location.region)),
            volume=[EcsTaskDefinitionVolume(name=name) for name in containers.volumes(task)] or None,
            ephemeral_storage=EcsTaskDefinitionEphemeralStorage(size_in_gib=task.ephemeral_storage_gib)
            if task.ephemeral_storage_gib is not None
            else None,
            # A deregistered revision cannot be rolled back to, so replaced ones stay ACTIVE. They cost nothing.
            skip_destroy=True,
        )
        # Its tasks keep pulling and logging until the service is gone, and a group must be behind a listener first.
        policies = [role.policy for role in (execution_role, task_role) if role.policy]
        dependencies = [*props.first_target.listeners, *policies, *placement.ways_out]
        ecs_service = EcsService(
            self,
            "service",
            name=name,
            cluster=props.cluster.arn,
            task_definition=task_definition.arn,
            desired_count=props.desired_count,
            launch_type="FARGATE",
            platform_version="LATEST",
            deployment_controller=EcsServiceDeploymentController(type="CODE_DEPLOY"),
            # Left out, AWS turns it on for new services, and moves tasks by itself, in the middle of a release too.
            availability_zone_rebalancing="DISABLED",
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            network_configuration=EcsServiceNetworkConfiguration(
                subnets=list(placement.places.subnet_ids),
                security_groups=[placement.security_group_id],
                assign_public_ip=False,
            ),
            # One group only: with both attached, CodeDeploy's Install hangs.
            load_balancer=[
                EcsServiceLoadBalancer(
                    target_group_arn=props.first_target.target_group_arn,
                    container_name=task.container.name,
                    container_port=task.container.port,
                )
            ],
            # Where the image is not pushed yet the apply still succeeds, and ECS starts the tasks once it is.
            wait_for_steady_state=False,
            # Task sets are left by a deployment that was under way; without force AWS refuses to delete their service.
            force_delete=True,
            # Without it a task that needs more than some seconds to start is stopped before it can answer.
            health_check_grace_period_seconds=task.health_check_grace_period_seconds,
            depends_on=dependencies,
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=[
                    "task_definition",
                    "load_balancer",
                    "network_configuration",
                    "platform_version",
                    "desired_count",  # autoscaling's, and people's
                ]
            ),
        )
        self.resource: ITerraformDependable = ecs_service  # for depends_on
        self.too_large = [*_too_large(props), *grants.too_large(task.grants, len(task.sidecars))]
        self.attributes = ServiceAttributes(
            cluster_name=props.cluster.name,
            name=ecs_service.name,
            task=task,
            task_definition_arn=task_definition.arn,
            role_arns=[execution_role.arn, task_role.arn],
            log_group_name=service.log_group,
            placement=placement,
        )


def repository_uri(image: str) -> str | None:
    """The private ECR repository that `image` is in, without tag or digest; None for an image from elsewhere.

    Raises ValueError for what is no image reference.
    """
    found = _private(image)
    return found.uri if found else None


def _private(image: str) -> PrivateImage | None:
    return None if "${" in image else parse(image)  # only Terraform knows what a reference stands for


def _pull(task: Task) -> list[Statement]:
    images = [task.image, *(sidecar.image for sidecar in task.sidecars)]
    repositories = sorted({found.arn for image in images if (found := _private(image))})
    if not repositories:
        return []
    reads = ("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage")
    return [
        allow("ecr:GetAuthorizationToken", on="*"),  # AWS knows no resource for it
        allow(*reads, on=repositories if len(repositories) > 1 else repositories[0]),
    ]


def _too_large(props: ServiceProps) -> Iterator[str]:
    """Why ECS would refuse the task definition, if it would."""
    task, service = props.task, props.service
    size = json_bytes(_definitions(task, service.log_group, service.location.region)) + len(task.family) + _REST
    if size > DEFINITION_LIMIT:
        yield (
            f"environment: {len(task.environment)} variables, the health command and {len(task.sidecars)} sidecars "
            f"make a task definition of about {size} bytes, and ECS takes {DEFINITION_LIMIT}: read large values from "
            "elsewhere"
        )


def _definitions(task: Task, log_group: str, region: str) -> list[dict[str, Any]]:
    others = [containers.sidecar(one, task.log_mode, log_group, region) for one in task.sidecars]
    return [_container(task, log_group, region), *others]


def _container(task: Task, log_group: str, region: str) -> dict[str, Any]:
    given = task.container
    container: dict[str, Any] = {
        "name": given.name,
        "image": task.image,
        "essential": True,
        "cpu": task.cpu,
        "portMappings": [
            {
                "name": "web",
                "containerPort": given.port,
                "hostPort": given.port,
                "protocol": "tcp",
                "appProtocol": "http",
            }
        ],
        "environment": containers.environment(task.environment),
        "readonlyRootFilesystem": True,
        "stopTimeout": given.stop_timeout_seconds,
        "logConfiguration": containers.log_configuration(given.name, task.log_mode, log_group, region),
    }
    if task.grants.secrets:
        container["secrets"] = [{"name": name, "valueFrom": arn} for name, arn in sorted(task.grants.secrets.items())]
    if given.memory_reservation is not None:
        container["memoryReservation"] = given.memory_reservation
    if given.health_command is not None:
        container["healthCheck"] = containers.health_check(given.health_command)
    if task.writable_paths:
        container["mountPoints"] = containers.mount_points(given.name, task.writable_paths)
    if task.sidecars:
        container["dependsOn"] = containers.depends_on(task.sidecars)
    return container
