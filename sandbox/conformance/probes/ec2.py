"""EC2: what a VPC and its subnets are by default, the tags and blocks they do not take, and what is still in use."""

from __future__ import annotations

from typing import Any

from sandbox.conformance.probe import Probe, Request, answered, breaks, refused
from sandbox.conformance.undo import TAG
from sandbox.conformance.world import World

_API = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
_CODES = f"{_API}/errors-overview.html"
_PROVIDER = "https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/errors.go"
"""The codes by which Terraform's provider knows what is gone."""
_RECORDED = "https://github.com/localstack/localstack/blob/main/tests/aws/services/ec2/test_ec2.snapshot.json"
"""Recorded from AWS."""
_DNS = "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html"

_NOBODY = "0123456789abcdef0"
"""Of an id that has the right form, and is nobody's."""


def _subnet(block: str) -> Request:
    """CreateSubnet."""
    return lambda world: {"VpcId": world.vpc, "CidrBlock": block, "AvailabilityZone": world.zones[0]}


def _flow_log(world: World, bucket: str | None) -> dict[str, Any]:
    """CreateFlowLogs."""
    settings = {"ResourceIds": [world.vpc], "ResourceType": "VPC", "TrafficType": "ALL", "LogDestinationType": "s3"}
    return settings | ({"LogDestination": f"arn:aws:s3:::{bucket}"} if bucket else {})


def _reserved(world: World) -> dict[str, Any]:
    """CreateVpc, with a tag of AWS's besides the run's."""
    tags = [{"Key": TAG, "Value": world.account.run}, {"Key": "aws:color", "Value": "blue"}]
    return {"CidrBlock": "10.254.0.0/16", "TagSpecifications": [{"ResourceType": "vpc", "Tags": tags}]}


def _gone(operation: str, ids: str, prefix: str, what: str, code: str) -> Probe:
    request = {ids: [f"{prefix}-{_NOBODY}"]}
    return refused("ec2", operation, f"{what} that is not there", lambda _: request, code, _PROVIDER)


