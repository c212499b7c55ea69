"""CodeDeploy: applications, deployment groups and deployment configurations, complete; deployments are not here yet."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from uuid import uuid4

from moto.codedeploy import responses
from moto.codedeploy.exceptions import CodeDeployException
from moto.codedeploy.models import CodeDeployBackend, DeploymentGroup
from moto.codedeploy.responses import CodeDeployResponse as Response
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ecs.exceptions import ECSException
from moto.ecs.models import ecs_backends

from sandbox.aws.errors import NotModelled

Config = dict[str, Any]


def create_deployment(_response: Response) -> ActionResult:
    """moto stores a deployment that stays Created for ever, and every wait for it times out."""
    raise NotModelled("deployments yet (CreateDeployment of CodeDeploy)")


# Deployment configurations -------------------------------------------------------------------------------------------


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
        raise CodeDeployException(
            "DeploymentConfigDoesNotExistException", f"No Deployment Configuration found for name: {name}"
        )
    return found


def create_deployment_config(self: Response) -> ActionResult:
    own = deployment_configs(self.codedeploy_backend)
    name = self._get_param("deploymentConfigName")
    if name.startswith("CodeDeployDefault"):
        raise CodeDeployException("InvalidDeploymentConfigNameException", "CodeDeployDefault names are AWS's own.")
    if name in own:
        raise CodeDeployException(
            "DeploymentConfigAlreadyExistsException", f"The Deployment Configuration {name} already exists."
        )
    platform = self._get_param("computePlatform") or "Server"
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
        config.setdefault("trafficRoutingConfig", {"type": "AllAtOnce"})
    own[name] = config
    return ActionResult({"deploymentConfigId": config["deploymentConfigId"]})


def get_deployment_config(self: Response) -> ActionResult:
    name = self._get_param("deploymentConfigName")
    return ActionResult({"deploymentConfigInfo": deployment_config(self.codedeploy_backend, name)})


def list_deployment_configs(self: Response) -> ActionResult:
    return ActionResult({"deploymentConfigsList": [*PREDEFINED, *deployment_configs(self.codedeploy_backend)]})


def delete_deployment_config(self: Response) -> EmptyResult:
    name = self._get_param("deploymentConfigName")
    if name in PREDEFINED:
        raise CodeDeployException("InvalidOperationException", f"{name} is a predefined deployment configuration.")
    for groups in self.codedeploy_backend.deployment_groups.values():
        if any(str(group.deployment_config_name) == name for group in groups.values()):
            raise CodeDeployException(
                "DeploymentConfigInUseException", f"The Deployment Configuration {name} is in use."
            )
    deployment_configs(self.codedeploy_backend).pop(name, None)
    return EmptyResult()


# Applications --------------------------------------------------------------------------------------------------------


def create_application(self: Response) -> ActionResult:
    application_id = self.codedeploy_backend.create_application(
        application_name=self._get_param("applicationName"),
        compute_platform=self._get_param("computePlatform") or "Server",
        tags=self._get_param("tags"),
    )
    return ActionResult({"applicationId": application_id})


def update_application(self: Response) -> EmptyResult:
    backend = self.codedeploy_backend
    old, new = self._get_param("applicationName"), self._get_param("newApplicationName")
    application = backend.get_application(old)
    if not new or new == old:
        return EmptyResult()
    if new in backend.applications:
        raise CodeDeployException(
            "ApplicationAlreadyExistsException", f"The application {new} already exists with the user or AWS account."
        )
    application.application_name = new
    backend.applications[new] = backend.applications.pop(old)
    _move_tags(backend, backend._application_arn(old), backend._application_arn(new))
    groups = backend.deployment_groups.pop(old, {})
    backend.deployment_groups[new] = groups
    for name in groups:
        _move_tags(backend, backend._deployment_group_arn(old, name), backend._deployment_group_arn(new, name))
    for deployment in backend.deployments.values():
        if deployment.application is application:
            deployment.application_name = new
    return EmptyResult()


def delete_application(self: Response) -> EmptyResult:
    """With its deployment groups. One that is not there is no error, as in AWS."""
    backend = self.codedeploy_backend
    name = self._get_param("applicationName")
    for group in backend.deployment_groups.pop(name, {}):
        backend.tagger.delete_all_tags_for_resource(backend._deployment_group_arn(name, group))
    if backend.applications.pop(name, None) is not None:
        backend.tagger.delete_all_tags_for_resource(backend._application_arn(name))
    return EmptyResult()


def _move_tags(backend: CodeDeployBackend, old: str, new: str) -> None:
    tags = backend.tagger.list_tags_for_resource(old)["Tags"]
    backend.tagger.delete_all_tags_for_resource(old)
    backend.tagger.tag_resource(new, tags)


# Deployment groups ---------------------------------------------------------------------------------------------------

_FIELDS = {
    "deploymentConfigName": "deployment_config_name",
    "ec2TagFilters": "ec2_tag_filters",
    "onPremisesInstanceTagFilters": "on_premises_instance_tag_filters",
    "autoScalingGroups": "auto_scaling_groups",
    "serviceRoleArn": "service_role_arn",
    "triggerConfigurations": "trigger_configurations",
    "alarmConfiguration": "alarm_configuration",
    "autoRollbackConfiguration": "auto_rollback_configuration",
    "outdatedInstancesStrategy": "outdated_instances_strategy",
    "deploymentStyle": "deployment_style",
    "blueGreenDeploymentConfiguration": "blue_green_deployment_configuration",
    "loadBalancerInfo": "load_balancer_info",
    "ec2TagSet": "ec2_tag_set",
    "ecsServices": "ecs_services",
    "onPremisesTagSet": "on_premises_tag_set",
    "terminationHookEnabled": "termination_hook_enabled",
}


def group_info(group: DeploymentGroup) -> dict[str, Any]:
    """What GetDeploymentGroup says. Absent is absent: moto sends empty objects, and tests for presence are misled.

    ``last_successful_deployment``, ``last_attempted_deployment`` and ``target_revision`` of the group are an engine's.
    """
    info: dict[str, Any] = {
        "applicationName": group.application.application_name,
        "deploymentGroupId": group.deployment_group_id,
        "deploymentGroupName": group.deployment_group_name,
        "computePlatform": group.application.compute_platform,
    }
    extra = {
        "targetRevision": "target_revision",
        "lastSuccessfulDeployment": "last_successful_deployment",
        "lastAttemptedDeployment": "last_attempted_deployment",
    }
    for key, attribute in {**_FIELDS, **extra}.items():
        value = getattr(group, attribute, None)
        if value not in (None, {}, []):
            info[key] = value
    info["deploymentConfigName"] = str(group.deployment_config_name)
    if group.application.compute_platform == "ECS":
        # `aws ecs deploy` ends with 'waitTimeInMinutes' (exit 255) when these are not there, as they are in AWS.
        waits = deepcopy(info.get("blueGreenDeploymentConfiguration", {}))
        ready = waits.setdefault("deploymentReadyOption", {})
        ready.setdefault("actionOnTimeout", "CONTINUE_DEPLOYMENT")
        ready.setdefault("waitTimeInMinutes", 0)
        ending = waits.setdefault("terminateBlueInstancesOnDeploymentSuccess", {})
        ending.setdefault("action", "TERMINATE")
        ending.setdefault("terminationWaitTimeInMinutes", 0)
        info["blueGreenDeploymentConfiguration"] = waits
    return info


def create_deployment_group(self: Response) -> ActionResult:
    backend = self.codedeploy_backend
    application = backend.get_application(self._get_param("applicationName"))
    values = {attribute: self._get_param(key) for key, attribute in _FIELDS.items()}
    default = (
        "CodeDeployDefault.ECSAllAtOnce" if application.compute_platform == "ECS" else "CodeDeployDefault.OneAtATime"
    )
    values["deployment_config_name"] = values["deployment_config_name"] or default
    _check_group(self, values, None)
    group_id = backend.create_deployment_group(
        application_name=application.application_name,
        deployment_group_name=self._get_param("deploymentGroupName"),
        tags=self._get_param("tags"),
        **values,
    )
    return ActionResult({"deploymentGroupId": group_id})


def update_deployment_group(self: Response) -> ActionResult:
    """Only what is sent changes; an empty list or object clears."""
    backend = self.codedeploy_backend
    application = self._get_param("applicationName")
    old = self._get_param("currentDeploymentGroupName")
    new = self._get_param("newDeploymentGroupName") or old
    group = backend.get_deployment_group(application, old)
    groups = backend.deployment_groups[application]
    if new != old and new in groups:
        raise CodeDeployException("DeploymentGroupAlreadyExistsException", f"Deployment group {new} already exists.")
    sent = {attribute: self._get_param(key) for key, attribute in _FIELDS.items() if self._get_param(key) is not None}
    _check_group(self, sent, group)
    for attribute, value in sent.items():
        setattr(group, attribute, value)
    if new != old:
        group.deployment_group_name = new
        groups[new] = groups.pop(old)
        _move_tags(
            backend, backend._deployment_group_arn(application, old), backend._deployment_group_arn(application, new)
        )
    return ActionResult({"hooksNotCleanedUp": []})


def _check_group(self: Response, values: dict[str, Any], group: DeploymentGroup | None) -> None:
    """AWS's own checks, without which a wrong stack would be found out at the first release only."""
    backend = self.codedeploy_backend
    if values.get("deployment_config_name"):
        deployment_config(backend, values["deployment_config_name"])
    for entry in values.get("ecs_services") or []:
        cluster, name = entry.get("clusterName", ""), entry.get("serviceName", "")
        try:
            service = ecs_backends[self.current_account][self.region]._get_service(cluster, name)
        except ECSException:
            raise CodeDeployException(
                "InvalidECSServiceException", f"The ECS service {cluster}:{name} cannot be found."
            ) from None
        if service.deployment_controller["type"] != "CODE_DEPLOY":
            raise CodeDeployException(
                "InvalidECSServiceException",
                "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller.",
            )
        for others in backend.deployment_groups.values():
            if any(entry in other.ecs_services for other in others.values() if other is not group):
                raise CodeDeployException(
                    "ECSServiceMappingLimitExceededException",
                    f"The ECS service {cluster}:{name} is in another deployment group already.",
                )


