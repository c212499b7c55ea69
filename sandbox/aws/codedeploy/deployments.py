"""CodeDeploy's deployments, as their API has them. What a deployment does is in `sandbox.codedeploy_engine`."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from moto.codedeploy.exceptions import InvalidTimeRangeException
from moto.codedeploy.models import DeploymentGroup
from moto.codedeploy.responses import CodeDeployResponse as Response
from moto.core.responses import ActionResult

from sandbox.aws.codedeploy import views
from sandbox.aws.codedeploy.checks import active_service, check_alarms, check_auto_rollback, check_config
from sandbox.aws.codedeploy.errors import check_token, error
from sandbox.aws.codedeploy.groups import group_info
from sandbox.aws.codedeploy.revisions import check_hooks, checked, remember
from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import adds, replaces
from sandbox.codedeploy_engine import ledger
from sandbox.codedeploy_engine.records import Deployment, StopRequest

TARGET_FILTERS = ("TargetStatus", "ServerInstanceLabel")
TARGET_STATUSES = (*views.TARGET_STATUSES, "Unknown")
STATUSES = ("Created", "Queued", "InProgress", "Baking", "Succeeded", "Failed", "Stopped", "Ready")

# Making one ----------------------------------------------------------------------------------------------------------


@replaces(Response)
def create_deployment(self: Response) -> ActionResult:
    backend = self.codedeploy_backend
    group = _group(self)
    application = group.application
    if application.compute_platform != "ECS":
        raise NotModelled(f"deployments to {application.compute_platform}")
    revision, appspec = checked(self._get_param("revision"))
    config_name = str(self._get_param("deploymentConfigName") or group.deployment_config_name)
    config = check_config(backend, config_name, "ECS")
    info = group_info(group)
    if len(group.ecs_services) != 1:
        raise error("InvalidECSService", "The deployment group has no ECS service.")
    service = active_service(backend, group.ecs_services[0])
    _check_load_balancers(info)
    auto_rollback = self._get_param("autoRollbackConfiguration") or info.get("autoRollbackConfiguration")
    check_auto_rollback(auto_rollback)
    override = self._get_param("overrideAlarmConfiguration")
    check_alarms(override)
    running = ledger.active(backend, group)
    if running is not None:
        raise error(
            "DeploymentLimitExceeded",
            f"The Deployment Group '{group.deployment_group_name}' already has an active Deployment "
            f"'{running.deployment_id}'",
        )
    deployment = Deployment(
        application=application,
        group=group,
        account=self.current_account,
        region=self.region,
        group_info=info,
        cluster=service.cluster_name,
        service=service.name,
        service_arn=service.arn,
        deployment_config_name=config_name,
        routing=config["trafficRoutingConfig"],
        revision=revision,
        appspec=appspec,
        previous_revision=getattr(group, "last_successful_revision", None),
        description=self._get_param("description"),
        auto_rollback=auto_rollback,
        alarms=override or info.get("alarmConfiguration"),
        override_alarms=override,
    )
    if appspec is not None:
        check_hooks(appspec, deployment)
    remember(backend, application, revision, group=group.deployment_group_name)
    ledger.add(backend, deployment)
    return ActionResult({"deploymentId": deployment.deployment_id})


def _group(self: Response) -> DeploymentGroup:
    application, name = self._get_param("applicationName"), self._get_param("deploymentGroupName")
    if not application:
        raise error("ApplicationNameRequired", "The application name is missing.")
    self.codedeploy_backend.get_application(application)
    if not name:
        raise error("DeploymentGroupNameRequired", "The deployment group name is missing.")
    return self.codedeploy_backend.get_deployment_group(application, name)


def _check_load_balancers(info: dict[str, Any]) -> None:
    pairs = (info.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList") or [{}]
    listeners = (pairs[0].get("prodTrafficRoute") or {}).get("listenerArns")
    if not listeners or len(pairs[0].get("targetGroups") or ()) != 2:
        raise error("InvalidLoadBalancerInfo", "A deployment needs a pair of target groups and a production listener.")


# Reading -------------------------------------------------------------------------------------------------------------


def _deployment(self: Response) -> Deployment:
    deployment_id = self._get_param("deploymentId")
    if not deployment_id:
        raise error("DeploymentIdRequired", "The deployment id is missing.")
    if not re.fullmatch(r"d-[A-Z0-9]{9}", deployment_id):
        raise error("InvalidDeploymentId", f"{deployment_id} is not a deployment id.")
    found: Deployment = self.codedeploy_backend.get_deployment(deployment_id)
    return found


@replaces(Response)
def get_deployment(self: Response) -> ActionResult:
    return ActionResult({"deploymentInfo": views.info(_deployment(self))})


@replaces(Response)
def batch_get_deployments(self: Response) -> ActionResult:
    """Unknown ones are left out."""
    ids = self._get_param("deploymentIds") or []
    if not ids:
        raise error("DeploymentIdRequired", "The deployment ids are missing.")
    if len(ids) > 25:
        raise error("BatchLimitExceeded", "No more than 25 deployments at a time.")
    known = self.codedeploy_backend.deployments
    return ActionResult({"deploymentsInfo": [views.info(known[one]) for one in ids if one in known]})


@replaces(Response)
def list_deployments(self: Response) -> ActionResult:
    """Newest first, as AWS has it: clients act on the first one."""
    check_token(self)
    application, group = self._get_param("applicationName"), self._get_param("deploymentGroupName")
    if group and not application:
        raise error("ApplicationNameRequired", "A deployment group is named together with its application.")
    if application and not group:
        raise error("DeploymentGroupNameRequired", "An application is named together with a deployment group.")
    if application:
        self.codedeploy_backend.get_application(application)
        self.codedeploy_backend.get_deployment_group(application, group)
    statuses = self._get_param("includeOnlyStatuses") or STATUSES
    if set(statuses) - set(STATUSES):
        raise error("InvalidDeploymentStatus", f"A deployment is one of {', '.join(STATUSES)}.")
    times = self._get_param("createTimeRange") or {}
    start, end = _utc(times.get("start")), _utc(times.get("end"))
    if start is not None and end is not None and start >= end:
        raise InvalidTimeRangeException
    found = [
        deployment.deployment_id
        for deployment in reversed(self.codedeploy_backend.deployments.values())
        if application in (None, deployment.application_name)
        and group in (None, deployment.deployment_group_name)
        and deployment.status in statuses
        and (start is None or deployment.create_time >= start)
        and (end is None or deployment.create_time <= end)
    ]
    return ActionResult({"deployments": found})


def _utc(time: datetime | None) -> datetime | None:
    """moto reads times in UTC, and they do not say so."""
    return time.replace(tzinfo=UTC) if time is not None else None


@adds(Response)
def list_deployment_targets(self: Response) -> ActionResult:
    check_token(self)
    deployment = _deployment(self)
    filters = self._get_param("targetFilters") or {}
    if set(filters) - set(TARGET_FILTERS):
        raise error("InvalidTargetFilterName", f"Targets are filtered by {' or '.join(TARGET_FILTERS)}.")
    wanted = filters.get("TargetStatus", TARGET_STATUSES)
    if set(wanted) - set(TARGET_STATUSES):
        raise error("InvalidInstanceStatus", f"A target is one of {', '.join(TARGET_STATUSES)}, got {wanted}.")
    return ActionResult({"targetIds": [deployment.target_id] if views.target_status(deployment) in wanted else []})


@adds(Response)
def get_deployment_target(self: Response) -> ActionResult:
    deployment = _deployment(self)
    return ActionResult({"deploymentTarget": _target(deployment, self._get_param("targetId"))})


@adds(Response)
def batch_get_deployment_targets(self: Response) -> ActionResult:
    deployment = _deployment(self)
    ids = self._get_param("targetIds") or []
    if not ids:
        raise error("DeploymentTargetIdRequired", "The deployment target ids are missing.")
    if len(ids) > 25:
        raise error("DeploymentTargetListSizeExceeded", "No more than 25 deployment targets at a time.")
    return ActionResult({"deploymentTargets": [_target(deployment, one) for one in ids]})


def _target(deployment: Deployment, id: str | None) -> dict[str, Any]:
    if not id:
        raise error("DeploymentTargetIdRequired", "The deployment target id is missing.")
    if ":" not in id:
        # https://github.com/awsdocs/amazon-ecs-developer-guide/pull/112
        form = "valid Id should be in format <cluster-name>:<service-name>"
        raise error("InvalidDeploymentTargetId", f"Invalid id {id} for ECS deployment, {form}")
    if id != deployment.target_id:
        raise error("DeploymentTargetDoesNotExist", f"The deployment target {id} does not exist.")
    return views.target(deployment)


# Asking a running one ------------------------------------------------------------------------------------------------


def _running(self: Response) -> Deployment:
    deployment = _deployment(self)
    if deployment.ended:
        raise error("DeploymentAlreadyCompleted", f"The deployment {deployment.deployment_id} has ended already.")
    return deployment


@adds(Response)
def stop_deployment(self: Response) -> ActionResult:
    """Pending: events in progress see it a moment later. One that has not begun never does."""
    deployment = _running(self)
    rollback: bool | None = self._get_param("autoRollbackEnabled")
    message = "The deployment was stopped by the user."
    if deployment.undoes is not None:
        raise error("UnsupportedActionForDeploymentType", "A rollback cannot be stopped.")
    with deployment.lock:
        if not deployment.can_be_stopped:
            raise error(
                "DeploymentAlreadyCompleted",
                f"The deployment {deployment.deployment_id} terminates its original task set: nothing is left to stop.",
            )
        if deployment.status == "Created":
            ledger.end(deployment, "Stopped", {"code": "MANUAL_STOP", "message": message}, rollback=False)
            return ActionResult({"status": "Succeeded", "statusMessage": "The deployment was stopped."})
        if deployment.stop_request is None:
            deployment.stop_request = StopRequest("MANUAL_STOP", message, rollback)
    return ActionResult({"status": "Pending", "statusMessage": "The deployment is being stopped."})


@adds(Response)
def continue_deployment(self: Response) -> ActionResult:
    deployment = _running(self)
    wait = self._get_param("deploymentWaitType") or "READY_WAIT"
    if wait not in ("READY_WAIT", "TERMINATION_WAIT"):
        raise error("InvalidDeploymentWaitType", "A wait is READY_WAIT or TERMINATION_WAIT.")
    if wait == "READY_WAIT" and deployment.status != "Ready":
        raise error("DeploymentIsNotInReadyState", "The deployment does not wait for READY_WAIT.")
    if wait == "TERMINATION_WAIT" and not deployment.termination_wait_started:
        raise error("InvalidDeploymentStatus", "The deployment does not wait for TERMINATION_WAIT.")
    deployment.continued.add(wait)
    return ActionResult({})


@adds(Response)
def put_lifecycle_event_hook_execution_status(self: Response) -> ActionResult:
    """The first answer counts; AWS takes no other words than Succeeded and Failed."""
    deployment = _deployment(self)
    execution, status = self._get_param("lifecycleEventHookExecutionId"), self._get_param("status")
    if status not in ("Succeeded", "Failed"):
        raise error("InvalidLifecycleEventHookExecutionStatus", "A hook answers Succeeded or Failed.")
    with deployment.lock:
        hook = deployment.hooks.get(execution or "")
        if hook is None:
            raise error("InvalidLifecycleEventHookExecutionId", "The deployment has no hook with this execution id.")
        if hook.verdict is not None or not hook.open:
            raise error("LifecycleEventAlreadyCompleted", f"The lifecycle event {hook.event} has its answer already.")
        hook.verdict = status
    return ActionResult({"lifecycleEventHookExecutionId": execution})
