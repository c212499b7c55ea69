"""CodeDeploy: applications and deployment groups."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from moto.codedeploy import responses
from moto.codedeploy.models import CodeDeployBackend, DeploymentGroup
from moto.codedeploy.responses import CodeDeployResponse as Response
from moto.core.responses import ActionResult, EmptyResult

from sandbox.aws.codedeploy import views
from sandbox.aws.codedeploy.checks import check_group
from sandbox.aws.codedeploy.configs import check_platform
from sandbox.aws.codedeploy.errors import check_token, error
from sandbox.aws.patch import adds, replaces
from sandbox.codedeploy_engine import ledger
from sandbox.codedeploy_engine.records import Deployment, StopRequest

# Applications --------------------------------------------------------------------------------------------------------


@replaces(Response)
def create_application(self: Response) -> ActionResult:
    application_id = self.codedeploy_backend.create_application(
        application_name=self._get_param("applicationName"),
        compute_platform=check_platform(self._get_param("computePlatform")),
        tags=self._get_param("tags"),
    )
    return ActionResult({"applicationId": application_id})


@replaces(Response)
def list_applications(self: Response) -> ActionResult:
    check_token(self)
    return ActionResult({"applications": list(self.codedeploy_backend.applications)})


@adds(Response)
def update_application(self: Response) -> EmptyResult:
    backend = self.codedeploy_backend
    old, new = self._get_param("applicationName"), self._get_param("newApplicationName")
    application = backend.get_application(old)
    if not new or new == old:
        return EmptyResult()
    if new in backend.applications:
        raise error("ApplicationAlreadyExists", f"The application {new} already exists with the user or AWS account.")
    application.application_name = new
    backend.applications[new] = backend.applications.pop(old)
    _move_tags(backend, backend._application_arn(old), backend._application_arn(new))
    groups = backend.deployment_groups.pop(old, {})
    backend.deployment_groups[new] = groups
    for name in groups:
        _move_tags(backend, backend._deployment_group_arn(old, name), backend._deployment_group_arn(new, name))
    return EmptyResult()


@adds(Response)
def delete_application(self: Response) -> EmptyResult:
    """With its deployment groups. One that is not there is no error, as in AWS."""
    backend = self.codedeploy_backend
    name = self._get_param("applicationName")
    gone = StopRequest("APPLICATION_MISSING", f"The application {name} was deleted.", rollback=False)
    for group_name, group in backend.deployment_groups.pop(name, {}).items():
        ledger.stop_all(backend, group, gone)
        backend.tagger.delete_all_tags_for_resource(backend._deployment_group_arn(name, group_name))
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


@replaces(responses, "_deployment_group_info")
def group_info(group: DeploymentGroup) -> dict[str, Any]:
    """What GetDeploymentGroup says. Absent is absent: moto sends empty objects, and tests for presence are misled.

    The engine sets ``last_successful``, ``last_attempted`` and ``last_successful_revision``.
    """
    info: dict[str, Any] = {
        "applicationName": group.application.application_name,
        "deploymentGroupId": group.deployment_group_id,
        "deploymentGroupName": group.deployment_group_name,
        "computePlatform": group.application.compute_platform,
    }
    for key, attribute in _FIELDS.items():
        value = getattr(group, attribute, None)
        if value not in (None, {}, []):
            info[key] = value
    revision = views.without_content(getattr(group, "last_successful_revision", None))
    if revision is not None:
        info["targetRevision"] = revision
    for key, attribute in (
        ("lastSuccessfulDeployment", "last_successful"),
        ("lastAttemptedDeployment", "last_attempted"),
    ):
        deployment: Deployment | None = getattr(group, attribute, None)
        if deployment is not None:
            info[key] = views.summary(deployment)
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


@replaces(Response)
def create_deployment_group(self: Response) -> ActionResult:
    backend = self.codedeploy_backend
    application = backend.get_application(self._get_param("applicationName"))
    values = {attribute: self._get_param(key) for key, attribute in _FIELDS.items()}
    default = (
        "CodeDeployDefault.ECSAllAtOnce" if application.compute_platform == "ECS" else "CodeDeployDefault.OneAtATime"
    )
    values["deployment_config_name"] = values["deployment_config_name"] or default
    check_group(backend, application, values, None)
    group_id = backend.create_deployment_group(
        application_name=application.application_name,
        deployment_group_name=self._get_param("deploymentGroupName"),
        tags=self._get_param("tags"),
        **values,
    )
    return ActionResult({"deploymentGroupId": group_id})


@adds(Response)
def update_deployment_group(self: Response) -> ActionResult:
    """Only what is sent changes; an empty list or object clears."""
    backend = self.codedeploy_backend
    application = self._get_param("applicationName")
    old = self._get_param("currentDeploymentGroupName")
    new = self._get_param("newDeploymentGroupName") or old
    group = backend.get_deployment_group(application, old)
    groups = backend.deployment_groups[application]
    if new != old and new in groups:
        raise error("DeploymentGroupAlreadyExists", f"Deployment group {new} already exists.")
    sent = {attribute: self._get_param(key) for key, attribute in _FIELDS.items() if self._get_param(key) is not None}
    before = {attribute: getattr(group, attribute) for attribute in _FIELDS.values()}
    check_group(backend, group.application, before | sent, group)
    for attribute, value in sent.items():
        setattr(group, attribute, value)
    if new != old:
        group.deployment_group_name = new
        groups[new] = groups.pop(old)
        _move_tags(
            backend, backend._deployment_group_arn(application, old), backend._deployment_group_arn(application, new)
        )
    return ActionResult({"hooksNotCleanedUp": []})


@adds(Response)
def delete_deployment_group(self: Response) -> ActionResult:
    backend = self.codedeploy_backend
    application, name = self._get_param("applicationName"), self._get_param("deploymentGroupName")
    group = backend.deployment_groups.get(application, {}).pop(name, None)
    if group is not None:
        gone = StopRequest("DEPLOYMENT_GROUP_MISSING", f"The deployment group {name} was deleted.", rollback=False)
        ledger.stop_all(backend, group, gone)
        backend.tagger.delete_all_tags_for_resource(backend._deployment_group_arn(application, name))
    return ActionResult({"hooksNotCleanedUp": []})


@replaces(Response)
def list_deployment_groups(self: Response) -> ActionResult:
    """moto lists none for an application that does not exist."""
    check_token(self)
    application = self.codedeploy_backend.get_application(self._get_param("applicationName"))
    groups = self.codedeploy_backend.deployment_groups.get(application.application_name, {})
    return ActionResult({"applicationName": application.application_name, "deploymentGroups": list(groups)})


@adds(Response)
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
