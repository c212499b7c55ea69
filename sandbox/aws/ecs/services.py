"""ECS: services, of type CODE_DEPLOY or ECS. It never runs anything: the scheduler does."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.ecs.exceptions import EcsClientException, ECSException, InvalidParameterException
from moto.ecs.models import Cluster, EC2ContainerServiceBackend, Service, Task
from moto.ecs.responses import EC2ContainerServiceResponse as Response
from moto.elbv2.models import elbv2_backends

from sandbox.aws.ecs.task_sets import new_task_set
from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import replaces

_DEFAULTS: dict[str, Any] = {
    # moto drops these of CreateService, so Terraform's second plan would set them again.
    "availabilityZoneRebalancing": "ENABLED",
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "deploymentConfiguration": {"maximumPercent": 200, "minimumHealthyPercent": 100},
    "capacityProviderStrategy": [],
    "placementConstraints": [],
    "placementStrategy": [],
}
_NOT_MODELLED = ("serviceRegistries", "serviceConnectConfiguration", "volumeConfigurations", "vpcLatticeConfigurations")


def service_tasks(backend: EC2ContainerServiceBackend, service: Service) -> list[Task]:
    """The task records of a service, stopped ones included."""
    return [
        task for task in backend.tasks.get(service.cluster_name, {}).values() if task.group == f"service:{service.name}"
    ]


def _task_set_service(service: Service) -> bool:
    return bool(service.deployment_controller["type"] == "CODE_DEPLOY")


@replaces(EC2ContainerServiceBackend)
def create_cluster(self: EC2ContainerServiceBackend, cluster_name: str, *args: Any, **kwargs: Any) -> Cluster:
    """A cluster that is there stays as it is and is returned: two stacks can believe that one is theirs."""
    there = self.clusters.get(cluster_name)
    if there is not None and there.status == "ACTIVE":
        return there
    return create_cluster.moto(self, cluster_name, *args, **kwargs)


@replaces(Response)
def create_service(self: Response) -> ActionResult:
    params = self._get_params()
    backend = self.ecs_backend
    for name in _NOT_MODELLED:
        if params.get(name):
            raise NotModelled(f"{name} of an ECS service")
    controller = (params.get("deploymentController") or {}).get("type", "ECS")
    if controller == "EXTERNAL":
        raise NotModelled("ECS services with an EXTERNAL deployment controller")
    cluster = backend._get_cluster(params.get("cluster") or "default")
    if cluster.status != "ACTIVE":
        raise ECSException("ClusterNotFoundException", "Cluster not found.")
    before = backend.services.get(f"{cluster.name}:{params['serviceName']}")
    if before is not None and settle(backend, before).status == "ACTIVE":
        raise InvalidParameterException("Creation of service was not idempotent.")
    if before is not None and before.status == "DRAINING":
        raise InvalidParameterException("Unable to Start a service that is still Draining.")
    _check_load_balancers(self, params)

    service: Service = create_service.moto(self).result["service"]
    now = utcnow()
    service.created_at = now
    service.created_by = f"arn:aws:iam::{backend.account_id}:root"
    service.running_count = service.pending_count = 0
    service.platform_family = "Linux"
    if service.launch_type == "FARGATE" and not service.platform_version:
        service.platform_version = "LATEST"
    for name, default in _DEFAULTS.items():
        value = params.get(name)
        setattr(service, xform_name(name), default if value is None else value)
    # Only where there is something that checks: a service without a load balancer does not tell of one.
    grace = params.get("healthCheckGracePeriodSeconds")
    service.health_check_grace_period_seconds = 0 if grace is None and service.load_balancers else grace
    service.network_configuration = _network(service.network_configuration)
    if _task_set_service(service):
        new_task_set(
            backend,
            service,
            task_definition=service.task_definition or "",
            load_balancers=service.load_balancers,
            network_configuration=service.network_configuration or None,
            platform_version=service.platform_version,
            status="PRIMARY",
        )
    return ActionResult({"service": service})


def _network(configuration: dict[str, Any] | None) -> dict[str, Any] | None:
    """As AWS shows it: a service that does not ask for public addresses says DISABLED."""
    if not configuration or "awsvpcConfiguration" not in configuration:
        return configuration
    return {"awsvpcConfiguration": {"assignPublicIp": "DISABLED"} | configuration["awsvpcConfiguration"]}


def _check_load_balancers(self: Response, params: dict[str, Any]) -> None:
    """AWS refuses these; a stack that creates the service before its listeners must fail here as well."""
    definition = self.ecs_backend.describe_task_definition(params["taskDefinition"])
    if definition.status != "ACTIVE":
        raise EcsClientException("TaskDefinition is inactive")
    containers = {container["name"]: container for container in definition.container_definitions}
    groups = elbv2_backends[self.current_account][self.region].target_groups
    for entry in params.get("loadBalancers") or []:
        arn = entry.get("targetGroupArn", "")
        group = groups.get(arn)
        if group is None:
            raise InvalidParameterException(f"Unable to find target group with arn {arn}.")
        if not group.load_balancer_arns:
            raise InvalidParameterException(
                f"The target group with targetGroupArn {arn} does not have an associated load balancer."
            )
        container = containers.get(entry["containerName"])
        if container is None:
            raise InvalidParameterException(
                f"The container {entry['containerName']} does not exist in the task definition."
            )
        if entry["containerPort"] not in [mapping["containerPort"] for mapping in container["portMappings"]]:
            raise InvalidParameterException(
                f"The container {entry['containerName']} did not have a container port "
                f"{entry['containerPort']} defined."
            )


_CODEDEPLOYS = {
    "taskDefinition": "task definition",
    "loadBalancers": "load balancers",
    "networkConfiguration": "network parameters",
    "platformVersion": "platform version",
    "capacityProviderStrategy": "capacity provider strategy",
}


@replaces(Response)
def update_service(self: Response) -> ActionResult:
    params = self._get_params()
    backend = self.ecs_backend
    service = backend._get_service(params.get("cluster") or "default", params["service"].split("/")[-1])
    if settle(backend, service).status != "ACTIVE":
        raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
    if (params.get("desiredCount") or 0) < 0:
        raise InvalidParameterException(f"desiredCount must be 0 or more, got {params['desiredCount']}.")
    if _task_set_service(service):
        # moto takes them, which hides the mistake that AWS answers with this error.
        ending = "on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment."
        for name, words in _CODEDEPLOYS.items():
            if params.get(name):
                raise InvalidParameterException(f"Unable to update {words} {ending}")
        if params.get("forceNewDeployment"):
            raise InvalidParameterException(f"Cannot force a new deployment {ending}")
        if ((params.get("deploymentConfiguration") or {}).get("alarms") or {}).get("enable"):
            raise InvalidParameterException(
                "Deployment alarms are for services with an ECS deployment controller. For one with CODE_DEPLOY they "
                "are those of its CodeDeploy deployment group."
            )
    for name in _NOT_MODELLED:
        if params.get(name):
            raise NotModelled(f"{name} of an ECS service")
    rolled = bool(params.pop("forceNewDeployment", False))
    for name, value in params.items():
        if name in ("cluster", "service") or value is None:
            continue
        if name == "taskDefinition":
            value = backend.describe_task_definition(value).arn
            rolled = rolled or value != service.task_definition
        if name == "networkConfiguration":
            value = _network(value)
        setattr(service, xform_name(name), value)
    for deployment in service.deployments[:1]:
        deployment["desiredCount"] = service.desired_count
        deployment["taskDefinition"] = service.task_definition
        deployment["updatedAt"] = utcnow()
        if rolled:
            deployment["id"] = f"ecs-svc/{uuid4().int % 10**19}"
            deployment["createdAt"] = deployment["updatedAt"]
    return ActionResult({"service": service})


@replaces(Response)
def delete_service(self: Response) -> ActionResult:
    backend = self.ecs_backend
    service = backend._get_service(self._get_param("cluster", "default"), self._get_param("service").split("/")[-1])
    if settle(backend, service).status == "INACTIVE":
        raise ECSException("ServiceNotFoundException", "Service not found.")
    if service.desired_count > 0 and not self._get_param("force", False):
        raise InvalidParameterException("The service cannot be stopped while it is scaled above 0.")
    # The scheduler sees this and stops the tasks; `settle` ends it.
    service.desired_count = 0
    service.status = "DRAINING"
    return ActionResult({"service": service})


def settle(backend: EC2ContainerServiceBackend, service: Service) -> Service:
    """A DRAINING service is INACTIVE once its last task has stopped."""
    counted = service.running_count + service.pending_count
    stopped = all(task.last_status == "STOPPED" for task in service_tasks(backend, service))
    if service.status == "DRAINING" and not counted and stopped:
        service.status = "INACTIVE"
        service.task_sets = []
    return service


@replaces(Response)
def describe_services(self: Response) -> ActionResult:
    for service in list(self.ecs_backend.services.values()):
        settle(self.ecs_backend, service)
    return describe_services.moto(self)
