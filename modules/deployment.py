"""CodeDeploy's application and deployment group: how a service is released."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.codedeploy_app import CodedeployApp
from cdktf_cdktf_provider_aws.codedeploy_deployment_group import (
    CodedeployDeploymentGroup,
    CodedeployDeploymentGroupAlarmConfiguration,
    CodedeployDeploymentGroupAutoRollbackConfiguration,
    CodedeployDeploymentGroupBlueGreenDeploymentConfig,
    CodedeployDeploymentGroupBlueGreenDeploymentConfigDeploymentReadyOption,
    CodedeployDeploymentGroupBlueGreenDeploymentConfigTerminateBlueInstancesOnDeploymentSuccess,
    CodedeployDeploymentGroupDeploymentStyle,
    CodedeployDeploymentGroupEcsService,
    CodedeployDeploymentGroupLoadBalancerInfo,
    CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfo,
    CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoProdTrafficRoute,
    CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroup,
    CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoTestTrafficRoute,
)
from constructs import Construct

from modules.alarms import AlarmsAttributes
from modules.deployment_config import DeploymentConfig, DeploymentConfigProps
from modules.iam import Role, RoleProps, Statement, allow
from modules.inputs import ReleaseSettings
from modules.names import ServiceId
from modules.service import ServiceAttributes
from modules.traffic import TrafficRoutes


@dataclass(frozen=True, kw_only=True)
class DeploymentProps:
    service: ServiceId
    """The service that is released. Application and deployment group have its name."""

    running: ServiceAttributes
    """The running service."""

    routes: TrafficRoutes
    """The listeners and target groups that a release changes."""

    hook_arn: str
    """The hook's function."""

    settings: ReleaseSettings = field(default_factory=ReleaseSettings)
    """How traffic moves, what it waits for, and how long the old tasks are kept."""

    alarms: AlarmsAttributes = field(default_factory=AlarmsAttributes)
    """What stops a release while it fires, and rolls it back; by default nothing does."""


@dataclass(frozen=True, kw_only=True)
class DeploymentAttributes:
    application: str
    group: str
    config: str
    settings: ReleaseSettings

    alarms: Sequence[str]
    """Names of the alarms that stop a release."""

    releasable: Sequence[ITerraformDependable]
    """For depends_on: what must exist before a release can start."""


class Deployment(Construct):
    """Production traffic moves after the hook's consent, as `settings` say; a failure or a stop moves it back.

    With `approval_wait_minutes` it waits for an approval before that, and is stopped and rolled back without one.
    For `bake_minutes` after the shift the old tasks are kept: until then the way back is instant, afterwards it is a
    release. A firing alarm, or one whose state cannot be read, does the same as a failure until then, and lets no
    release begin. Without the test listener there would be no AllowTestTraffic event, and no candidate for the hook to
    see.
    """

    def __init__(self, scope: Construct, id: str, props: DeploymentProps) -> None:
        super().__init__(scope, id)
        service, name = props.service, props.service.name
        role = Role(
            self,
            "role",
            RoleProps(
                name=service.codedeploy_role,
                description=f"Lets CodeDeploy release {props.running.name}",
                service="codedeploy.amazonaws.com",
                trust_condition={
                    "StringEquals": {"aws:SourceAccount": service.location.account},
                    # Built, not referenced: the group needs the role before it has an ARN.
                    "StringLike": {"aws:SourceArn": service.location.arn("codedeploy", f"deploymentgroup:{name}/*")},
                },
                statements=_release_permissions(props),
            ),
        )
        own_config = _own_config(self, props)
        # The name is part of the id, so that another one is another application and group: renamed in place, as the
        # provider would, they are tagged under an ARN that is gone.
        application = CodedeployApp(self, f"application-{name}", name=name, compute_platform="ECS")
        group = CodedeployDeploymentGroup(
            self,
            f"group-{name}",
            app_name=application.name,
            deployment_group_name=name,
            service_role_arn=role.arn,
            deployment_config_name=own_config.resource.deployment_config_name if own_config else props.settings.config,
            deployment_style=CodedeployDeploymentGroupDeploymentStyle(
                deployment_type="BLUE_GREEN", deployment_option="WITH_TRAFFIC_CONTROL"
            ),
            ecs_service=CodedeployDeploymentGroupEcsService(
                cluster_name=props.running.cluster_name, service_name=props.running.name
            ),
            load_balancer_info=CodedeployDeploymentGroupLoadBalancerInfo(
                target_group_pair_info=CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfo(
                    prod_traffic_route=CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoProdTrafficRoute(
                        listener_arns=[props.routes.prod.arn]
                    ),
                    test_traffic_route=CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoTestTrafficRoute(
                        listener_arns=[props.routes.test.arn]
                    ),
                    target_group=[
                        CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroup(
                            name=props.routes.blue.name
                        ),
                        CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoTargetGroup(
                            name=props.routes.green.name
                        ),
                    ],
                )
            ),
            blue_green_deployment_config=CodedeployDeploymentGroupBlueGreenDeploymentConfig(
                deployment_ready_option=_ready_option(props.settings.approval_wait_minutes),
                terminate_blue_instances_on_deployment_success=(
                    CodedeployDeploymentGroupBlueGreenDeploymentConfigTerminateBlueInstancesOnDeploymentSuccess(
                        action="TERMINATE", termination_wait_time_in_minutes=props.settings.bake_minutes
                    )
                ),
            ),
            alarm_configuration=_alarms(props.alarms.names),
            auto_rollback_configuration=CodedeployDeploymentGroupAutoRollbackConfiguration(
                enabled=True, events=_undone(props.alarms.names)
            ),
            # Taken away first, a destroy in the middle of a release would leave it unable to clean up.
            depends_on=[*([role.policy] if role.policy else []), *props.alarms.made],
        )
        self.attributes = DeploymentAttributes(
            application=name,
            group=name,
            config=own_config.name if own_config else props.settings.config,
            settings=props.settings,
            alarms=props.alarms.names,
            releasable=[group],
        )