PROBES: list[Probe] = [
    # Tags
    breaks(
        "tag_key_is_reserved",
        "CreateTags",
        lambda world: {"Resources": [world.vpc], "Tags": [{"Key": "aws:color", "Value": "blue"}]},
        message="aws:",
    ),
    breaks("tag_key_of_something_new_is_reserved", "CreateVpc", _reserved, message="aws:"),
    answered(
        "ec2",
        "DescribeVpcs",
        "a VPC has the tags that it was made with",
        lambda world: {"VpcIds": [world.vpc]},
        {f"Vpcs[0].Tags[?Key=='{TAG}'].Value | [0]": lambda world: world.account.run},
        f"{_API}/API_CreateVpc.html",
    ),
    # VPCs
    answered(
        "ec2",
        "CreateVpc",
        "a VPC's block is canonical, its tenancy shared",
        lambda _: {"CidrBlock": "10.254.1.2/16"},
        {"Vpc.[CidrBlock, InstanceTenancy, IsDefault]": ["10.254.0.0/16", "default", False]},
        f"{_API}/API_CreateVpc.html",
    ),
    refused(
        "ec2",
        "CreateVpc",
        "a VPC has 65,536 addresses at most",
        lambda _: {"CidrBlock": "10.252.0.0/15"},
        "InvalidVpc.Range",
        "https://github.com/grycap/im/issues/1011",
    ),
    answered(
        "ec2",
        "DescribeVpcAttribute",
        "a VPC resolves names",
        lambda world: {"VpcId": world.vpc, "Attribute": "enableDnsSupport"},
        {"EnableDnsSupport.Value": True},
        _DNS,
    ),
    answered(
        "ec2",
        "DescribeVpcAttribute",
        "what is in a VPC has no names until that is asked for",
        lambda world: {"VpcId": world.vpc, "Attribute": "enableDnsHostnames"},
        {"EnableDnsHostnames.Value": False},
        _DNS,
    ),
    refused(
        "ec2",
        "DeleteVpc",
        "a VPC with subnets stays",
        lambda world: (world.subnets, {"VpcId": world.vpc})[1],
        "DependencyViolation",
        _CODES,
    ),
    # Subnets
    breaks("subnet_has_another_size", "CreateSubnet", _subnet("10.255.16.0/29")),
    refused(
        "ec2",
        "CreateSubnet",
        "a subnet is within its VPC's block",
        _subnet("10.1.0.0/24"),
        "InvalidSubnet.Range",
        "https://github.com/pulumi/pulumi-awsx/issues/111",
    ),
    refused(
        "ec2",
        "CreateSubnet",
        "subnets do not overlap",
        lambda world: (world.empty_subnet, _subnet("10.255.9.128/25")(world))[1],
        "InvalidSubnet.Conflict",
        _CODES,
    ),
    refused(
        "ec2",
        "CreateSubnet",
        "a subnet is of a VPC",
        lambda world: {"CidrBlock": "10.255.16.0/24", "AvailabilityZone": world.zones[0]},
        "MissingParameter",
        _CODES,
    ),
    answered(
        "ec2",
        "CreateSubnet",
        "a subnet's block is canonical, five of its addresses are AWS's, and none is public",
        _subnet("10.255.16.7/28"),
        {"Subnet.[CidrBlock, AvailableIpAddressCount, MapPublicIpOnLaunch]": ["10.255.16.0/28", 11, False]},
        f"{_API}/API_CreateSubnet.html",
    ),
    breaks("subnet_is_in_use", "DeleteSubnet", lambda world: (world.load_balancer, {"SubnetId": world.subnets[0]})[1]),
    # Routes and gateways
    answered(
        "ec2",
        "DescribeRouteTables",
        "a VPC comes with a main route table that has the way inside",
        lambda world: {"RouteTableIds": [world.main_route_table]},
        {
            "RouteTables[0].Routes[?GatewayId=='local'].[DestinationCidrBlock, Origin, State] | [0]": [
                "10.255.0.0/16",
                "CreateRouteTable",
                "active",
            ],
            "RouteTables[0].Associations[].Main": [True],
        },
        _RECORDED,
    ),
    answered(
        "ec2",
        "CreateRouteTable",
        "a new route table has the way inside",
        lambda world: {"VpcId": world.vpc},
        {"RouteTable.Routes[].[DestinationCidrBlock, GatewayId, State]": [["10.255.0.0/16", "local", "active"]]},
        _RECORDED,
    ),
    refused(
        "ec2",
        "AttachInternetGateway",
        "an internet gateway is attached once",
        lambda world: {"InternetGatewayId": world.internet, "VpcId": world.vpc},
        "Resource.AlreadyAssociated",
        "https://github.com/berlioz-the/berlioz/issues/1",
    ),
    refused(
        "ec2",
        "CreateRoute",
        "a route table has one way to a block",
        lambda world: {
            "GatewayId": world.internet,
            "RouteTableId": world.main_route_table,
            "DestinationCidrBlock": "0.0.0.0/0",
        },
        "RouteAlreadyExists",
        "https://github.com/ansible/ansible/issues/59863",
    ),
    refused(
        "ec2",
        "DeleteRoute",
        "a route that is not there is not deleted",
        lambda world: {"RouteTableId": world.main_route_table, "DestinationCidrBlock": "10.9.0.0/16"},
        "InvalidRoute.NotFound",
        _CODES,
    ),
    # Flow logs
    answered(
        "ec2",
        "CreateFlowLogs",
        "a bucket for a flow log that is not there is told in the answer",
        lambda world: _flow_log(world, f"{world.name}-nowhere"),
        {"FlowLogIds": [], "Unsuccessful[].Error.Code": ["400"]},
        _RECORDED,
    ),
    refused(
        "ec2",
        "CreateFlowLogs",
        "a flow log has a destination",
        lambda world: _flow_log(world, None),
        "InvalidParameter",
        _RECORDED,
    ),
    # What is not there
    _gone("DescribeVpcs", "VpcIds", "vpc", "a VPC", "InvalidVpcID.NotFound"),
    _gone("DescribeSubnets", "SubnetIds", "subnet", "a subnet", "InvalidSubnetID.NotFound"),
    _gone("DescribeSecurityGroups", "GroupIds", "sg", "a security group", "InvalidGroup.NotFound"),
    _gone("DescribeRouteTables", "RouteTableIds", "rtb", "a route table", "InvalidRouteTableID.NotFound"),
    _gone(
        "DescribeInternetGateways",
        "InternetGatewayIds",
        "igw",
        "an internet gateway",
        "InvalidInternetGatewayID.NotFound",
    ),
    _gone("DescribeNatGateways", "NatGatewayIds", "nat", "a NAT gateway", "NatGatewayNotFound"),
    _gone("DescribeVpcEndpoints", "VpcEndpointIds", "vpce", "a VPC endpoint", "InvalidVpcEndpointId.NotFound"),
]
