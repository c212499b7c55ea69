"""ECS: clusters, what a Fargate task may be, what a service needs, and what CodeDeploy's services refuse."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.parts.balancing import PORT
from sandbox.conformance.probe import Probe, answered, breaks, refused, without, worded
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference"
_FAILURES = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html"
_NO_DEPLOYMENTS = "https://github.com/boto/botocore/issues/2865"


def _container(**changes: Any) -> list[dict[str, Any]]:
    container = {"name": "app", "image": "public.ecr.aws/docker/library/busybox:stable", "essential": True}
    return [{name: value for name, value in (container | changes).items() if value is not None}]


def _tried(world: World, **changes: Any) -> dict[str, Any]:
    """A service that CodeDeploy would release. What is made for a while has other names: it takes time to go."""
    return world.service_settings(f"{world.name}-tried", **changes)


def _behind(group: str, container: str = "app", port: int = PORT) -> list[dict[str, Any]]:
    return [{"targetGroupArn": group, "containerName": container, "containerPort": port}]


def _update(world: World, **changes: Any) -> dict[str, Any]:
    return {"cluster": world.cluster, "service": world.service} | changes


_CLUSTERS = [
    answered(
        "ecs",
        "CreateCluster",
        "a cluster asked for again is the one that is there",
        lambda world: {"clusterName": world.cluster},
        {"cluster.clusterArn": lambda world: world.arn("ecs", f"cluster/{world.name}"), "cluster.status": "ACTIVE"},
        "https://github.com/hashicorp/terraform-provider-aws/issues/38875",
    ),
    breaks(
        "cluster_name_has_other_characters", "CreateCluster", lambda world: {"clusterName": f"{world.name} cluster"}
    ),
    answered(
        "ecs",
        "DescribeClusters",
        "a cluster that is not there is a failure of the answer, not of the call",
        lambda world: {"clusters": [world.missing]},
        {
            "clusters": [],
            "failures": lambda world: [{"arn": world.arn("ecs", f"cluster/{world.missing}"), "reason": "MISSING"}],
        },
        _FAILURES,
    ),
    refused(
        "ecs",
        "DeleteCluster",
        "a cluster that is not there is not deleted",
        lambda world: {"cluster": world.missing},
        "ClusterNotFoundException",
        f"{_API}/API_DeleteCluster.html",
    ),
    refused(
        "ecs",
        "DeleteCluster",
        "a cluster with a service is not deleted",
        lambda world: {"cluster": world.service and world.cluster},
        "ClusterContainsServicesException",
        f"{_API}/API_DeleteCluster.html",
    ),
]

_TASK_DEFINITIONS = [
    answered(
        "ecs",
        "RegisterTaskDefinition",
        "a size in vCPU and GB is kept in units and MiB",
        lambda world: world.task_definition_settings(cpu=".25 vCPU", memory="0.5 GB"),
        {"taskDefinition.cpu": "256", "taskDefinition.memory": "512"},
        f"{_API}/API_RegisterTaskDefinition.html",
    ),
    answered(
        "ecs",
        "RegisterTaskDefinition",
        "a port of a task with a network interface is TCP and the same inside and outside, unless told otherwise",
        lambda world: world.task_definition_settings(),
        {
            "taskDefinition.status": "ACTIVE",
            "taskDefinition.containerDefinitions[0].portMappings": [
                {"containerPort": PORT, "hostPort": PORT, "protocol": "tcp"}
            ],
        },
        f"{_API}/API_PortMapping.html",
    ),
    answered(
        "ecs",
        "RegisterTaskDefinition",
        "the tags of a task definition come back beside it",
        lambda world: world.task_definition_settings(tags=[{"key": "color", "value": "blue"}]),
        {"tags": [{"key": "color", "value": "blue"}]},
        f"{_API}/API_RegisterTaskDefinition.html",
    ),
    breaks(
        "family_has_other_characters",
        "RegisterTaskDefinition",
        lambda world: world.task_definition_settings(family=f"{world.name} task"),
    ),
    worded(
        "task_has_no_container",
        "RegisterTaskDefinition",
        lambda world: world.task_definition_settings(containerDefinitions=[]),
    ),
    breaks(
        "container_name_has_other_characters",
        "RegisterTaskDefinition",
        lambda world: world.task_definition_settings(containerDefinitions=_container(name="my.app")),
    ),
    breaks(
        "container_is_incomplete",
        "RegisterTaskDefinition",
        lambda world: world.task_definition_settings(containerDefinitions=_container(image="")),
    ),
    breaks(
        "container_is_incomplete",
        "RegisterTaskDefinition",
        lambda world: world.task_definition_settings(containerDefinitions=_container(name=None)),
        case="no name",
    ),
    breaks(
        "fargate_has_another_network_mode",
        "RegisterTaskDefinition",
        lambda world: world.task_definition_settings(networkMode="bridge"),
    ),
    breaks(
        "fargate_has_no_size", "RegisterTaskDefinition", lambda world: without(world.task_definition_settings(), "cpu")
    ),
    breaks(
        "fargate_has_no_size",
        "RegisterTaskDefinition",
        lambda world: without(world.task_definition_settings(), "memory"),
        case="no memory",
    ),
    breaks(
        "fargate_has_no_such_size",
        "RegisterTaskDefinition",
        lambda world: world.task_definition_settings(cpu="256", memory="4096"),
    ),
    refused(
        "ecs",
        "RegisterTaskDefinition",
        "a container's memory is a number",
        lambda world: world.task_definition_settings(containerDefinitions=_container(memory="512")),
        "SerializationException",
        "https://github.com/aws-actions/amazon-ecs-deploy-task-definition/issues/587",
    ),
    refused(
        "ecs",
        "DescribeTaskDefinition",
        "a task definition that is not there is not described",
        lambda world: {"taskDefinition": world.missing},
        "ClientException",
        "https://github.com/sil-org/ecs-deploy/issues/145",
    ),
]

_SERVICES = [
    answered(
        "ecs",
        "CreateService",
        "a service behind a load balancer has no grace period and no tags on its tasks, unless told otherwise",
        lambda world: world.service_settings(f"{world.name}-defaults"),
        {
            "service.status": "ACTIVE",
            "service.deploymentController.type": "CODE_DEPLOY",
            "service.healthCheckGracePeriodSeconds": 0,
            "service.schedulingStrategy": "REPLICA",
            "service.propagateTags": "NONE",
            "service.enableExecuteCommand": False,
        },
        f"{_API}/API_CreateService.html",
    ),
    answered(
        "ecs",
        "CreateService",
        "a service is balanced over the zones unless told otherwise",
        lambda world: world.rolling_service_settings(f"{world.name}-zones"),
        {"service.availabilityZoneRebalancing": "ENABLED", "service.deploymentController.type": "ECS"},
        f"{_API}/API_CreateService.html",
    ),
    answered(
        "ecs",
        "DescribeServices",
        "a service of CodeDeploy's has one task set and no deployments",
        lambda world: {"cluster": world.cluster, "services": [world.service]},
        {"services[0].deployments": [], "services[0].taskSets[*].status": ["PRIMARY"]},
        _NO_DEPLOYMENTS,
    ),
    answered(
        "ecs",
        "DescribeServices",
        "a service that is not there is a failure of the answer, not of the call",
        lambda world: {"cluster": world.cluster, "services": [world.missing]},
        {"services": [], "failures[*].reason": ["MISSING"]},
        _FAILURES,
    ),
    refused(
        "ecs",
        "DescribeServices",
        "a cluster that is not there has no services",
        lambda world: {"cluster": world.missing, "services": [world.missing]},
        "ClusterNotFoundException",
        f"{_API}/API_DescribeServices.html",
    ),
    refused(
        "ecs",
        "DescribeTasks",
        "tasks are asked for by name",
        lambda world: {"cluster": world.cluster, "tasks": []},
        "InvalidParameterException",
        "https://github.com/sil-org/ecs-deploy/issues/63",
    ),
    breaks(
        "service_name_has_other_characters",
        "CreateService",
        lambda world: _tried(world, serviceName=f"{world.name} tried"),
    ),
    breaks("service_has_no_task_definition", "CreateService", lambda world: without(_tried(world), "taskDefinition")),
    breaks("service_has_no_network", "CreateService", lambda world: without(_tried(world), "networkConfiguration")),
    refused(
        "ecs",
        "CreateService",
        "a service's name is used once a cluster",
        lambda world: world.service_settings(world.service, healthCheckGracePeriodSeconds=7),
        "InvalidParameterException",
        "https://github.com/hashicorp/terraform-provider-aws/issues/2283",
    ),
    refused(
        "ecs",
        "CreateService",
        "a service is in a cluster that is there",
        lambda world: _tried(world, cluster=world.missing),
        "ClusterNotFoundException",
        f"{_API}/API_CreateService.html",
    ),
    refused(
        "ecs",
        "CreateService",
        "a service runs a task definition that is there",
        lambda world: _tried(world, taskDefinition=f"{world.missing}:1"),
        "ClientException",
        "https://github.com/Cloud-CV/EvalAI/issues/2419",
    ),
    refused(
        "ecs",
        "CreateService",
        "a service's target group is behind a load balancer first",
        lambda world: _tried(world, loadBalancers=_behind(world.unused_target_group)),
        "InvalidParameterException",
        "https://github.com/cloudposse/terraform-aws-ecs-web-app/issues/226",
    ),
    refused(
        "ecs",
        "CreateService",
        "the load balancer's container is one of the task's",
        lambda world: _tried(world, loadBalancers=_behind(world.blue, container="none")),
        "InvalidParameterException",
        f"{_API}/API_LoadBalancer.html",
    ),
    refused(
        "ecs",
        "CreateService",
        "the load balancer's port is one of the container's",
        lambda world: _tried(world, loadBalancers=_behind(world.blue, port=PORT + 1)),
        "InvalidParameterException",
        "https://github.com/cloudcomponents/cdk-constructs/issues/67",
    ),
    answered(
        "ecs",
        "UpdateService",
        "a service of CodeDeploy's takes another grace period",
        lambda world: _update(world, desiredCount=0, healthCheckGracePeriodSeconds=5),
        {"service.healthCheckGracePeriodSeconds": 5, "service.desiredCount": 0},
        f"{_API}/API_UpdateService.html",
    ),
    refused(
        "ecs",
        "UpdateService",
        "a service of CodeDeploy's takes no other task definition",
        lambda world: _update(world, taskDefinition=world.task_definition),
        "InvalidParameterException",
        "https://github.com/boto/boto3/issues/1936",
    ),
    refused(
        "ecs",
        "UpdateService",
        "a service of CodeDeploy's takes no other load balancers",
        lambda world: _update(world, loadBalancers=_behind(world.blue)),
        "InvalidParameterException",
        "https://github.com/kayac/ecspresso/issues/393",
    ),
    refused(
        "ecs",
        "UpdateService",
        "a service of CodeDeploy's takes no other network",
        lambda world: _update(world, networkConfiguration=world.network),
        "InvalidParameterException",
        "https://github.com/hashicorp/terraform-provider-aws/issues/8005",
    ),
    refused(
        "ecs",
        "UpdateService",
        "a service that is not there is not changed",
        lambda world: _update(world, service=world.missing, desiredCount=0),
        "ServiceNotFoundException",
        f"{_API}/API_UpdateService.html",
    ),
    refused(
        "ecs",
        "DeleteService",
        "a service that is not there is not deleted",
        lambda world: {"cluster": world.cluster, "service": world.missing},
        "ServiceNotFoundException",
        f"{_API}/API_DeleteService.html",
    ),
]

PROBES: list[Probe] = [*_CLUSTERS, *_TASK_DEFINITIONS, *_SERVICES]
