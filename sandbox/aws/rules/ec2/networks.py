"""VPCs, subnets and the ways out of them."""

from __future__ import annotations

from functools import partial
from ipaddress import IPv4Network

from moto.ec2.models import EC2Backend, ec2_backends

from sandbox.aws.model.request import Call
from sandbox.aws.rules.sources import tried
from sandbox.aws.rules.table import rule
from sandbox.state import ACCOUNT


def _ec2(call: Call) -> EC2Backend:
    return ec2_backends[ACCOUNT][call.region]


def _network(block: str | None) -> IPv4Network | None:
    try:
        return None if block is None else IPv4Network(block, strict=False)
    except ValueError:
        return None


@rule(
    "ec2",
    "CreateSubnet",
    code="InvalidSubnet.Range",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSubnet.html",
    says="A subnet has from 16 to 65,536 addresses.",
    quote="The allowed size for an IPv4 subnet is between a /28 netmask (16 IP addresses) and a /16 netmask",
    worded=False,
)
def subnet_has_another_size(call: Call) -> str | None:
    block = call.params.get("CidrBlock")
    if block is None:
        return None
    try:
        length = IPv4Network(block, strict=False).prefixlen
    except ValueError:
        return None
    return None if 16 <= length <= 28 else f"The CIDR '{block}' is invalid."


_RESERVED = [IPv4Network(block) for block in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4")]


@rule(
    "ec2",
    "CreateVpc",
    code="InvalidVpc.Range",
    source=tried("ec2/pf-ec2-vpc-cidr-reserved-range"),
    says="A VPC's addresses are none that have a meaning of their own.",
    quote="The CIDR '224.0.0.0/16' is invalid.",
    coded=False,
)
def vpc_range_is_reserved(call: Call) -> str | None:
    block = call.params.get("CidrBlock")
    network = _network(block)
    reserved = network is not None and any(network.overlaps(other) for other in _RESERVED)
    return f"The CIDR '{block}' is invalid." if reserved else None


@rule(
    "ec2",
    "AttachInternetGateway",
    code="InvalidParameterValue",
    source=tried("ec2/pf-ec2-vpc-single-igw"),
    says="A VPC has one internet gateway.",
    quote="already has an internet gateway attached",
)
def vpc_has_a_gateway(call: Call) -> str | None:
    vpc, gateway = call.params["VpcId"], call.params["InternetGatewayId"]
    others = [other for other in _ec2(call).internet_gateways.values() if other.id != gateway and other.vpc]
    taken = any(other.vpc.id == vpc for other in others)
    return f"Network {vpc} already has an internet gateway attached" if taken else None


_route = partial(rule, "ec2", "CreateRoute", "ReplaceRoute")


@_route(
    code="InvalidParameterValue",
    source="https://github.com/smoketurner/serverless-vpc-plugin/issues/147",
    says="A route leads through the internet gateway of its own VPC.",
    quote="belong to different networks",
)
def gateway_route_is_of_another_network(call: Call) -> str | None:
    table, gateway = call.params["RouteTableId"], call.params.get("GatewayId")
    own, other = _ec2(call).route_tables.get(table), _ec2(call).internet_gateways.get(gateway)
    if own is None or other is None or (other.vpc and other.vpc.id == own.vpc_id):
        return None
    return f"route table {table} and network gateway {gateway} belong to different networks"


@_route(
    code="InvalidNatGatewayID.NotFound",
    source="https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html",
    says="A route leads through a NAT gateway that exists.",
    quote="InvalidNatGatewayID.NotFound",
    worded=False,
)
def nat_route_leads_nowhere(call: Call) -> str | None:
    gateway = call.params.get("NatGatewayId")
    known = {known.id for known in _ec2(call).nat_gateways.values() if known.state != "deleted"}
    return f"The natGateway ID '{gateway}' does not exist" if gateway and gateway not in known else None


@rule(
    "ec2",
    "AssociateRouteTable",
    code="Resource.AlreadyAssociated",
    source="https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/route_table_association",
    says="A subnet has one route table. (Whether it may be given the same one again is not said, and passes.)",
    quote="Resource.AlreadyAssociated: the specified association for route table rtb-4176657279 conflicts with an "
    "existing association",
)
def subnet_has_a_route_table(call: Call) -> str | None:
    table, subnet = call.params["RouteTableId"], call.params.get("SubnetId")
    for other in _ec2(call).route_tables.values():
        if subnet and other.id != table and subnet in other._associations.values():
            return f"the specified association for route table {table} conflicts with an existing association"
    return None


@rule(
    "ec2",
    "CreateNatGateway",
    code="MissingParameter",
    source=tried("ec2/pf-ec2-natgw-allocation"),
    says="A NAT gateway to the internet has an address there.",
    quote="The request must include the AllocationId parameter.",
    coded=False,
)
def nat_gateway_has_no_address(call: Call) -> bool:
    public = call.params.get("ConnectivityType", "public") == "public"
    zonal = call.params.get("AvailabilityMode", "zonal") == "zonal"
    return public and zonal and not call.params.get("AllocationId")
