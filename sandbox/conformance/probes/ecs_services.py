"""ECS: services that cannot be as asked, and strategies that lead nowhere."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.parts.balancing import PORT
from sandbox.conformance.probe import Probe, Request, breaks, without
from sandbox.conformance.world import World

_BOTH = [{"capacityProvider": "FARGATE", "weight": 0}, {"capacityProvider": "FARGATE_SPOT", "weight": 0}]


def _released(**changes: Any) -> Request:
    """A service that CodeDeploy would release. What is made for a while has other names: it takes time to go."""
    return lambda world: world.service_settings(f"{world.name}-refused", **changes)


def _rolling(**changes: Any) -> Request:
    """A service that ECS would release."""
    return lambda world: world.rolling_service_settings(f"{world.name}-refused") | changes


def _behind(**changes: Any) -> Request:
    def request(world: World) -> dict[str, Any]:
        entry = {"targetGroupArn": world.blue, "containerName": "app", "containerPort": PORT} | changes
        given = {name: value for name, value in entry.items() if value is not None}
        return _released(loadBalancers=[given])(world)

    return request


def _percents(least: int, most: int) -> dict[str, Any]:
    return {"deploymentConfiguration": {"minimumHealthyPercent": least, "maximumPercent": most}}


def _with_a_network_for_nothing(world: World) -> dict[str, Any]:
    settings = world.task_definition_settings(family=f"{world.name}-bridge", networkMode="bridge")
    settings |= {"requiresCompatibilities": ["EC2"]}
    answer = world.account.call("ecs", "RegisterTaskDefinition", **settings)
    definition = answer["taskDefinition"]["taskDefinitionArn"]
    # Without an address of its own, which no instance's task can have.
    network = {"awsvpcConfiguration": {"subnets": world.subnets, "securityGroups": [world.security_group]}}
    return _rolling(taskDefinition=definition, launchType="EC2", networkConfiguration=network)(world)


def _by_strategy(world: World, strategy: list[dict[str, Any]]) -> dict[str, Any]:
    """In a cluster that has both providers."""
    cluster = f"{world.name}-capacity"
    world.account.call("ecs", "CreateCluster", clusterName=cluster, capacityProviders=["FARGATE", "FARGATE_SPOT"])
    return _rolling(cluster=cluster, capacityProviderStrategy=strategy)(world)


PROBES: list[Probe] = [
    breaks(
        "default_strategy_has_another_provider",
        "CreateCluster",
        lambda world: {"clusterName": f"{world.name}-refused", "defaultCapacityProviderStrategy": _BOTH[:1]},
    ),
    *(
        breaks(rule, "CreateService", request, message=message)
        for rule, request, message in (
            (
                "service_has_a_network_for_nothing",
                _with_a_network_for_nothing,
                "is not valid for the given networkMode",
            ),
            ("codedeploys_service_has_no_load_balancer", _released(loadBalancers=[]), "requires an Application Load"),
            ("services_load_balancer_is_incomplete", _behind(containerPort=None), ""),
            (
                "services_load_balancer_is_named_twice",
                _behind(loadBalancerName="classic"),
                "loadBalancerName and targetGroupArn cannot both be specified",
            ),
            (
                "service_has_a_launch_type_and_a_strategy",
                lambda world: _by_strategy(world, [{"capacityProvider": "FARGATE", "weight": 1}]),
                "both a launch type and capacity provider strategy",
            ),
            (
                "strategy_has_no_weight",
                lambda world: without(_by_strategy(world, _BOTH), "launchType"),
                "a weight value greater than zero",
            ),
            (
                "fargate_service_is_placed",
                _rolling(placementConstraints=[{"type": "distinctInstance"}]),
                "Placement constraints are not supported",
            ),
            ("percent_of_tasks_is_out_of_range", _rolling(**_percents(101, 200)), "must be at most 100"),
            ("percents_of_tasks_block_deployments", _rolling(**_percents(100, 100)), "this will block deployments"),
        )
    ),
    breaks(
        "fargate_service_is_placed",
        "CreateService",
        _rolling(placementStrategy=[{"type": "random"}]),
        case="by a strategy",
        message="Placement strategies are not supported",
    ),
    breaks(
        "percent_of_tasks_is_out_of_range",
        "UpdateService",
        lambda world: {"cluster": world.cluster, "service": world.rolling_service} | _percents(50, 99),
        case="of a service that is there",
        message="must be at least 100",
    ),
]
