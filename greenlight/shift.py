"""Deployment configurations: by which steps production traffic moves."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from greenlight.aws import Aws, error_code, is_denied
from greenlight.errors import RefusedError

_AWS_OWN, _AWS_OWN_OF_ECS = "CodeDeployDefault.", "CodeDeployDefault.ECS"
_UNKNOWN = {"DeploymentConfigDoesNotExistException", "InvalidDeploymentConfigNameException"}


def check(aws: Aws, name: str) -> str:
    """What the configuration does to traffic, in words. Raises RefusedError where ECS cannot be released by it."""
    try:
        config = aws.call("codedeploy:GetDeploymentConfig", deploymentConfigName=name)["deploymentConfigInfo"]
    except ClientError as error:
        if error_code(error) not in _UNKNOWN:
            raise
        raise RefusedError(
            f"no deployment configuration {name} in account {aws.account}, region {aws.region}: {_known(aws)}"
        ) from error
    platform = config.get("computePlatform", "Server")
    if platform != "ECS":
        raise RefusedError(f"deployment configuration {name} is for {platform}, not for ECS: {_known(aws)}")
    return describe(config)


def describe(config: Mapping[str, Any]) -> str:
    routing = config.get("trafficRoutingConfig") or {}
    if canary := routing.get("timeBasedCanary"):
        return f"{canary['canaryPercentage']} % first, the rest after {_minutes(canary['canaryInterval'])}"
    if linear := routing.get("timeBasedLinear"):
        return f"{linear['linearPercentage']} % each {_minutes(linear['linearInterval'])}"
    return "all at once"


def _minutes(number: int) -> str:
    return "minute" if number == 1 else f"{number} minutes"


def _known(aws: Aws) -> str:
    """Those that a release of ECS can name, as far as they may be seen."""
    try:
        names = _all_names(aws)
        known = [
            name
            for name in names
            if name.startswith(_AWS_OWN_OF_ECS) or (not name.startswith(_AWS_OWN) and _ecs(aws, name))
        ]
    except ClientError as error:
        if not is_denied(error):
            raise
        return "which others there are may not be seen"
    return f"there are {', '.join(sorted(known))}"


def _all_names(aws: Aws) -> list[str]:
    names: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = aws.call("codedeploy:ListDeploymentConfigs", **more)
        names += page.get("deploymentConfigsList", [])
        if not page.get("nextToken"):
            return names
        more = {"nextToken": page["nextToken"]}


def _ecs(aws: Aws, name: str) -> bool:
    try:
        found = aws.call("codedeploy:GetDeploymentConfig", deploymentConfigName=name)["deploymentConfigInfo"]
    except ClientError as error:
        if error_code(error) not in _UNKNOWN:
            raise
        return False  # gone since
    return bool(found.get("computePlatform") == "ECS")
