"""Clusters and services."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.ecs.exceptions import ECSException
from moto.ecs.models import TaskDefinition, ecs_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.ecs.tasks import NAME
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_API = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference"
_MATCH = "Name must match ^[a-zA-Z0-9\\-_]{1,255}$"

_create = partial(rule, "ecs", "CreateService", code="InvalidParameterException")


def _definition(call: Call) -> TaskDefinition | None:
    """The service's task definition; None where it is gone or none is named."""
    if not call.params.get("taskDefinition"):
        return None
    try:
        return ecs_backends[ACCOUNT][call.region].describe_task_definition(call.params["taskDefinition"])
    except ECSException:
        return None


def _controller(call: Call) -> str:
    return str((call.params.get("deploymentController") or {}).get("type", "ECS"))


# Clusters ------------------------------------------------------------------------------------------------------------


@rule(
    "ecs",
    "CreateCluster",
    code="InvalidParameterException",
    source=tried("ecs/pf-ecs-cluster-name"),
    says="A cluster's name is of letters, digits, hyphens and underscores.",
    quote=f"Cluster{_MATCH}",
    coded=False,
)
def cluster_name_has_other_characters(call: Call) -> bool:
    return NAME.fullmatch(call.params.get("clusterName", "default")) is None


@rule(
    "ecs",
    "CreateCluster",
    code="InvalidParameterException",
    source=tried("ecs/pf-ecs-cluster-default-strategy-provider-not-listed"),
    says="A cluster's default strategy names capacity providers of the cluster.",
    quote="The specified capacity provider strategy cannot contain a capacity provider that is not associated with the "
    "cluster. Associate the capacity provider with the cluster or specify a valid capacity provider and try again.",
    coded=False,
)
def default_strategy_has_another_provider(call: Call) -> bool:
    used = {entry["capacityProvider"] for entry in call.params.get("defaultCapacityProviderStrategy") or []}
    return bool(used - set(call.params.get("capacityProviders") or []))


# Services ------------------------------------------------------------------------------------------------------------


@_create(
    source=tried("ecs/pf-ecs-service-name"),
    says="A service's name is of letters, digits, hyphens and underscores.",
    quote=f"Service{_MATCH}",
    coded=False,
)
def service_name_has_other_characters(call: Call) -> str | None:
    name = call.params["serviceName"]
    return None if NAME.fullmatch(name) else f"Service{_MATCH}, but was {name}"


@_create(
    source=f"{_API}/API_CreateService.html",
    says="A service whose tasks ECS or CodeDeploy brings about has a task definition.",
    quote="A task definition must be specified if the service uses either the ECS or CODE_DEPLOY",
    worded=False,
)
def service_has_no_task_definition(call: Call) -> str | None:
    missing = _controller(call) != "EXTERNAL" and not call.params.get("taskDefinition")
    return "TaskDefinition can not be blank." if missing else None


@_create(
    source="https://github.com/aws-actions/amazon-ecs-deploy-task-definition/issues/802",
    says="Tasks with network interfaces of their own need subnets to have them in.",
    quote="Network Configuration must be provided when networkMode 'awsvpc' is specified.",
)
def service_has_no_network(call: Call) -> bool:
    definition = _definition(call)
    return definition is not None and definition.network_mode == "awsvpc" and not _network(call)


def _network(call: Call) -> dict[str, Any] | None:
    return (call.params.get("networkConfiguration") or {}).get("awsvpcConfiguration")


@_create(
    source=tried("ecs/pf-ecs-service-network-config-mode"),
    says="Tasks without network interfaces of their own have no subnets.",
    quote="Network Configuration is not valid for the given networkMode of this task definition.",
    coded=False,
)
def service_has_a_network_for_nothing(call: Call) -> bool:
    definition = _definition(call)
    return definition is not None and definition.network_mode != "awsvpc" and bool(_network(call))


@_create(
    source=tried("ecs/pf-ecs-service-codedeploy-lb"),
    says="CodeDeploy shifts the traffic of a load balancer.",
    quote="When specifying the CODE_DEPLOY deployment controller type, the service requires an Application Load "
    "Balancer or Network Load Balancer.",
    coded=False,
)
def codedeploys_service_has_no_load_balancer(call: Call) -> bool:
    return _controller(call) == "CODE_DEPLOY" and not call.params.get("loadBalancers")


