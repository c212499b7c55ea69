"""What the roles for GitHub's workflows may do.

Each statement names what environments are called, where AWS's permissions know names. Tests hold these policies against
the calls that the AWS provider and the release CLI make, and against AWS's Service Authorization Reference.
"""

from modules.github_names import PATH, PROVIDER, GitHubNames
from modules.iam import Statement, allow
from modules.managed import Managed, each, state


def own_reads(names: GitHubNames, stack: str, bucket: str) -> list[Statement]:
    """What a plan of the account's own stack reads."""
    location = names.location
    return [
        allow(
            *("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"),
            on=location.iam_arn(f"role{PATH}{names.account}-*"),
        ),
        allow("iam:GetPolicy", "iam:GetPolicyVersion", on=location.iam_arn(f"policy{PATH}{names.account}-*")),
        allow("iam:GetOpenIDConnectProvider", on=location.iam_arn(f"oidc-provider/{PROVIDER}")),
        allow("s3:GetObject", on=state(location, bucket, stack, "tfstate")),
        allow("s3:ListBucket", on=f"arn:{location.partition}:s3:::{bucket}"),
    ]


def environment_reads(environments: Managed) -> list[Statement]:
    """What a plan of the environments reads, and a look at what is live: no secret, and nothing of other names."""
    return [
        allow("s3:GetObject", on=each(environments, lambda one: one.states("tfstate"))),
        allow("s3:ListBucket", on=each(environments, lambda one: one.bucket_arn)),
        allow(*_READS_OF_NO_RESOURCE, on="*"),
        allow("ec2:DescribeVpcAttribute", on=each(environments, lambda one: one.arn("ec2", "vpc/*"))),
        allow("apigateway:GET", on=each(environments, lambda one: one.apis)),
        allow("codedeploy:GetApplication", on=each(environments, lambda one: one.applications)),
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
        allow(
            *("events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule"),
            on=each(environments, lambda one: one.event_rules),
        ),
        allow(
            *("iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole"),
            "iam:ListRolePolicies",
            on=each(environments, lambda one: one.roles),
        ),
        allow(
            *("lambda:GetFunction", "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionEventInvokeConfig"),
            *("lambda:GetPolicy", "lambda:ListVersionsByFunction"),
            on=each(environments, lambda one: one.functions),
        ),
        allow("logs:ListTagsForResource", on=each(environments, lambda one: one.log_groups)),
        allow("ssm:GetParameter", "ssm:ListTagsForResource", on=each(environments, lambda one: one.manifests)),
        allow("ssm:GetParametersByPath", on=each(environments, lambda one: one.all_manifests)),
    ]


