"""A CodeDeploy deployment configuration of a service's own: how its production traffic moves."""

from dataclasses import dataclass

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.codedeploy_deployment_config import (
    CodedeployDeploymentConfig,
    CodedeployDeploymentConfigTrafficRoutingConfig,
    CodedeployDeploymentConfigTrafficRoutingConfigTimeBasedCanary,
    CodedeployDeploymentConfigTrafficRoutingConfigTimeBasedLinear,
)
from constructs import Construct

from modules.inputs import Shift
from modules.names import ServiceId


@dataclass(frozen=True, kw_only=True)
class DeploymentConfigProps:
    service: ServiceId
    """The service whose releases it is for; the configuration's name begins with its name."""

    canary: Shift | None = None
    """A part of the traffic first, the rest after the interval."""

    linear: Shift | None = None
    """An equal part of the traffic with each interval. One of the two is given."""

    def __post_init__(self) -> None:
        if bool(self.canary) == bool(self.linear):
            raise ValueError(f"one of canary and linear is needed, got {self.canary} and {self.linear}")


class DeploymentConfig(Construct):
    """Other numbers are another configuration: CodeDeploy can change none, and deletes none that a group names.

    So the numbers are part of the name, and Terraform makes the new one, lets the group name it, and deletes the old
    one at last. Live traffic sees nothing of that; the next release moves it by the new numbers.
    """

    def __init__(self, scope: Construct, id: str, props: DeploymentConfigProps) -> None:
        super().__init__(scope, id)
        kind, shift = ("canary", props.canary) if props.canary else ("linear", props.linear)
        assert shift is not None
        self.name = f"{props.service.name}-{kind}-{shift.percent}-percent-{shift.interval_minutes}-minutes"
        self.resource = CodedeployDeploymentConfig(
            self,
            "config",
            deployment_config_name=self.name,
            compute_platform="ECS",
            traffic_routing_config=_canary(shift) if props.canary else _linear(shift),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )


def _canary(shift: Shift) -> CodedeployDeploymentConfigTrafficRoutingConfig:
    return CodedeployDeploymentConfigTrafficRoutingConfig(
        type="TimeBasedCanary",
        time_based_canary=CodedeployDeploymentConfigTrafficRoutingConfigTimeBasedCanary(
            percentage=shift.percent, interval=shift.interval_minutes
        ),
    )


def _linear(shift: Shift) -> CodedeployDeploymentConfigTrafficRoutingConfig:
    return CodedeployDeploymentConfigTrafficRoutingConfig(
        type="TimeBasedLinear",
        time_based_linear=CodedeployDeploymentConfigTrafficRoutingConfigTimeBasedLinear(
            percentage=shift.percent, interval=shift.interval_minutes
        ),
    )
