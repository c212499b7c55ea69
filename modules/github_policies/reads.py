"""What a plan reads: of the account's own stack, and of the environments."""

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
    """What a plan of the environments reads: no secret, and nothing of other names."""
    return [
        allow("s3:GetObject", on=each(environments, lambda one: one.states("tfstate"))),
        allow("s3:ListBucket", on=each(environments, lambda one: one.bucket_arn)),
        allow(*_OF_NO_RESOURCE, on="*"),
        allow("ec2:DescribeVpcAttribute", on=each(environments, lambda one: one.arn("ec2", "vpc/*"))),
        allow("apigateway:GET", on=each(environments, lambda one: one.apis)),
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
        allow("cloudwatch:ListTagsForResource", on=each(environments, lambda one: one.alarms)),
        allow("sns:GetTopicAttributes", "sns:ListTagsForResource", on=each(environments, lambda one: one.topic)),
        allow("ssm:GetParameter", "ssm:ListTagsForResource", on=each(environments, lambda one: one.manifests)),
        allow("ssm:GetParametersByPath", on=each(environments, lambda one: one.all_manifests)),
    ]


_OF_NO_RESOURCE = (
    "cloudwatch:DescribeAlarms",  # which knows alarms, but asks for all of them
    *("ec2:DescribeAddresses", "ec2:DescribeAddressesAttribute", "ec2:DescribeAvailabilityZones"),
    *("ec2:DescribeFlowLogs", "ec2:DescribeInternetGateways", "ec2:DescribeNatGateways", "ec2:DescribeNetworkAcls"),
    *("ec2:DescribeNetworkInterfaces", "ec2:DescribePrefixLists", "ec2:DescribeRouteTables"),
    *("ec2:DescribeSecurityGroupRules", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"),
    *("ec2:DescribeVpcEndpoints", "ec2:DescribeVpcs"),
    *("logs:DescribeLogGroups", "sns:GetSubscriptionAttributes", "ssm:DescribeParameters"),
)