def delete_deployment_group(self: Response) -> ActionResult:
    backend = self.codedeploy_backend
    application, name = self._get_param("applicationName"), self._get_param("deploymentGroupName")
    if backend.deployment_groups.get(application, {}).pop(name, None) is not None:
        backend.tagger.delete_all_tags_for_resource(backend._deployment_group_arn(application, name))
    return ActionResult({"hooksNotCleanedUp": []})


def batch_get_deployment_groups(self: Response) -> ActionResult:
    """ecspresso finds its group this way. Unknown names are left out and told in ``errorMessage``."""
    backend = self.codedeploy_backend
    application = self._get_param("applicationName")
    backend.get_application(application)
    known = backend.deployment_groups.get(application, {})
    names = self._get_param("deploymentGroupNames")
    result: dict[str, Any] = {"deploymentGroupsInfo": [group_info(known[name]) for name in names if name in known]}
    unknown = [name for name in names if name not in known]
    if unknown:
        result["errorMessage"] = f"No Deployment Group found for name: {', '.join(unknown)}"
    return ActionResult(result)


def list_deployments(self: Response) -> ActionResult:
    """Newest first, as AWS has it: clients act on the first one."""
    oldest_first = _list_deployments(self).result
    assert isinstance(oldest_first, dict)
    return ActionResult({"deployments": oldest_first["deployments"][::-1]})


_list_deployments = Response.list_deployments


def install() -> None:
    responses._deployment_group_info = group_info
    for function in (
        create_deployment,
        create_deployment_config,
        get_deployment_config,
        list_deployment_configs,
        delete_deployment_config,
        create_application,
        update_application,
        delete_application,
        create_deployment_group,
        update_deployment_group,
        delete_deployment_group,
        batch_get_deployment_groups,
        list_deployments,
    ):
        setattr(Response, function.__name__, function)
