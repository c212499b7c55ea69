"""CodeDeploy's own checks. Without those of a deployment group a wrong stack is found out at its first release."""

from __future__ import annotations

from typing import Any

from moto.codedeploy.exceptions import CodeDeployException
from moto.codedeploy.models import Application, CodeDeployBackend, DeploymentGroup
from moto.ecs.exceptions import ECSException
from moto.ecs.models import Service, ecs_backends
from moto.elbv2.models import elbv2_backends

from sandbox.aws.codedeploy.configs import deployment_config
from sandbox.aws.codedeploy.errors import error
from sandbox.codedeploy_engine.watch import TRIGGERS

Values = dict[str, Any]

MOST_ALARMS = 10
MOST_TERMINATION_MINUTES = 2880
MOST_READY_MINUTES = 7200
"""120 hours "between the deployment of a revision and the shifting of traffic" of ECS:
https://docs.aws.amazon.com/codedeploy/latest/userguide/limits.html"""


def check_group(
    backend: CodeDeployBackend, application: Application, values: Values, group: DeploymentGroup | None
) -> None:
    """What a group would be, by moto's names; ``group``: the one that is changed."""
    check_config(backend, values["deployment_config_name"], application.compute_platform)
    check_auto_rollback(values["auto_rollback_configuration"])
    check_alarms(values["alarm_configuration"])
    if application.compute_platform == "ECS":
        # https://github.com/hashicorp/terraform-provider-aws/issues/7128
        if values["auto_scaling_groups"]:
            raise error("InvalidAutoScalingGroup", "For ECS deployment group, autoScalingGroups can not be specified")
        _check_style(values["deployment_style"] or {})
        _check_blue_green(values["blue_green_deployment_configuration"] or {})
        _check_pairs(backend, values["load_balancer_info"] or {})
        for entry in values["ecs_services"] or []:
            _check_service(backend, entry, group)


def check_config(backend: CodeDeployBackend, name: str, platform: str) -> dict[str, Any]:
    """The configuration of this name."""
    config = deployment_config(backend, str(name))
    if config["computePlatform"] != platform:
        # The words are AWS's own: cdk-preflight, pf-codedeploy-dg-deployment-config-platform-match.
        raise error(
            "InvalidDeploymentConfigName",
            f"Compute platform of deployment config {name} does not match expected compute platform, correct compute "
            f"platform should be {platform}.",
        )
    return config


def check_auto_rollback(config: Values | None) -> None:
    events = (config or {}).get("events") or []
    if set(events) - set(TRIGGERS) or ((config or {}).get("enabled") and not events):
        raise error(
            "InvalidAutoRollbackConfig",
            f"The events of an automatic rollback are one or more of {', '.join(TRIGGERS)}, got {events}.",
        )


def check_alarms(config: Values | None) -> None:
    names = [alarm.get("name") for alarm in (config or {}).get("alarms") or []]
    if len(names) > MOST_ALARMS:
        raise error("AlarmsLimitExceeded", f"A deployment has no more than {MOST_ALARMS} alarms, got {len(names)}.")
    if not all(names) or len(set(names)) < len(names) or ((config or {}).get("enabled") and not names):
        raise error("InvalidAlarmConfig", f"Alarms that are enabled are named, each of them once, got {names}.")


def _check_style(style: Values) -> None:
    kind = style.get("deploymentType") or "BLUE_GREEN"
    if kind != "BLUE_GREEN":
        raise error("InvalidDeploymentStyle", f"The deployment type for ECS is BLUE_GREEN, got {kind}.")


def _check_blue_green(config: Values) -> None:
    def refuse(what: str, got: Any) -> CodeDeployException:
        return error("InvalidBlueGreenDeploymentConfiguration", f"{what}, got {got!r}.")

    ending = config.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    if (ending.get("action") or "TERMINATE") != "TERMINATE":
        raise refuse("The action on the original task set is TERMINATE", ending["action"])
    minutes = ending.get("terminationWaitTimeInMinutes") or 0
    if not 0 <= minutes <= MOST_TERMINATION_MINUTES:
        raise refuse(f"terminationWaitTimeInMinutes is from 0 to {MOST_TERMINATION_MINUTES}", minutes)
    ready = config.get("deploymentReadyOption") or {}
    if (ready.get("actionOnTimeout") or "CONTINUE_DEPLOYMENT") not in ("CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT"):
        raise refuse("actionOnTimeout is CONTINUE_DEPLOYMENT or STOP_DEPLOYMENT", ready["actionOnTimeout"])
    if not 0 <= (ready.get("waitTimeInMinutes") or 0) <= MOST_READY_MINUTES:
        raise refuse(f"waitTimeInMinutes is from 0 to {MOST_READY_MINUTES}", ready["waitTimeInMinutes"])


def _check_pairs(backend: CodeDeployBackend, load_balancers: Values) -> None:
    pairs = load_balancers.get("targetGroupPairInfoList") or []
    if len(pairs) > 1:
        raise error("InvalidTargetGroupPair", f"A deployment group has one pair of target groups, got {len(pairs)}.")
    known = {group.name for group in elbv2_backends[backend.account_id][backend.region_name].target_groups.values()}
    for pair in pairs:
        names = [group.get("name") for group in pair.get("targetGroups") or []]
        if len(names) != 2 or len(set(names)) != 2:
            raise error("InvalidTargetGroupPair", f"A pair is two target groups, got {names}.")
        unknown = [str(name) for name in names if name not in known]
        if unknown:
            raise error("InvalidTargetGroupPair", f"There is no target group {' and no '.join(unknown)}.")
        for route in ("prodTrafficRoute", "testTrafficRoute"):
            listeners = (pair.get(route) or {}).get("listenerArns") or []
            if len(listeners) > 1:
                raise error("InvalidTargetGroupPair", f"{route} has one listener, got {listeners}.")


def _check_service(backend: CodeDeployBackend, entry: dict[str, str], group: DeploymentGroup | None) -> None:
    if active_service(backend, entry).deployment_controller["type"] != "CODE_DEPLOY":
        raise error(
            "InvalidECSService",
            "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller.",
        )
    for others in backend.deployment_groups.values():
        if any(entry in other.ecs_services for other in others.values() if other is not group):
            raise error(
                "ECSServiceMappingLimitExceeded",
                f"The ECS service {entry['clusterName']}:{entry['serviceName']} is in another deployment group.",
            )


def active_service(backend: CodeDeployBackend, entry: dict[str, str]) -> Service:
    cluster, name = entry.get("clusterName", ""), entry.get("serviceName", "")
    try:
        service = ecs_backends[backend.account_id][backend.region_name]._get_service(cluster, name)
    except ECSException:
        service = None
    if service is None or service.status != "ACTIVE":
        raise error("InvalidECSService", f"There is no active ECS service {cluster}:{name}.")
    return service
