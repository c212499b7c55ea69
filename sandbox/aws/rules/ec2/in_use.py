"""What stays as long as something is in it, or leads through it."""

from __future__ import annotations

from collections.abc import Iterator

from moto.apigatewayv2.models import apigatewayv2_backends
from moto.awslambda.models import lambda_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends

from sandbox.aws.ec2 import interfaces
from sandbox.aws.model.request import Call
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT


def _places(call: Call) -> Iterator[tuple[set[str], set[str]]]:
    """The subnets and the security groups of everything that has network interfaces."""
    for balancer in elbv2_backends[ACCOUNT][call.region].load_balancers.values():
        yield {subnet.id for subnet in balancer.subnets}, set(balancer.security_groups or ())
    for link in apigatewayv2_backends[ACCOUNT][call.region].vpc_links.values():
        yield set(link.subnet_ids or ()), set(link.sg_ids or ())
    for function in lambda_backends[ACCOUNT][call.region].list_functions():
        # Not `vpc_config`, which looks a subnet up that can be gone.
        config = function._vpc_config or {}
        yield set(config.get("SubnetIds") or ()), set(config.get("SecurityGroupIds") or ())
    ec2 = ec2_backends[ACCOUNT][call.region]
    for endpoint in ec2.vpc_end_points.values():
        if endpoint.state != "deleted":
            yield set(endpoint.subnet_ids or ()), set(endpoint.security_group_ids or ())
    for gateway in ec2.nat_gateways.values():
        if gateway.state != "deleted":
            yield {gateway.subnet_id}, set()
    for interface in interfaces.of_tasks(call.region):
        yield {interface.subnet}, set(interface.groups)


@rule(
    "ec2",
    "DeleteSubnet",
    code="DependencyViolation",
    source="https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/1081",
    says="A subnet stays as long as something has a network interface in it.",
    quote="has dependencies and cannot be deleted",
)
def subnet_is_in_use(call: Call) -> str | None:
    subnet = call.params["SubnetId"]
    used = any(subnet in subnets for subnets, _ in _places(call))
    return f"The subnet '{subnet}' has dependencies and cannot be deleted." if used else None


@rule(
    "ec2",
    "DeleteSecurityGroup",
    code="DependencyViolation",
    source="https://github.com/terraform-aws-modules/terraform-aws-security-group/issues/190",
    says="A security group stays as long as a network interface has it, or a rule of another group names it.",
    quote="has a dependent object",
)
def group_is_in_use(call: Call) -> str | None:
    group = call.params.get("GroupId")
    used = any(group in groups for _, groups in _places(call)) or any(
        (rule.source_group or {}).get("GroupId") == group
        for groups in ec2_backends[ACCOUNT][call.region].groups.values()
        for other in groups.values()
        if other.id != group
        for rule in (*other.ingress_rules, *other.egress_rules)
    )
    return f"resource {group} has a dependent object" if group and used else None


@rule(
    "ec2",
    "DeleteVpc",
    code="DependencyViolation",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/delete-vpc.html",
    says="A VPC stays as long as it has endpoints. (moto knows the other things in it.)",
    quote="has dependencies and cannot be deleted.",
    coded=False,
)
def vpc_is_in_use(call: Call) -> str | None:
    vpc = call.params["VpcId"]
    endpoints = ec2_backends[ACCOUNT][call.region].vpc_end_points.values()
    used = any(endpoint.vpc_id == vpc and endpoint.state != "deleted" for endpoint in endpoints)
    return f"The vpc '{vpc}' has dependencies and cannot be deleted." if used else None


@rule(
    "ec2",
    "DetachInternetGateway",
    code="DependencyViolation",
    source="https://github.com/prabhatsharma/kubernetes-the-hard-way-aws/issues/16",
    says="A VPC keeps its internet gateway as long as something in it has a public address.",
    quote="has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.",
)
def gateway_has_public_addresses(call: Call) -> str | None:
    vpc = call.params["VpcId"]
    gateways = ec2_backends[ACCOUNT][call.region].nat_gateways.values()
    balancers = elbv2_backends[ACCOUNT][call.region].load_balancers.values()
    used = any(
        gateway.vpc_id == vpc and gateway.connectivity_type != "private" and gateway.state != "deleted"
        for gateway in gateways
    ) or any(balancer.vpc_id == vpc and balancer.scheme != "internal" for balancer in balancers)
    if not used:
        return None
    return (
        f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the "
        "gateway."
    )


@rule(
    "ec2",
    "ReleaseAddress",
    code="InvalidIPAddress.InUse",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ReleaseAddress.html",
    says="An address stays as long as a NAT gateway has it.",
    quote="Amazon EC2 returns an error (InvalidIPAddress.InUse)",
    worded=False,
)
def address_is_in_use(call: Call) -> str | None:
    allocation = call.params.get("AllocationId")
    used = any(
        address.get("AllocationId", address.get("allocationId")) == allocation
        for gateway in ec2_backends[ACCOUNT][call.region].nat_gateways.values()
        for address in gateway.address_set
        if gateway.state != "deleted"
    )
    return f"The address with allocation ID '{allocation}' is in use." if allocation and used else None
