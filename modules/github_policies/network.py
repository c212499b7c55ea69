"""What an apply changes of networks and APIs."""

from modules.iam import Statement, allow
from modules.managed import Managed, each


def changes(environments: Managed) -> list[Statement]:
    """What an apply changes that has no names: of EC2 and API Gateway, in the environments' regions.

    What deletes a whole part of a network asks for the environments' tag, which stops mistakes and not intent.
    """
    regions = sorted({one.location.region for one in environments})
    names = [one.name for one in environments]
    return [
        allow(*_CHANGES, on="*", condition={"StringEquals": {"aws:RequestedRegion": regions}}),
        allow(*_DELETIONS, on="*", condition={"StringEquals": {"aws:ResourceTag/greenlight:environment": names}}),
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


_CHANGES = (
    *("ec2:AllocateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway"),
    *("ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs"),
    *("ec2:CreateInternetGateway", "ec2:CreateNatGateway", "ec2:CreateRoute", "ec2:CreateRouteTable"),
    *("ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint"),
    *("ec2:DeleteRoute", "ec2:DeleteTags", "ec2:DetachInternetGateway", "ec2:DisassociateAddress"),
    *("ec2:DisassociateRouteTable", "ec2:ModifySecurityGroupRules", "ec2:ModifySubnetAttribute"),
    *("ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReplaceRoute", "ec2:ReplaceRouteTableAssociation"),
    *("ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"),
)
_DELETIONS = (
    *("ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteRouteTable"),
    *("ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints"),
    "ec2:ReleaseAddress",
)
