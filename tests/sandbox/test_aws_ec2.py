"""EC2: blocks come back in their canonical form, and NAT gateways that are not there are missed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]


def test_a_block_comes_back_without_the_address_in_it(client: Client) -> None:
    ec2 = client("ec2")

    vpc = ec2.create_vpc(CidrBlock="10.20.1.2/16")["Vpc"]
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.20.7.9/24")["Subnet"]
    table = ec2.create_route_table(VpcId=vpc["VpcId"])["RouteTable"]["RouteTableId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["VpcId"])
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="10.30.1.2/16", GatewayId=gateway)

    routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert (vpc["CidrBlock"], subnet["CidrBlock"]) == ("10.20.0.0/16", "10.20.7.0/24")
    assert [route["DestinationCidrBlock"] for route in routes] == ["10.20.0.0/16", "10.30.0.0/16"]


def test_a_security_group_rules_block_is_canonical_whoever_asks_for_it(client: Client, name: str) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "100.68.0.18/18"}]}

    rule = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"][0]

    assert rule["CidrIpv4"] == "100.68.0.0/18"
    again = [{**permission, "IpRanges": [{"CidrIp": "100.68.0.0/18"}]}]
    code = refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=again)[1]
    assert code == "InvalidPermission.Duplicate"
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"] == []


def test_the_address_of_a_nat_gateway_that_is_gone_serves_another(client: Client) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.20.0.0/24")["Subnet"]["SubnetId"]
    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    first = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]

    ec2.delete_nat_gateway(NatGatewayId=first)

    assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[address])["Addresses"][0]
    second = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    assert second["NatGatewayAddresses"][0]["AllocationId"] == address


def test_a_nat_gateway_that_is_not_there_is_missed(client: Client) -> None:
    ec2, gone = client("ec2"), "nat-0123456789abcdef0"

    expected = (400, "NatGatewayNotFound", f"The Nat Gateway {gone} was not found")
    assert refused(ec2.describe_nat_gateways, NatGatewayIds=[gone]) == expected
    assert refused(ec2.delete_nat_gateway, NatGatewayId=gone) == expected


def test_the_default_vpc_leads_to_the_internet(client: Client) -> None:
    ec2 = client("ec2")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]

    (gateway,) = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}])[
        "InternetGateways"
    ]

    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["RouteTables"]
    routes = {route["DestinationCidrBlock"]: route["GatewayId"] for route in table["Routes"]}
    assert routes == {vpc["CidrBlock"]: "local", "0.0.0.0/0": gateway["InternetGatewayId"]}


def test_a_nat_gateway_is_public_unless_it_is_to_be_private(client: Client) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.21.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.21.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]

    public = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
    private = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]

    assert (public["ConnectivityType"], private["ConnectivityType"]) == ("public", "private")


def test_a_subnet_may_have_addresses_of_version_6_only(client: Client) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.22.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]
    (block,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]

    subnet = ec2.create_subnet(VpcId=vpc, Ipv6Native=True, Ipv6CidrBlock=block["Ipv6CidrBlock"])["Subnet"]

    assert (subnet["Ipv6Native"], "CidrBlock" in subnet) == (True, False)


def test_a_subnet_without_a_block_of_version_4_says_that_it_is_native_to_version_6(client: Client) -> None:
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.23.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"]

    missing = refused(ec2.create_subnet, VpcId=vpc, Ipv6CidrBlock="2001:db8::/64")
    no_block = refused(ec2.create_subnet, VpcId=vpc, Ipv6CidrBlock="nonsense", Ipv6Native=True)

    assert missing == (400, "MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' must be provided")
    assert no_block[:2] == (400, "InvalidParameterValue")
