"""CodeDeploy's application and deployment group: how a service is released."""

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.codedeploy_app import CodedeployApp
from cdktf_cdktf_provider_aws.codedeploy_deployment_group import (
    CodedeployDeploymentGroup,
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

from modules.iam import Role, RoleProps, Statement, allow
from modules.location import Location
from modules.traffic import TrafficRoutes


@dataclass(frozen=True, kw_only=True)
class DeploymentProps:
    name: str  # of the application and of its one group
    location: Location
    cluster_name: str
    service_name: str
    load_balancer_arn_suffix: str
    routes: TrafficRoutes
    hook_arn: str
    task_role_arns: Sequence[str]  # execution and task role, which ECS is handed with the new task set
    config: str = "CodeDeployDefault.ECSAllAtOnce"
    bake_minutes: int = 5

    def __post_init__(self) -> None:
        if not 0 <= self.bake_minutes <= 2880:
            raise ValueError(f"bake_minutes must be from 0 to 2880, got {self.bake_minutes}")


class Deployment(Construct):
    """Production traffic moves after the hook's consent, per `config`; a failure or a stop moves it back.

    For `bake_minutes` after the shift the old tasks are kept: until then the way back is instant, afterwards it is a
    release. Without the test listener there would be no AllowTestTraffic event, and no candidate for the hook to see.
    """

    def __init__(self, scope: Construct, id: str, props: DeploymentProps) -> None:
        super().__init__(scope, id)
        role = Role(
            self,
            "role",
            RoleProps(
                name=f"{props.name}-codedeploy",
                description=f"Lets CodeDeploy release {props.service_name}",
                service="codedeploy.amazonaws.com",
                trust_condition={
                    "StringEquals": {"aws:SourceAccount": props.location.account},
                    # Built, not referenced: the group needs the role before it has an ARN.
                    "StringLike": {
                        "aws:SourceArn": props.location.arn("codedeploy", f"deploymentgroup:{props.name}/*")
                    },
                },
                statements=_release_permissions(props),
            ),
        )
        # The name is part of the id, so that another one is another application and group: renamed in place, as the
        # provider would, they are tagged under an ARN that is gone.
        application = CodedeployApp(self, f"application-{props.name}", name=props.name, compute_platform="ECS")
        CodedeployDeploymentGroup(
            self,
            f"group-{props.name}",
            app_name=application.name,
            deployment_group_name=props.name,
            service_role_arn=role.arn,
            deployment_config_name=props.config,
            deployment_style=CodedeployDeploymentGroupDeploymentStyle(
                deployment_type="BLUE_GREEN", deployment_option="WITH_TRAFFIC_CONTROL"
            ),
            ecs_service=CodedeployDeploymentGroupEcsService(
                cluster_name=props.cluster_name, service_name=props.service_name
            ),
            load_balancer_info=CodedeployDeploymentGroupLoadBalancerInfo(
                target_group_pair_info=CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfo(
                    prod_traffic_route=CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoProdTrafficRoute(
                        listener_arns=[props.routes.prod_listener_arn]
                    ),
                    test_traffic_route=CodedeployDeploymentGroupLoadBalancerInfoTargetGroupPairInfoTestTrafficRoute(
                        listener_arns=[props.routes.test_listener_arn]
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
                deployment_ready_option=CodedeployDeploymentGroupBlueGreenDeploymentConfigDeploymentReadyOption(
                    action_on_timeout="CONTINUE_DEPLOYMENT"
                ),
                terminate_blue_instances_on_deployment_success=(
                    CodedeployDeploymentGroupBlueGreenDeploymentConfigTerminateBlueInstancesOnDeploymentSuccess(
                        action="TERMINATE", termination_wait_time_in_minutes=props.bake_minutes
                    )
                ),
            ),
            auto_rollback_configuration=CodedeployDeploymentGroupAutoRollbackConfiguration(
                enabled=True, events=["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"]
            ),
            # Taken away first, a destroy in the middle of a release would leave it unable to clean up.
            depends_on=[role.policy] if role.policy else [],
        )


def _release_permissions(props: DeploymentProps) -> list[Statement]:
    """What a release needs, on this service, its listeners, its hook and its two roles only."""
    service = f"{props.cluster_name}/{props.service_name}"
    return [
        allow(
            "ecs:DescribeServices",
            "ecs:UpdateServicePrimaryTaskSet",
            on=props.location.arn("ecs", f"service/{service}"),
        ),
        allow("ecs:CreateTaskSet", "ecs:DeleteTaskSet", on=props.location.arn("ecs", f"task-set/{service}/*")),
        # AWS's references disagree whether creating one is asked for on the task set or on nothing in particular.
        allow(
            "ecs:CreateTaskSet",
            on="*",
            condition={"ArnEquals": {"ecs:service": props.location.arn("ecs", f"service/{service}")}},
        ),
        allow(
            "elasticloadbalancing:DescribeTargetGroups",
            "elasticloadbalancing:DescribeListeners",
            "elasticloadbalancing:DescribeRules",
            "cloudwatch:DescribeAlarms",
            on="*",  # AWS knows no resource for these reads
        ),
        allow(
            "elasticloadbalancing:ModifyListener", on=[props.routes.prod_listener_arn, props.routes.test_listener_arn]
        ),
        allow(
            "elasticloadbalancing:ModifyRule",
            on=props.location.arn("elasticloadbalancing", f"listener-rule/{props.load_balancer_arn_suffix}/*"),
        ),
        allow("lambda:InvokeFunction", on=props.hook_arn),
        allow(
            "iam:PassRole",
            on=props.task_role_arns,
            condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
    ]