_READS_OF_NO_RESOURCE = (
    *("ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones"),
    *("ec2:DescribeFlowLogs", "ec2:DescribeInternetGateways", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls"),
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists", "ec2:DescribeRouteTables"),
    *("ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"),
    *("ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs"),
    *("codedeploy:GetDeploymentTarget", "ecs:DescribeTaskDefinition"),
    *("elasticloadbalancing:DescribeCapacityReservation", "elasticloadbalancing:DescribeListenerAttributes"),
    *("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeLoadBalancerAttributes"),
    *("elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeRules"),
    *("elasticloadbalancing:DescribeTags", "elasticloadbalancing:DescribeTargetGroupAttributes"),
    *("elasticloadbalancing:DescribeTargetGroups", "logs:DescribeLogGroups"),
    "ssm:DescribeParameters",
)


def changes(environments: Managed, boundary_arn: str) -> list[Statement]:
    """What an apply changes that has names.

    Roles that it makes, or gives permissions, have the boundary: so it can give nobody more than that. It may change
    neither the boundary, nor its own role, nor this stack's state.
    """
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary_arn}}
    passed = {
        "StringEquals": {
            "iam:PassedToService": [
                *("codedeploy.amazonaws.com", "ecs-tasks.amazonaws.com", "lambda.amazonaws.com"),
                "vpc-flow-logs.amazonaws.com",
            ]
        }
    }
    # Made by AWS with the first use of a service in an account.
    linked = {
        "StringEquals": {
            "iam:AWSServiceName": [
                *("ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com", "ops.apigateway.amazonaws.com")
            ]
        }
    }
    location = environments[0].location
    return [
        allow(
            "s3:DeleteObject",
            "s3:PutObject",
            on=each(environments, lambda one: one.states("tfstate", "tfstate.tflock")),
        ),
        allow("s3:GetObject", on=each(environments, lambda one: one.states("tfstate.tflock"))),
        *_balancer_changes(environments),
        *_ecs_changes(environments),
        *_codedeploy_changes(environments),
        allow(
            *("lambda:AddPermission", "lambda:CreateFunction", "lambda:DeleteFunction"),
            *("lambda:DeleteFunctionEventInvokeConfig", "lambda:PutFunctionEventInvokeConfig"),
            *("lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateFunctionCode"),
            "lambda:UpdateFunctionConfiguration",
            on=each(environments, lambda one: one.functions),
        ),
        allow(
            *("events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets"),
            *("events:TagResource", "events:UntagResource"),
            on=each(environments, lambda one: one.event_rules),
        ),
        allow(
            *("logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"),
            *("logs:TagResource", "logs:UntagResource"),
            on=each(environments, lambda one: one.log_groups),
        ),
        allow(
            *("ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:PutParameter", "ssm:RemoveTagsFromResource"),
            on=each(environments, lambda one: one.manifests),
        ),
        allow(
            *("iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"),
            on=each(environments, lambda one: one.roles),
            condition=bounded,
        ),
        allow(
            *("iam:DeleteRole", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UntagRole"),
            *("iam:UpdateRole", "iam:UpdateRoleDescription"),
            on=each(environments, lambda one: one.roles),
        ),
        allow("iam:PassRole", on=each(environments, lambda one: one.passed_roles), condition=passed),
        allow("iam:CreateServiceLinkedRole", on=location.iam_arn("role/aws-service-role/*"), condition=linked),
    ]


def network_changes(environments: Managed) -> list[Statement]:
    """What an apply changes that has no names: of EC2 and API Gateway, in the environments' regions.

    What deletes a whole part of a network asks for the environments' tag, which stops mistakes and not intent.
    """
    regions = sorted({one.location.region for one in environments})
    names = [one.name for one in environments]
    return [
        allow(*_NETWORK_CHANGES, on="*", condition={"StringEquals": {"aws:RequestedRegion": regions}}),
        allow(
            *_NETWORK_DELETIONS, on="*", condition={"StringEquals": {"aws:ResourceTag/greenlight:environment": names}}
        ),
        allow("apigateway:DELETE", "apigateway:PATCH", on=each(environments, lambda one: one.api_parts)),
        allow("apigateway:POST", on=each(environments, lambda one: one.api_lists)),
        # Asked for beside POST by what is made with tags, and by a change of tags.
        allow("apigateway:TagResource", "apigateway:UntagResource", on=each(environments, lambda one: one.apis)),
        allow("apigateway:DELETE", "apigateway:POST", on=each(environments, lambda one: one.api_tags)),
        # CreateVpcEndpoint asks for it where the endpoint has a private name.
        allow("route53:AssociateVPCWithHostedZone", on="*"),
        # API Gateway asks for these of whoever turns an API's access log on; they know no resource.
        allow(
            *("logs:CreateLogDelivery", "logs:DeleteLogDelivery", "logs:DescribeResourcePolicies"),
            *("logs:GetLogDelivery", "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery"),
            on="*",
        ),
    ]


_NETWORK_CHANGES = (
    *("ec2:AllocateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway"),
    *("ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs"),
    *("ec2:CreateInternetGateway", "ec2:CreateNatGateway", "ec2:CreateRoute", "ec2:CreateRouteTable"),
    *("ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint"),
    *("ec2:DeleteRoute", "ec2:DeleteTags", "ec2:DetachInternetGateway", "ec2:DisassociateAddress"),
    *("ec2:DisassociateRouteTable", "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute"),
    *("ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation"),
    *("ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"),
)
_NETWORK_DELETIONS = (
    *("ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteRouteTable"),
    *("ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints"),
    "ec2:ReleaseAddress",
)


def _balancer_changes(environments: Managed) -> list[Statement]:
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


def _ecs_changes(environments: Managed) -> list[Statement]:
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


def _codedeploy_changes(environments: Managed) -> list[Statement]:
    return [
        allow(
            *("codedeploy:CreateApplication", "codedeploy:DeleteApplication"),
            on=each(environments, lambda one: one.applications),
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


def boundary(environments: Managed) -> list[Statement]:
    """The most that a role of an environment can ever have: what the modules give to all of theirs together."""
    return [
        allow(*_OF_ALL_ROLES, on="*"),
        allow(
            "iam:PassRole",
            on=each(environments, lambda one: one.task_roles),
            condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
    ]


_OF_ALL_ROLES = (
    "cloudwatch:DescribeAlarms",
    *("codedeploy:GetApplicationRevision", "codedeploy:GetDeployment", "codedeploy:GetDeploymentGroup"),
    *("codedeploy:GetDeploymentTarget", "codedeploy:PutLifecycleEventHookExecutionStatus"),
    *("ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface"),
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"),
    *("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken"),
    "ecr:GetDownloadUrlForLayer",
    *("ecs:CreateTaskSet", "ecs:DeleteTaskSet", "ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet"),
    *("elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules"),
    *("elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:ModifyListener"),
    "elasticloadbalancing:ModifyRule",
    "lambda:InvokeFunction",
    *("logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"),
)


def releases(environments: Managed) -> list[Statement]:
    """What `greenlight policy` prints, for all services of the environments."""
    suspended = each(environments, lambda one: one.arn("ssm", f"parameter/greenlight/{one.name}/*/suspended"))
    return [
        allow(
            *("cloudwatch:DescribeAlarms", "codedeploy:ContinueDeployment", "codedeploy:GetDeploymentTarget"),
            *("codedeploy:StopDeployment", "application-autoscaling:DescribeScalableTargets"),
            *("ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"),
            *("elasticloadbalancing:DescribeRules", "elasticloadbalancing:DescribeTargetHealth"),
            on="*",
        ),
        allow(
            "ecs:ListTasks",
            on="*",
            condition={"ArnEquals": {"ecs:cluster": each(environments, lambda one: one.cluster)}},
        ),
        allow(
            "application-autoscaling:RegisterScalableTarget",
            on=each(environments, lambda one: one.arn("application-autoscaling", "scalable-target/*")),
        ),
        allow(
            *("codedeploy:BatchGetDeployments", "codedeploy:CreateDeployment", "codedeploy:GetDeployment"),
            *("codedeploy:GetDeploymentGroup", "codedeploy:ListDeployments", "codedeploy:UpdateDeploymentGroup"),
            on=each(environments, lambda one: one.deployment_groups),
        ),
        allow(
            *("codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"),
            on=each(environments, lambda one: one.applications),
        ),
        allow(
            "codedeploy:GetDeploymentConfig",
            on=each(environments, lambda one: one.arn("codedeploy", "deploymentconfig:*")),
        ),
        *(
            [allow("ecr:DescribeImages", on=images)]
            if (images := each(environments, lambda one: one.repositories))
            else []
        ),
        # Application Auto Scaling looks whether who suspends it may scale the service.
        allow("ecs:DescribeServices", "ecs:UpdateService", on=each(environments, lambda one: one.ecs_services)),
        allow("ecs:DescribeTasks", on=each(environments, lambda one: one.arn("ecs", f"task/{one.name}/*"))),
        allow(
            "ecs:TagResource",
            on=each(environments, lambda one: one.revisions),
            condition={"StringEquals": {"ecs:CreateAction": "RegisterTaskDefinition"}},
        ),
        allow(
            "iam:PassRole",
            on=each(environments, lambda one: one.task_roles),
            condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
        ),
        allow(
            *("lambda:GetFunctionConfiguration", "lambda:GetFunctionEventInvokeConfig", "lambda:InvokeFunction"),
            on=each(environments, lambda one: one.functions),
        ),
        allow(
            "logs:FilterLogEvents",
            on=each(environments, lambda one: one.arn("logs", f"log-group:/aws/lambda/{one.name}-*-hook:*")),
        ),
        allow(
            "logs:GetLogEvents", on=each(environments, lambda one: one.arn("logs", f"log-group:/ecs/{one.name}/*:*"))
        ),
        allow("ssm:DeleteParameter", "ssm:PutParameter", on=suspended),
        allow("ssm:GetParameter", on=each(environments, lambda one: one.manifests)),
        allow("ssm:GetParametersByPath", on=each(environments, lambda one: one.arn("ssm", "parameter/greenlight*"))),
    ]