def _alarms(names: Sequence[str]) -> CodedeployDeploymentGroupAlarmConfiguration | None:
    if not names:
        return None
    return CodedeployDeploymentGroupAlarmConfiguration(
        enabled=True, alarms=list(names), ignore_poll_alarm_failure=False
    )


def _undone(alarms: Sequence[str]) -> list[str]:
    """The ends of a deployment that are rolled back. The last one does nothing where there are no alarms."""
    events = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"]
    return [*events, "DEPLOYMENT_STOP_ON_ALARM"] if alarms else events


def _own_config(scope: Construct, props: DeploymentProps) -> DeploymentConfig | None:
    """The configuration with the service's own numbers, where it has some."""
    canary, linear = props.settings.canary, props.settings.linear
    if not canary and not linear:
        return None
    return DeploymentConfig(scope, "config", DeploymentConfigProps(service=props.service, canary=canary, linear=linear))


def _ready_option(minutes: int) -> CodedeployDeploymentGroupBlueGreenDeploymentConfigDeploymentReadyOption:
    """What the candidate does once test traffic reaches it: go on, or wait for an approval."""
    if not minutes:
        return CodedeployDeploymentGroupBlueGreenDeploymentConfigDeploymentReadyOption(
            action_on_timeout="CONTINUE_DEPLOYMENT"
        )
    return CodedeployDeploymentGroupBlueGreenDeploymentConfigDeploymentReadyOption(
        action_on_timeout="STOP_DEPLOYMENT", wait_time_in_minutes=minutes
    )


def _release_permissions(props: DeploymentProps) -> list[Statement]:
    """What a release needs, on this service, its listeners, its hook and its two roles only."""
    service, arn = f"{props.running.cluster_name}/{props.running.name}", props.service.location.arn
    return [
        allow("ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet", on=arn("ecs", f"service/{service}")),
        allow("ecs:DeleteTaskSet", on=arn("ecs", f"task-set/{service}/*")),
        # AWS's references disagree whether creating one is asked for on the task set or on nothing in particular: this
        # is right by both.
        allow("ecs:CreateTaskSet", on="*", condition={"ArnEquals": {"ecs:service": arn("ecs", f"service/{service}")}}),
        allow(
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeRules",
            "cloudwatch:DescribeAlarms",
            on="*",  # AWS knows no resource for these reads
        ),
        allow("elasticloadbalancing:ModifyListener", on=[props.routes.prod.arn, props.routes.test.arn]),
        allow(
            "elasticloadbalancing:ModifyRule",
            on=arn("elasticloadbalancing", f"listener-rule/{props.routes.load_balancer.arn_suffix}/*"),
        ),
        allow("lambda:InvokeFunction", on=[props.hook_arn, *dict.fromkeys(props.settings.hooks.values())]),
        allow(
            "iam:PassRole",
            on=props.running.role_arns,
            condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
    ]
