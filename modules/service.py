"""One ECS service on Fargate whose releases belong to CodeDeploy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService,
    EcsServiceDeploymentController,
    EcsServiceLoadBalancer,
    EcsServiceNetworkConfiguration,
)
from cdktf_cdktf_provider_aws.ecs_task_definition import EcsTaskDefinition, EcsTaskDefinitionRuntimePlatform
from constructs import Construct

from modules.iam import Role, RoleProps, Statement, allow
from modules.images import PrivateImage, parse
from modules.location import Location
from modules.sizes import json_bytes

DEFINITION_LIMIT = 64 * 1024  # bytes of a whole task definition
_REST = 512  # about: ARNs of roles, sizes, the platform


@dataclass(frozen=True, kw_only=True)
class ServiceProps:
    name: str
    family: str
    location: Location
    cluster_arn: str
    log_group_name: str
    image: str  # what the service is created with; from then on releases own it
    container_name: str
    container_port: int
    architecture: Literal["arm64", "x86_64"]
    cpu: int  # units, 1024 are one vCPU
    memory: int  # MiB
    memory_reservation: int | None = None  # MiB; None: the container has no soft limit
    desired_count: int = 2
    environment: Mapping[str, str] = field(default_factory=dict)
    health_command: Sequence[str] | None = None  # None: only the load balancer checks the task
    stop_timeout_seconds: int = 30
    health_check_grace_period_seconds: int = 60  # from RUNNING on, ECS ignores failing health checks for so long
    subnet_ids: Sequence[str]
    security_group_id: str
    target_group_arn: str  # one of the pair, the live one
    listeners: Sequence[ITerraformDependable]
    ways_out: Sequence[ITerraformDependable] = ()  # routes, endpoints and rules on the tasks' way to AWS
    log_retention_days: int = 365


class Service(Construct):
    """Creates the service at its first version, attached to the live target group.

    After that Terraform registers new revisions (memory, environment …) but never puts them into service: that is a
    release, and CodeDeploy's. Hence `ignore_changes`: AWS refuses every change of those arguments on such a service, in
    the middle of an apply, and after a release their real values are CodeDeploy's.
    """

    def __init__(self, scope: Construct, id: str, props: ServiceProps) -> None:
        super().__init__(scope, id)
        logs = CloudwatchLogGroup(self, "logs", name=props.log_group_name, retention_in_days=props.log_retention_days)
        # Only tasks of this account's ECS may take these roles; AWS supports no narrower ARN here than all of ECS.
        trust = {
            "StringEquals": {"aws:SourceAccount": props.location.account},
            "ArnLike": {"aws:SourceArn": props.location.arn("ecs", "*")},
        }
        execution_role = Role(
            self,
            "execution-role",
            RoleProps(
                name=f"{props.name}-execution",
                description=f"Lets ECS pull the image of {props.name} and write its logs",
                service="ecs-tasks.amazonaws.com",
                trust_condition=trust,
                statements=[*_pull(props), allow("logs:CreateLogStream", "logs:PutLogEvents", on=f"{logs.arn}:*")],
            ),
        )
        task_role = Role(
            self,
            "task-role",
            RoleProps(
                name=f"{props.name}-task",
                description=f"What the container of {props.name} may do on AWS",
                service="ecs-tasks.amazonaws.com",
                trust_condition=trust,
            ),
        )
        task_definition = EcsTaskDefinition(
            self,
            "task-definition",
            family=props.family,
            requires_compatibilities=["FARGATE"],
            network_mode="awsvpc",
            cpu=str(props.cpu),
            memory=str(props.memory),
            runtime_platform=EcsTaskDefinitionRuntimePlatform(
                cpu_architecture=props.architecture.upper(), operating_system_family="LINUX"
            ),
            execution_role_arn=execution_role.arn,
            task_role_arn=task_role.arn,
            container_definitions=json.dumps([_container(props, logs.name)]),
            # A deregistered revision cannot be rolled back to, so replaced ones stay ACTIVE. They cost nothing.
            skip_destroy=True,
        )
        # Its tasks keep pulling and logging until the service is gone, and a group must be behind a listener first.
        dependencies = [*props.listeners, *([execution_role.policy] if execution_role.policy else []), *props.ways_out]
        service = EcsService(
            self,
            "service",
            name=props.name,
            cluster=props.cluster_arn,
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
                subnets=list(props.subnet_ids), security_groups=[props.security_group_id], assign_public_ip=False
            ),
            # One group only: with both attached, CodeDeploy's Install hangs.
            load_balancer=[
                EcsServiceLoadBalancer(
                    target_group_arn=props.target_group_arn,
                    container_name=props.container_name,
                    container_port=props.container_port,
                )
            ],
            # Where the image is not pushed yet the apply still succeeds, and ECS starts the tasks once it is.
            wait_for_steady_state=False,
            # Task sets are left by a deployment that was under way; without force AWS refuses to delete their service.
            force_delete=True,
            # Without it a task that needs more than some seconds to start is stopped before it can answer.
            health_check_grace_period_seconds=props.health_check_grace_period_seconds,
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
        self.name = service.name
        self.resource: ITerraformDependable = service  # for depends_on
        self.task_definition_arn = task_definition.arn
        self.execution_role_arn = execution_role.arn
        self.task_role_arn = task_role.arn
        self.log_group_name = props.log_group_name
        self.too_large = _too_large(props)


def repository_uri(image: str) -> str | None:
    """The private ECR repository that `image` is in, without tag or digest; None for an image from elsewhere.

    Raises ValueError for what is no image reference.
    """
    found = _private(image)
    return found.uri if found else None


def _private(image: str) -> PrivateImage | None:
    return None if "${" in image else parse(image)  # only Terraform knows what a reference stands for


def _pull(props: ServiceProps) -> list[Statement]:
    found = _private(props.image)
    if not found:
        return []
    repository = Location(account=found.registry, region=found.region).arn("ecr", f"repository/{found.repository}")
    return [
        allow("ecr:GetAuthorizationToken", on="*"),  # AWS knows no resource for it
        allow("ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", on=repository),
    ]


def _too_large(props: ServiceProps) -> str | None:
    """Why ECS would refuse the task definition, if it would."""
    size = json_bytes([_container(props, props.log_group_name)]) + len(props.family) + _REST
    if size <= DEFINITION_LIMIT:
        return None
    return (
        f"environment: {len(props.environment)} variables and the health command make a task definition of about "
        f"{size} bytes, and ECS takes {DEFINITION_LIMIT}: read large values from elsewhere"
    )


def _container(props: ServiceProps, log_group: str) -> dict[str, Any]:
    container: dict[str, Any] = {
        "name": props.container_name,
        "image": props.image,
        "essential": True,
        "cpu": props.cpu,
        "portMappings": [
            {
                "name": "web",
                "containerPort": props.container_port,
                "hostPort": props.container_port,
                "protocol": "tcp",
                "appProtocol": "http",
            }
        ],
        "environment": [{"name": name, "value": value} for name, value in sorted(props.environment.items())],
        "readonlyRootFilesystem": True,
        "stopTimeout": props.stop_timeout_seconds,
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": log_group,
                "awslogs-region": props.location.region,
                "awslogs-stream-prefix": props.container_name,
            },
        },
    }
    if props.memory_reservation is not None:
        container["memoryReservation"] = props.memory_reservation
    if props.health_command is not None:
        container["healthCheck"] = {
            "command": list(props.health_command),
            "interval": 10,
            "timeout": 5,
            "retries": 3,
            "startPeriod": 10,
        }
    return container
