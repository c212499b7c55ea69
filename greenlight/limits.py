"""How long a release may take, from what its deployment group says. Pure."""

from collections.abc import Mapping
from typing import Any

from greenlight.deployment import Until

# CodeDeploy itself gives the candidate an hour to become steady, and a hook an hour to answer.
STEADY_MINUTES = HOOK_MINUTES = 60
SLACK_MINUTES = 10
ROLLBACK_SECONDS = 60.0 * (STEADY_MINUTES + SLACK_MINUTES)
SLACK_SECONDS = 60.0 * SLACK_MINUTES


def limit_minutes(group: Mapping[str, Any], config: Mapping[str, Any], hooks: int, until: Until) -> float:
    """Longer than CodeDeploy lets any step take, so that it is CodeDeploy that ends a release, and the CLI hardly ever.

    `group` and `config` are GetDeploymentGroup's and GetDeploymentConfig's.
    """
    blue_green = group.get("blueGreenDeploymentConfiguration") or {}
    approval = (blue_green.get("deploymentReadyOption") or {}).get("waitTimeInMinutes", 0)
    bake = (blue_green.get("terminateBlueInstancesOnDeploymentSuccess") or {}).get("terminationWaitTimeInMinutes", 0)
    minutes = STEADY_MINUTES + HOOK_MINUTES * hooks + approval + SLACK_MINUTES
    if not until.before_traffic:
        minutes += shift_minutes(config)
    if until is Until.done:
        minutes += bake
    return float(minutes)


def shift_minutes(config: Mapping[str, Any]) -> float:
    routing = config.get("trafficRoutingConfig") or {}
    if canary := routing.get("timeBasedCanary"):
        return float(canary["canaryInterval"])
    if linear := routing.get("timeBasedLinear"):
        # As CodeDeploy counts a shift, which must not exceed two days: an interval for each whole step. Tried by
        # badmintoncryer/cdk-preflight: rules/codedeploy/pf-codedeploy-config-traffic-shift-interval-max.
        return float(100 // linear["linearPercentage"] * linear["linearInterval"])
    return 0.0
