"""The subnets and security groups of a function."""

from __future__ import annotations

from functools import partial

from moto.ec2.models import ec2_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import recorded, tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT

_vpc = partial(rule, "lambda", "CreateFunction", "UpdateFunctionConfiguration", code="InvalidParameterValueException")


def _named(call: Call, kind: str) -> list[str]:
    return (call.params.get("VpcConfig") or {}).get(kind) or []


def _subnets(call: Call) -> dict[str, str]:
    """Every subnet -> its VPC."""
    return {
        subnet.id: subnet.vpc_id
        for subnets in ec2_backends[ACCOUNT][call.region].subnets.values()
        for subnet in subnets.values()
    }


def _groups(call: Call) -> dict[str, str | None]:
    """Every security group -> its VPC."""
    return {
        group.id: group.vpc_id
        for groups in ec2_backends[ACCOUNT][call.region].groups.values()
        for group in groups.values()
    }


@_vpc(
    source="https://github.com/aws/aws-sdk-js/issues/1293",
    says="A function with a network interface has subnets and security groups.",
    quote="SubnetIds and SecurityIds must coexist or be both empty list.",
)
def function_is_half_in_a_vpc(call: Call) -> bool:
    config = call.params.get("VpcConfig") or {}
    if call.operation.name == "UpdateFunctionConfiguration" and not {"SubnetIds", "SecurityGroupIds"} <= set(config):
        return False  # the other half stays: so Terraform's provider exchanges the groups of a function that goes
    return bool(_named(call, "SubnetIds")) != bool(_named(call, "SecurityGroupIds"))


@_vpc(
    source=recorded("lambda_/test_lambda_api"),
    says="A function's subnets exist.",
    quote="Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: The "
    "subnet ID '",
)
def functions_subnet_is_gone(call: Call) -> str | None:
    known = _subnets(call)
    for subnet in _named(call, "SubnetIds"):
        if subnet not in known:
            return (
                "Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 Error Message: "
                f"The subnet ID '{subnet}' does not exist"
            )
    return None


@_vpc(
    source=recorded("lambda_/test_lambda_api"),
    says="A function's security groups exist.",
    quote="Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error Message: The "
    "security group '",
)
def functions_group_is_gone(call: Call) -> str | None:
    known = _groups(call)
    for group in _named(call, "SecurityGroupIds"):
        if group not in known:
            return (
                "Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. EC2 Error "
                f"Message: The security group '{group}' does not exist"
            )
    return None


@_vpc(
    source=tried("lambda/pf-lambda-vpc-same-vpc"),
    says="A function is in one VPC.",
    quote="Subnets and Security Groups must belong to the same VPC.",
    coded=False,
)
def function_is_in_two_vpcs(call: Call) -> bool:
    subnets, groups = _subnets(call), _groups(call)
    vpcs = {subnets[name] for name in _named(call, "SubnetIds")}
    return len(vpcs | {groups[name] for name in _named(call, "SecurityGroupIds")}) > 1
