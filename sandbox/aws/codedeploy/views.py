"""Deployments as CodeDeploy's API shows them. What is absent on AWS is absent here."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from sandbox.codedeploy_engine.records import Deployment, Event

TARGET_STATUSES = ("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready")
"""Those that a deployment's overview counts."""

_TARGET_STATUS = {"Created": "Pending", "Queued": "Pending", "Stopped": "Skipped"}


def info(deployment: Deployment) -> dict[str, Any]:
    """``deploymentInfo`` of GetDeployment."""
    with deployment.lock:
        overview = dict.fromkeys(TARGET_STATUSES, 0)
        overview[target_status(deployment)] = 1
        group = deployment.group_info
        return _present(
            applicationName=deployment.application_name,
            deploymentGroupName=deployment.deployment_group_name,
            deploymentConfigName=deployment.deployment_config_name,
            deploymentId=deployment.deployment_id,
            previousRevision=without_content(deployment.previous_revision),
            revision=without_content(deployment.revision),
            status=deployment.status,
            errorInformation=deepcopy(deployment.error),
            createTime=deployment.create_time,
            startTime=deployment.start_time,
            completeTime=deployment.complete_time,
            deploymentOverview=overview,
            description=deployment.description,
            creator=deployment.creator,
            ignoreApplicationStopFailures=False,
            autoRollbackConfiguration=deployment.auto_rollback,
            updateOutdatedInstancesOnly=False,
            rollbackInfo=deepcopy(deployment.rollback_info),
            deploymentStyle=group.get("deploymentStyle"),
            instanceTerminationWaitTimeStarted=deployment.termination_wait_started,
            blueGreenDeploymentConfiguration=group.get("blueGreenDeploymentConfiguration"),
            loadBalancerInfo=group.get("loadBalancerInfo"),
            fileExistsBehavior="DISALLOW",
            deploymentStatusMessages=list(deployment.status_messages) or None,
            computePlatform="ECS",
            overrideAlarmConfiguration=deployment.override_alarms,
        )


def summary(deployment: Deployment) -> dict[str, Any]:
    """As the deployment group shows its last one."""
    with deployment.lock:
        return _present(
            deploymentId=deployment.deployment_id,
            status=deployment.status,
            endTime=deployment.complete_time,
            createTime=deployment.create_time,
        )


def target_status(deployment: Deployment) -> str:
    """The status of its only target."""
    return _TARGET_STATUS.get(deployment.status, deployment.status)


def target(deployment: Deployment) -> dict[str, Any]:
    """``deploymentTarget`` of GetDeploymentTarget."""
    with deployment.lock:
        green = deployment.green_weight
        sets = [("Blue", deployment.original, 100 - green), ("Green", deployment.replacement, green)]
        return {
            "deploymentTargetType": "ECSTarget",
            "ecsTarget": {
                "deploymentId": deployment.deployment_id,
                "targetId": deployment.target_id,
                "targetArn": deployment.service_arn,
                "lastUpdatedAt": deployment.updated_at,
                "lifecycleEvents": [_event(event) for event in deployment.events],
                "status": target_status(deployment),
                "taskSetsInfo": [_task_set(label, one, weight) for label, one, weight in sets if _there(one)],
            },
        }


def _event(event: Event) -> dict[str, Any]:
    return _present(
        lifecycleEventName=event.name,
        status=event.status,
        startTime=event.start_time,
        endTime=event.end_time,
        diagnostics=event.diagnostics,
    )


def without_content(revision: dict[str, Any] | None) -> dict[str, Any] | None:
    """As everything but GetApplicationRevision shows a revision: the AppSpec's text is never repeated."""
    if revision is None:
        return None
    shown = deepcopy(revision)
    for key in ("appSpecContent", "string"):
        shown.get(key, {}).pop("content", None)
    return shown


def _present(**values: Any) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _there(task_set: Any) -> bool:
    return task_set is not None and any(other is task_set for other in task_set.owner.task_sets)


def _task_set(label: str, task_set: Any, weight: float) -> dict[str, Any]:
    groups = [entry["targetGroupArn"] for entry in task_set.load_balancers if entry.get("targetGroupArn")]
    return _present(
        identifer=task_set.id,  # AWS's spelling
        desiredCount=task_set.computedDesiredCount,
        pendingCount=task_set.pendingCount,
        runningCount=task_set.runningCount,
        status=task_set.status,
        trafficWeight=float(weight),
        targetGroup={"name": groups[0].split(":targetgroup/")[1].split("/")[0]} if groups else None,
        taskSetLabel=label,
    )
