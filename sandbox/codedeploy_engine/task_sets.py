"""ECS as CodeDeploy uses it. In the process, not over the API: ECS lets nobody else touch these task sets.

What each step asks of the group's service role is what AWS's own policy for it has, AWSCodeDeployRoleForECS.
"""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.ecs.exceptions import ECSException
from moto.ecs.models import EC2ContainerServiceBackend, Service, ecs_backends

from sandbox.access.model import Keys, Need
from sandbox.access.needs.arns import passed
from sandbox.aws.ecs.services import service_tasks
from sandbox.aws.ecs.task_sets import new_task_set
from sandbox.clients import Clients
from sandbox.codedeploy_engine.appspec import AppSpec
from sandbox.codedeploy_engine.ports import PortError
from sandbox.codedeploy_engine.records import Deployment
from sandbox.codedeploy_engine.role import ServiceRole


class EcsTaskSets:
    """The port `TaskSets`."""

    def __init__(self, role: ServiceRole, clients: Clients, account: str, region: str):
        self._role = role
        self._clients = clients
        self._account, self._region = account, region

    async def service_is_active(self, deployment: Deployment) -> bool:
        return await self._role.locked(
            lambda: [self._describe_services(deployment)], lambda: self._service(deployment) is not None
        )

    async def primary(self, deployment: Deployment) -> Any:
        def find() -> Any:
            service = self._service(deployment)
            for task_set in service.task_sets if service else ():
                if task_set.status == "PRIMARY":
                    return task_set
            raise PortError("The ECS service has no primary task set.")

        return await self._role.locked(lambda: [self._describe_services(deployment)], find)

    async def leftovers(self, deployment: Deployment) -> list[Any]:
        def find() -> list[Any]:
            service = self._service(deployment)
            return [task_set for task_set in service.task_sets if task_set.status != "PRIMARY"] if service else []

        return await self._clients.locked(find)

    async def create(self, deployment: Deployment, appspec: AppSpec, target_group: str) -> Any:
        return await self._role.locked(
            lambda: self._create_needs(deployment, appspec), lambda: self._create(deployment, appspec, target_group)
        )

    def _create(self, deployment: Deployment, appspec: AppSpec, target_group: str) -> Any:
        backend, service = self._backend(), self._service(deployment)
        if service is None:
            raise PortError("ServiceNotActiveException: Service was not ACTIVE.")
        try:
            definition = backend.describe_task_definition(appspec.task_definition)
        except ECSException as problem:
            raise PortError(f"ClientException: {problem.message}") from None
        if definition.status != "ACTIVE":
            raise PortError("ClientException: TaskDefinition is inactive")
        containers = {container["name"]: container for container in definition.container_definitions}
        name, port = appspec.container_name, appspec.container_port
        if name not in containers:
            raise PortError(f"InvalidParameterException: The container {name} does not exist in the task definition.")
        ports = [mapping.get("containerPort") for mapping in containers[name].get("portMappings") or ()]
        if port not in ports:
            raise PortError(
                f"InvalidParameterException: The container {name} did not have a container port {port} defined."
            )
        return new_task_set(
            backend,
            service,
            task_definition=definition.arn,
            load_balancers=[{"targetGroupArn": target_group, "containerName": name, "containerPort": port}],
            network_configuration=appspec.network_configuration or service.network_configuration or None,
            platform_version=appspec.platform_version,
            started_by="CODE_DEPLOY",
            external_id=deployment.deployment_id,
        )

    async def desired_if_steady(self, task_set: Any) -> int | None:
        def look() -> int | None:
            desired = int(task_set.computedDesiredCount)
            steady = task_set.stabilityStatus == "STEADY_STATE" and task_set.runningCount == desired
            return desired if steady and not task_set.pendingCount else None

        return await self._clients.locked(look)

    async def make_primary(self, task_set: Any) -> None:
        def change() -> None:
            service = task_set.owner
            for other in service.task_sets:
                status = "PRIMARY" if other is task_set else "ACTIVE"
                if other.status not in (status, "DRAINING"):
                    other.status, other.updatedAt = status, utcnow()
            service.task_definition = task_set.task_definition
            service.load_balancers = task_set.load_balancers
            service.network_configuration = task_set.network_configuration or service.network_configuration
            service.platform_version = task_set.asked_platform_version

        service = task_set.owner
        need = self._need("UpdateServicePrimaryTaskSet", service.arn, service.cluster_name, service.tags)
        await self._role.locked(lambda: [need], change)

    async def drain(self, task_set: Any) -> None:
        def change() -> None:
            task_set.status, task_set.updatedAt = "DRAINING", utcnow()
            # The scheduler brings its tasks down to this.
            task_set.scale = {"value": 0.0, "unit": "PERCENT"}

        service = task_set.owner
        keys = {"ecs:service": (service.arn,)}
        need = self._need("DeleteTaskSet", task_set.task_set_arn, service.cluster_name, task_set.tags, keys)
        await self._role.locked(lambda: [need], change)

    async def is_gone(self, task_set: Any) -> bool:
        def look() -> bool:
            service = task_set.owner
            if not any(other is task_set for other in service.task_sets):
                return True
            own = [task for task in service_tasks(self._backend(), service) if task.started_by == task_set.id]
            if task_set.runningCount or task_set.pendingCount or any(task.last_status != "STOPPED" for task in own):
                return False
            service.task_sets = [other for other in service.task_sets if other is not task_set]
            return True

        return await self._clients.locked(look)

    def _describe_services(self, deployment: Deployment) -> Need:
        service = self._service(deployment)
        return self._need(
            "DescribeServices", deployment.service_arn, deployment.cluster, service.tags if service else None
        )

    def _create_needs(self, deployment: Deployment, appspec: AppSpec) -> list[Need]:
        """CreateTaskSet is asked for twice: AWS's reference has the task set for its resource, and had none before."""
        try:
            definition = self._backend().describe_task_definition(appspec.task_definition)
        except ECSException:
            return []  # nothing that could be made
        cluster, name = deployment.cluster, deployment.service
        sets = f"arn:aws:ecs:{self._region}:{self._account}:task-set/{cluster}/{name}/*"
        keys = {"ecs:service": (deployment.service_arn,), "ecs:task-definition": (definition.arn,)}
        roles = [getattr(definition, role, None) for role in ("task_role_arn", "execution_role_arn")]
        return [
            *(self._need("CreateTaskSet", resource, cluster, None, keys) for resource in (sets, "*")),
            *(need for role in roles for need in passed(role, to="ecs-tasks.amazonaws.com")),
        ]

    def _need(
        self, action: str, resource: str, cluster: str, tags: list[dict[str, str]] | None, keys: Keys | None = None
    ) -> Need:
        return Need(
            f"ecs:{action}",
            resource,
            keys={"ecs:cluster": (f"arn:aws:ecs:{self._region}:{self._account}:cluster/{cluster}",), **(keys or {})},
            request_tags={},
            resource_tags={tag["key"]: tag["value"] for tag in tags or ()},
        )

    def _backend(self) -> EC2ContainerServiceBackend:
        return ecs_backends[self._account][self._region]

    def _service(self, deployment: Deployment) -> Service | None:
        """The service that the deployment began with; not another one of the same name."""
        service = self._backend().services.get(f"{deployment.cluster}:{deployment.service}")
        if service is None or service.status != "ACTIVE":
            return None
        if deployment.original is not None and deployment.original.owner is not service:
            return None
        return service