@_create(
    source=f"{_API}/API_CreateService.html",
    says="Where a service's targets are is told by the group, the container and its port.",
    quote="this object must contain the load balancer target group ARN, the container name, and the container port",
    worded=False,
    coded=False,
)
def services_load_balancer_is_incomplete(call: Call) -> str | None:
    for entry in call.params.get("loadBalancers") or []:
        missing = [name for name in ("containerName", "containerPort") if not entry.get(name)]
        if missing:
            return f"{missing[0]} of a load balancer should not be null or empty."
    return None


@_create(
    source=tried("ecs/pf-ecs-service-lb-target-exclusive"),
    says="A service is behind a target group, or behind a load balancer of the first kind.",
    quote="loadBalancerName and targetGroupArn cannot both be specified. You must specify either a loadBalancerName or "
    "a targetGroupArn in all loadBalancer entries",
    coded=False,
)
def services_load_balancer_is_named_twice(call: Call) -> bool:
    entries = call.params.get("loadBalancers") or []
    return any(entry.get("loadBalancerName") and entry.get("targetGroupArn") for entry in entries)


@_create(
    source=tried("ecs/pf-ecs-service-launch-type-capacity-provider"),
    says="Where tasks run is said by the launch type or by a strategy.",
    quote="Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.",
    coded=False,
)
def service_has_a_launch_type_and_a_strategy(call: Call) -> bool:
    return bool(call.params.get("launchType") and call.params.get("capacityProviderStrategy"))


@_create(
    source=tried("ecs/pf-ecs-svc-capacity-provider-zero-weight"),
    says="A strategy leads somewhere.",
    quote="There are no capacity providers in the capacity provider strategy with a weight value greater than zero. "
    "Specify a weight value greater than zero for at least one capacity provider and try again.",
    coded=False,
)
def strategy_has_no_weight(call: Call) -> bool:
    strategy = call.params.get("capacityProviderStrategy") or []
    return len(strategy) > 1 and not any(entry.get("weight") for entry in strategy)


@_create(
    source=tried("ecs/pf-ecs-service-fargate-placement"),
    says="There are no instances to choose on Fargate.",
    quote="are not supported with FARGATE launch type.",
    coded=False,
)
def fargate_service_is_placed(call: Call) -> str | None:
    if call.params.get("launchType") != "FARGATE":
        return None
    if call.params.get("placementConstraints"):
        return "Placement constraints are not supported with FARGATE launch type."
    strategy = call.params.get("placementStrategy")
    return "Placement strategies are not supported with FARGATE launch type." if strategy else None


# How many tasks there are in between ---------------------------------------------------------------------------------


def _percents(call: Call) -> tuple[int | None, int | None]:
    """The least and the most, as far as they are given."""
    config = call.params.get("deploymentConfiguration") or {}
    return config.get("minimumHealthyPercent"), config.get("maximumPercent")


@rule(
    "ecs",
    *("CreateService", "UpdateService"),
    code="InvalidParameterException",
    source=tried("ecs/pf-ecs-service-deployment-percent"),
    says="No more tasks than are wanted must be healthy, and as many as are wanted may run.",
    quote="minimumHealthyPercent must be at most 100",
    coded=False,
)
def percent_of_tasks_is_out_of_range(call: Call) -> str | None:
    least, most = _percents(call)
    if least is not None and least > 100:
        return "minimumHealthyPercent must be at most 100"
    return "maximumPercent must be at least 100" if most is not None and most < 100 else None


@_create(
    source=tried("ecs/pf-ecs-svc-min-healthy-over-max-percent"),
    says="A rolling deployment may have a task too many, or one too few.",
    quote="Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.",
    coded=False,
)
def percents_of_tasks_block_deployments(call: Call) -> bool:
    rolling = _controller(call) == "ECS" and call.params.get("schedulingStrategy") != "DAEMON"
    return rolling and _percents(call) == (100, 100)
