"""What a plan reads and an apply changes of services."""

from modules.iam import Statement, allow
from modules.managed import Managed, each


def reads(environments: Managed) -> list[Statement]:
    """What a plan reads of services, and a look at what is live."""
    return [
        allow(*_OF_NO_RESOURCE, on="*"),
        allow("codedeploy:GetApplication", on=each(environments, lambda one: one.applications)),
        allow("codedeploy:GetDeploymentConfig", on=each(environments, lambda one: one.deployment_configs)),
        allow(
            *("codedeploy:BatchGetDeployments", "codedeploy:GetDeployment", "codedeploy:GetDeploymentGroup"),
            "codedeploy:ListDeployments",
            on=each(environments, lambda one: one.deployment_groups),
        ),
        allow(
            "codedeploy:ListTagsForResource",
            on=each(environments, lambda one: one.applications, lambda one: one.deployment_groups),
        ),
        allow("ecs:DescribeClusters", on=each(environments, lambda one: one.cluster)),
        allow("ecs:DescribeServices", on=each(environments, lambda one: one.ecs_services)),
        allow("application-autoscaling:ListTagsForResource", on=each(environments, lambda one: one.scalable_targets)),
        allow(
            *("events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"),
            on=each(environments, lambda one: one.event_rules),
        ),
    ]


_OF_NO_RESOURCE = (
    *("application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"),
    *("codedeploy:GetDeploymentTarget", "ecs:DescribeTaskDefinition"),
    *("elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes"),
    *("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerAttributes"),
    *("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeRules"),
    *("elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroupAttributes"),
    "elasticloadbalancing:DescribeTargetGroups",
)


def changes(environments: Managed) -> list[Statement]:
    """What an apply changes of services: the way of their traffic, their tasks and their releases."""
    return [
        *_of_load_balancers(environments),
        *_of_ecs(environments),
        *_of_autoscaling(environments),
        *_of_codedeploy(environments),
    ]


def _of_load_balancers(environments: Managed) -> list[Statement]:
    return [
        allow(
            *("elasticloadbalancing:CreateListener", "elasticloadbalancing:CreateLoadBalancer"),
            *("elasticloadbalancing:DeleteLoadBalancer", "elasticloadbalancing:ModifyLoadBalancerAttributes"),
            *("elasticloadbalancing:SetSecurityGroups", "elasticloadbalancing:SetSubnets"),
            on=each(environments, lambda one: one.load_balancers),
        ),
        allow(
            *("elasticloadbalancing:DeleteListener", "elasticloadbalancing:ModifyListener"),
            "elasticloadbalancing:ModifyListenerAttributes",
            on=each(environments, lambda one: one.listeners),
        ),
        allow(
            *("elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:DeleteTargetGroup"),
            *("elasticloadbalancing:ModifyTargetGroup", "elasticloadbalancing:ModifyTargetGroupAttributes"),
            on=each(environments, lambda one: one.target_group_arns),
        ),
        allow(
            *("elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"),
            on=each(
                environments,
                lambda one: one.load_balancers,
                lambda one: one.listeners,
                lambda one: one.target_group_arns,
            ),
        ),
    ]


def _of_ecs(environments: Managed) -> list[Statement]:
    return [
        allow(
            *("ecs:CreateCluster", "ecs:DeleteCluster", "ecs:UpdateCluster"),
            on=each(environments, lambda one: one.cluster),
        ),
        allow(
            *("ecs:CreateService", "ecs:DeleteService", "ecs:UpdateService"),
            on=each(environments, lambda one: one.ecs_services),
        ),
        allow("ecs:RegisterTaskDefinition", on="*"),  # as for releases
        allow(
            *("ecs:ListTagsForResource", "ecs:TagResource", "ecs:UntagResource"),
            on=each(environments, lambda one: one.cluster, lambda one: one.ecs_services, lambda one: one.revisions),
        ),
    ]


def _of_autoscaling(environments: Managed) -> list[Statement]:
    """Scalable targets have no names: Application Auto Scaling takes those of services that its caller may update."""
    return [
        allow(
            *("application-autoscaling:RegisterScalableTarget", "application-autoscaling:TagResource"),
            "application-autoscaling:UntagResource",
            on=each(environments, lambda one: one.scalable_targets),
        ),
        allow(
            *("application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeregisterScalableTarget"),
            "application-autoscaling:PutScalingPolicy",
            on=each(environments, lambda one: one.scalable_targets),
            condition={"StringEquals": {"aws:ResourceTag/greenlight:environment": [one.name for one in environments]}},
        ),
        # Of whoever makes a policy they are asked by calls that name no alarm.
        allow(
            *("cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm"),
            on=each(environments, lambda one: one.arn("cloudwatch", "alarm:*")),
        ),
    ]


def _of_codedeploy(environments: Managed) -> list[Statement]:
    return [
        allow(
            *("codedeploy:CreateApplication", "codedeploy:DeleteApplication"),
            on=each(environments, lambda one: one.applications),
        ),
        allow(
            *("codedeploy:CreateDeploymentConfig", "codedeploy:DeleteDeploymentConfig"),
            on=each(environments, lambda one: one.deployment_configs),
        ),
        allow(
            *("codedeploy:CreateDeploymentGroup", "codedeploy:DeleteDeploymentGroup"),
            "codedeploy:UpdateDeploymentGroup",
            on=each(environments, lambda one: one.deployment_groups),
        ),
        allow(
            *("codedeploy:TagResource", "codedeploy:UntagResource"),
            on=each(environments, lambda one: one.applications, lambda one: one.deployment_groups),
        ),
    ]
