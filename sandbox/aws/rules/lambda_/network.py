"""The subnets and security groups of a function."""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import lambda_backends
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from sandbox.access import gate, trust
from sandbox.access.model import Need
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


_INTERFACES = ("CreateNetworkInterface", "DescribeNetworkInterfaces", "DeleteNetworkInterface")
"""What an execution role needs: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html. Each has been
seen in the refusal; in which order Lambda looks is not known."""


@_vpc(
    source="https://github.com/aws/aws-sam-cli/issues/617",
    says="Lambda attaches a function to its VPC with the function's own role.",
    quote="The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
)
def functions_role_may_not_attach_it(call: Call) -> str | None:
    role = _role(call) if _named(call, "SubnetIds") else None
    if role is None:
        return None  # not in a VPC, or without a role, which is another refusal
    principal = trust.session(role, str(call.params["FunctionName"]))
    for action in _INTERFACES:
        need = Need(f"ec2:{action}", request_tags={}, resource_tags={})
        if not gate.judge(principal, need, call.region).allowed:
            return f"The provided execution role does not have permissions to call {action} on EC2"
    return None


def _role(call: Call) -> Any:
    """moto's role: the given one, or the one that the function has."""
    arn = call.params.get("Role")
    if arn is None:
        try:
            arn = lambda_backends[ACCOUNT][call.region].get_function(call.params["FunctionName"]).role
        except LambdaClientError:
            return None
    roles = iam_backends[ACCOUNT]["aws"].roles.values()
    return next((role for role in roles if role.arn == arn), None)
