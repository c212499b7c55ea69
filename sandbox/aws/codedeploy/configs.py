"""CodeDeploy's deployment configurations: AWS's own, and the user's."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from moto.codedeploy.models import CodeDeployBackend
from moto.codedeploy.responses import CodeDeployResponse as Response
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from sandbox.aws.codedeploy.errors import check_token, error
from sandbox.aws.patch import adds
from sandbox.codedeploy_engine.shifts import InvalidRoutingError, shifts

Config = dict[str, Any]

PLATFORMS = ("Server", "Lambda", "ECS")
MOST_CONFIGS = 50
"""Of an account in a region: https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html"""


def _predefined() -> dict[str, Config]:
    found: dict[str, Config] = {}

    def add(name: str, platform: str, **content: Any) -> None:
        found[f"CodeDeployDefault.{name}"] = {
            "deploymentConfigId": f"00000000-0000-0000-0000-{len(found) + 1:012}",
            "deploymentConfigName": f"CodeDeployDefault.{name}",
            "computePlatform": platform,
            **content,
        }

    def shift(name: str, platform: str, kind: str, minutes: int) -> None:
        key, what = ("timeBasedCanary", "canary") if kind == "Canary" else ("timeBasedLinear", "linear")
        traffic = {"type": f"TimeBased{kind}", key: {f"{what}Percentage": 10, f"{what}Interval": minutes}}
        add(name, platform, trafficRoutingConfig=traffic)

    for name, kind, value in (
        ("OneAtATime", "HOST_COUNT", 1),
        ("HalfAtATime", "FLEET_PERCENT", 50),
        ("AllAtOnce", "HOST_COUNT", 0),
    ):
        add(name, "Server", minimumHealthyHosts={"type": kind, "value": value})
    for platform in ("ECS", "Lambda"):
        add(f"{platform}AllAtOnce", platform, trafficRoutingConfig={"type": "AllAtOnce"})
        for minutes in (5, 15) if platform == "ECS" else (5, 10, 15, 30):
            shift(f"{platform}Canary10Percent{minutes}Minutes", platform, "Canary", minutes)
        for minutes in (1, 3) if platform == "ECS" else (1, 2, 3, 10):
            # AWS's own names: LambdaLinear10PercentEvery1Minute, but ECSLinear10PercentEvery1Minutes.
            unit = "Minute" if platform == "Lambda" and minutes == 1 else "Minutes"
            shift(f"{platform}Linear10PercentEvery{minutes}{unit}", platform, "Linear", minutes)
    return found


PREDEFINED = _predefined()


def deployment_configs(backend: CodeDeployBackend) -> dict[str, Config]:
    """The user's own configurations by name."""
    own: dict[str, Config] = backend.__dict__.setdefault("deployment_configs", {})
    return own


def deployment_config(backend: CodeDeployBackend, name: str) -> Config:
    """A configuration of AWS's or of the user's."""
    found = PREDEFINED.get(name) or deployment_configs(backend).get(name)
    if found is None:
        raise error("DeploymentConfigDoesNotExist", f"No Deployment Configuration found for name: {name}")
    return found


def check_platform(given: str | None) -> str:
    """The compute platform; Server where none is given."""
    platform = given or "Server"
    if platform not in PLATFORMS:
        raise error("InvalidComputePlatform", f"A compute platform is {', '.join(PLATFORMS)}, got {platform}.")
    return platform


@adds(Response)
def create_deployment_config(self: Response) -> ActionResult:
    own = deployment_configs(self.codedeploy_backend)
    name = self._get_param("deploymentConfigName")
    if name in own:
        raise error("DeploymentConfigAlreadyExists", f"The Deployment Configuration {name} already exists.")
    if len(own) >= MOST_CONFIGS:
        raise error("DeploymentConfigLimitExceeded", f"An account has {MOST_CONFIGS} deployment configurations.")
    platform = check_platform(self._get_param("computePlatform"))
    config: Config = {
        "deploymentConfigId": str(uuid4()),
        "deploymentConfigName": name,
        "computePlatform": platform,
        "createTime": utcnow(),
    }
    for key in ("minimumHealthyHosts", "trafficRoutingConfig", "zonalConfig"):
        if self._get_param(key):
            config[key] = self._get_param(key)
    if platform != "Server":
        try:
            shifts(config["trafficRoutingConfig"])
        except InvalidRoutingError as problem:
            raise error("InvalidTrafficRoutingConfiguration", f"{problem}.") from None
    own[name] = config
    return ActionResult({"deploymentConfigId": config["deploymentConfigId"]})


@adds(Response)
def get_deployment_config(self: Response) -> ActionResult:
    name = self._get_param("deploymentConfigName")
    return ActionResult({"deploymentConfigInfo": deployment_config(self.codedeploy_backend, name)})


@adds(Response)
def list_deployment_configs(self: Response) -> ActionResult:
    check_token(self)
    return ActionResult({"deploymentConfigsList": [*PREDEFINED, *deployment_configs(self.codedeploy_backend)]})


@adds(Response)
def delete_deployment_config(self: Response) -> EmptyResult:
    name = self._get_param("deploymentConfigName")
    if name in PREDEFINED:
        raise error("InvalidOperation", f"{name} is a predefined deployment configuration.")
    if _is_used(self.codedeploy_backend, name):
        raise error("DeploymentConfigInUse", f"The Deployment Configuration {name} is in use.")
    deployment_configs(self.codedeploy_backend).pop(name, None)
    return EmptyResult()


def _is_used(backend: CodeDeployBackend, name: str) -> bool:
    """Whether a group names it, or a deployment under way moves traffic by it."""
    groups = [group for of_one in backend.deployment_groups.values() for group in of_one.values()]
    under_way = [deployment for deployment in backend.deployments.values() if not deployment.ended]
    return any(str(used.deployment_config_name) == name for used in (*groups, *under_way))
