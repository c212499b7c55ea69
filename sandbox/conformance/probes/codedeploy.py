"""CodeDeploy: applications, deployment configurations, and tags."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, Request, answered, breaks, refused, without, worded
from sandbox.conformance.world import World

API = "https://docs.aws.amazon.com/codedeploy/latest/APIReference"
_GUIDE = "https://docs.aws.amazon.com/codedeploy/latest/userguide"
_LONG = "x" * 101


def refusal(operation: str, claim: str, request: Request, code: str, source: str = "") -> Probe:
    """Of one of CodeDeploy's operations. The source is the operation's own page, unless another is given."""
    return refused("codedeploy", operation, claim, request, code, source or f"{API}/API_{operation}.html")


# Applications ---------------------------------------------------------------------------------------------------------

_APPLICATIONS = [
    answered(
        "codedeploy",
        "GetApplication",
        "an application tells its platform",
        lambda world: {"applicationName": world.application},
        {"application.applicationName": lambda world: world.application, "application.computePlatform": "ECS"},
        f"{API}/API_GetApplication.html",
    ),
    refusal(
        "CreateApplication",
        "an application's name is used once",
        lambda world: {"applicationName": world.application, "computePlatform": "ECS"},
        "ApplicationAlreadyExistsException",
    ),
    refusal(
        "CreateApplication",
        "an application has a name",
        lambda _: {"computePlatform": "ECS"},
        "ApplicationNameRequiredException",
    ),
    refusal(
        "CreateApplication",
        "an application's name has 100 characters at most",
        lambda world: {"applicationName": f"{world.name}{_LONG}"[:101], "computePlatform": "ECS"},
        "InvalidApplicationNameException",
    ),
    refusal(
        "CreateApplication",
        "an application's name has no space",
        lambda world: {"applicationName": f"{world.name} tried", "computePlatform": "ECS"},
        "InvalidApplicationNameException",
    ),
    worded(
        "platform_is_unknown",
        "CreateApplication",
        lambda world: {"applicationName": f"{world.name}-tried", "computePlatform": "Fargate"},
    ),
    refusal(
        "GetApplication",
        "an application that is not there is not shown",
        lambda world: {"applicationName": world.missing},
        "ApplicationDoesNotExistException",
    ),
]


# Deployment configurations --------------------------------------------------------------------------------------------


def _config(world: World, **changes: Any) -> dict[str, Any]:
    canary = {"canaryPercentage": 20, "canaryInterval": 1}
    return {
        "deploymentConfigName": f"{world.name}-tried",
        "computePlatform": "ECS",
        "trafficRoutingConfig": {"type": "TimeBasedCanary", "timeBasedCanary": canary},
    } | changes


def _made_config(world: World, ending: str) -> dict[str, Any]:
    """The request by which a linear configuration of this name was made."""
    linear = {"linearPercentage": 30, "linearInterval": 2}
    routing = {"type": "TimeBasedLinear", "timeBasedLinear": linear}
    request = _config(world, deploymentConfigName=f"{world.name}-{ending}", trafficRoutingConfig=routing)
    world.account.call("codedeploy", "CreateDeploymentConfig", **request)
    return request


def _predefined(name: str, routing: dict[str, Any]) -> Probe:
    return answered(
        "codedeploy",
        "GetDeploymentConfig",
        f"there is a configuration {name}",
        lambda _: {"deploymentConfigName": f"CodeDeployDefault.{name}"},
        {
            "deploymentConfigInfo.computePlatform": "ECS",
            **{f"deploymentConfigInfo.trafficRoutingConfig.{path}": value for path, value in routing.items()},
        },
        f"{_GUIDE}/deployment-configurations.html",
    )


def _canary(minutes: int, percentage: int = 10) -> dict[str, Any]:
    return {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": percentage, "canaryInterval": minutes}}


def _linear(minutes: int, percentage: int = 10) -> dict[str, Any]:
    return {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": percentage, "linearInterval": minutes}}


def _shifting(rule: str, routing: dict[str, Any]) -> Probe:
    return worded(rule, "CreateDeploymentConfig", lambda world: _config(world, trafficRoutingConfig=routing))


_CONFIGS = [
    _predefined("ECSAllAtOnce", {"type": "AllAtOnce"}),
    _predefined("ECSCanary10Percent5Minutes", _canary(5)),
    _predefined("ECSCanary10Percent15Minutes", _canary(15)),
    _predefined("ECSLinear10PercentEvery1Minutes", _linear(1)),
    _predefined("ECSLinear10PercentEvery3Minutes", _linear(3)),
    answered(
        "codedeploy",
        "CreateDeploymentConfig",
        "a canary of one's own is made",
        lambda world: _config(world, deploymentConfigName=f"{world.name}-canary"),
        {},
        f"{API}/API_CreateDeploymentConfig.html",
    ),
    refusal(
        "CreateDeploymentConfig",
        "a configuration's name is its own",
        lambda world: _made_config(world, "twice"),
        "DeploymentConfigAlreadyExistsException",
    ),
    answered(
        "codedeploy",
        "GetDeploymentConfig",
        "a linear shift of one's own is shown as it was made",
        lambda world: {"deploymentConfigName": _made_config(world, "linear")["deploymentConfigName"]},
        {
            "deploymentConfigInfo.computePlatform": "ECS",
            "deploymentConfigInfo.trafficRoutingConfig.type": "TimeBasedLinear",
            "deploymentConfigInfo.trafficRoutingConfig.timeBasedLinear": {"linearPercentage": 30, "linearInterval": 2},
        },
        f"{API}/API_GetDeploymentConfig.html",
    ),
    refusal(
        "CreateDeploymentConfig",
        "a configuration has a name",
        lambda world: without(_config(world), "deploymentConfigName"),
        "DeploymentConfigNameRequiredException",
    ),
    refusal(
        "CreateDeploymentConfig",
        "a configuration's name has no space",
        lambda world: _config(world, deploymentConfigName=f"{world.name} tried"),
        "InvalidDeploymentConfigNameException",
    ),
    worded(
        "platform_is_unknown",
        "CreateDeploymentConfig",
        lambda world: _config(world, computePlatform="Fargate"),
        case="a configuration",
    ),
    worded(
        "configuration_name_is_reserved",
        "CreateDeploymentConfig",
        lambda world: _config(world, deploymentConfigName=f"CodeDeployDefault.{world.name}"),
    ),
    worded(
        "configuration_counts_hosts",
        "CreateDeploymentConfig",
        lambda world: _config(world, minimumHealthyHosts={"type": "HOST_COUNT", "value": 1}),
    ),
    worded(
        "configuration_has_no_routing",
        "CreateDeploymentConfig",
        lambda world: without(_config(world), "trafficRoutingConfig"),
    ),
    _shifting("routing_has_anothers_numbers", _canary(5) | {"type": "AllAtOnce"}),
    _shifting("routing_percentage_is_out_of_range", _canary(5, percentage=100)),
    _shifting("canary_interval_is_out_of_range", _canary(2881)),
    _shifting("linear_steps_take_too_long", _linear(1441, percentage=50)),
    refusal(
        "GetDeploymentConfig",
        "a configuration that is not there is not shown",
        lambda world: {"deploymentConfigName": world.missing},
        "DeploymentConfigDoesNotExistException",
    ),
    refusal(
        "DeleteDeploymentConfig",
        "a configuration of AWS's is not deleted",
        lambda _: {"deploymentConfigName": "CodeDeployDefault.ECSAllAtOnce"},
        "InvalidOperationException",
    ),
]


# Tags -----------------------------------------------------------------------------------------------------------------


def _of_no_application(world: World) -> str:
    return world.arn("codedeploy", f"application:{world.missing}")


def _of_no_group(world: World) -> str:
    return world.arn("codedeploy", f"deploymentgroup:{world.application}/{world.missing}")


_TAG = [{"Key": "color", "Value": "blue"}]


def _tagged(world: World) -> dict[str, Any]:
    arn = world.arn("codedeploy", f"application:{world.application}")
    world.account.call("codedeploy", "TagResource", ResourceArn=arn, Tags=_TAG)
    return {"ResourceArn": arn}


_TAGS = [
    answered(
        "codedeploy",
        "ListTagsForResource",
        "the tags of an application come back",
        _tagged,
        {"Tags": _TAG},
        f"{API}/API_ListTagsForResource.html",
    ),
    refusal("ListTagsForResource", "tags are those of a resource", lambda _: {}, "ResourceArnRequiredException"),
    breaks(
        "tagged_application_is_gone",
        "TagResource",
        lambda world: {"ResourceArn": _of_no_application(world), "Tags": _TAG},
    ),
    breaks(
        "tagged_application_is_gone",
        "UntagResource",
        lambda world: {"ResourceArn": _of_no_application(world), "TagKeys": ["color"]},
        case="untagged",
    ),
    breaks(
        "tagged_deployment_group_is_gone",
        "TagResource",
        lambda world: {"ResourceArn": _of_no_group(world), "Tags": _TAG},
    ),
    breaks(
        "tagged_deployment_group_is_gone",
        "UntagResource",
        lambda world: {"ResourceArn": _of_no_group(world), "TagKeys": ["color"]},
        case="untagged",
    ),
]

PROBES: list[Probe] = [*_APPLICATIONS, *_CONFIGS, *_TAGS]
