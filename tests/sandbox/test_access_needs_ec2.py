"""What calls of EC2 ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.access import needs
from sandbox.access.model import Keys, Need
from tests.sandbox.access_calls import ACCOUNT, call
from tests.sandbox.access_samples import REGION

EC2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}:"
IN_REGION = {"ec2:Region": (REGION,)}
TAGS = [{"Key": "team", "Value": "a"}]


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield boto3.client("ec2", region_name=REGION)


@pytest.fixture
def vpc(ec2: Any) -> str:
    made: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[made], Tags=TAGS)
    return made


def asked(operation: str, **params: Any) -> list[Need]:
    return needs.of(call("ec2", operation, **params))


def need(action: str, resource: str, keys: Keys | None = None, **more: Any) -> Need:
    whole = resource if resource == "*" else EC2 + resource
    tags: dict[str, Any] = {"request_tags": {}, "resource_tags": {}}
    return Need(f"ec2:{action}", whole, keys={**(keys or {}), **IN_REGION}, **{**tags, **more})


def of_vpc(action: str, vpc: str) -> Need:
    keys = {"ec2:VpcID": (vpc,), "ec2:Tenancy": ("default",)}
    return need(action, f"vpc/{vpc}", keys, resource_tags={"team": "a"})


def test_a_description_is_of_no_resource_and_of_a_region() -> None:
    assert asked("DescribeSubnets") == [need("DescribeSubnets", "*")]


def test_an_attribute_of_a_vpc_is_asked_for_on_the_vpc_and_its_tags(vpc: str) -> None:
    assert asked("DescribeVpcAttribute", VpcId=vpc, Attribute="enableDnsSupport") == [
        of_vpc("DescribeVpcAttribute", vpc)
    ]


def test_a_subnet_is_asked_for_on_its_vpc_and_on_itself(vpc: str) -> None:
    found = asked("CreateSubnet", VpcId=vpc, CidrBlock="10.0.0.0/24")

    pools = {"ec2:Ipv4IpamPoolId": (), "ec2:Ipv6IpamPoolId": ()}
    assert found == [of_vpc("CreateSubnet", vpc), need("CreateSubnet", "subnet/*", pools)]


def test_tags_from_the_beginning_ask_for_create_tags_with_what_makes_them(vpc: str) -> None:
    tagged = [{"ResourceType": "route-table", "Tags": TAGS}]
    found = asked("CreateRouteTable", VpcId=vpc, TagSpecifications=tagged)

    known = {"ec2:CreateAction": ("CreateRouteTable",)}
    assert found == [
        of_vpc("CreateRouteTable", vpc),
        need("CreateRouteTable", "route-table/*", request_tags={"team": "a"}),
        need("CreateTags", "route-table/*", known, request_tags={"team": "a"}),
    ]


def test_a_specification_without_tags_asks_for_no_create_tags() -> None:
    tagged = [{"ResourceType": "internet-gateway", "Tags": []}]

    assert asked("CreateInternetGateway", TagSpecifications=tagged) == [
        need("CreateInternetGateway", "internet-gateway/*")
    ]


def test_a_route_is_asked_for_on_its_table_alone(ec2: Any, vpc: str) -> None:
    (table,) = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["RouteTables"]
    made = table["RouteTableId"]

    keys = {"ec2:RouteTableID": (made,), "ec2:Vpc": (f"{EC2}vpc/{vpc}",)}
    assert asked("CreateRoute", RouteTableId=made, GatewayId="igw-1", DestinationCidrBlock="0.0.0.0/0") == [
        need("CreateRoute", f"route-table/{made}", keys)
    ]


def test_what_is_disassociated_is_asked_for_with_its_table_and_its_subnet(ec2: Any, vpc: str) -> None:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a")["Subnet"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    associated = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet["SubnetId"])["AssociationId"]

    found = asked("DisassociateRouteTable", AssociationId=associated)

    in_vpc = {"ec2:Vpc": (f"{EC2}vpc/{vpc}",)}
    zone = {
        "ec2:AvailabilityZone": ("us-east-1a",),
        "ec2:AvailabilityZoneId": (subnet["AvailabilityZoneId"],),
        "ec2:SubnetID": (subnet["SubnetId"],),
    }
    assert found == [
        need("DisassociateRouteTable", f"route-table/{table}", {"ec2:RouteTableID": (table,), **in_vpc}),
        need("DisassociateRouteTable", f"subnet/{subnet['SubnetId']}", {**in_vpc, **zone}),
    ]


def test_an_association_that_is_not_there_is_of_any_table() -> None:
    assert asked("DisassociateRouteTable", AssociationId="rtbassoc-1") == [
        need("DisassociateRouteTable", "route-table/*")
    ]


def test_a_rule_is_asked_for_on_its_group(ec2: Any, vpc: str) -> None:
    group = ec2.create_security_group(GroupName="a", Description="a", VpcId=vpc)["GroupId"]

    keys = {"ec2:SecurityGroupID": (group,), "ec2:Vpc": (f"{EC2}vpc/{vpc}",)}
    assert asked("AuthorizeSecurityGroupIngress", GroupId=group, IpProtocol="tcp") == [
        need("AuthorizeSecurityGroupIngress", f"security-group/{group}", keys)
    ]


def test_a_rule_with_tags_is_asked_for_on_itself_too() -> None:
    tagged = [{"ResourceType": "security-group-rule", "Tags": TAGS}]
    found = asked("AuthorizeSecurityGroupEgress", GroupId="sg-1", TagSpecifications=tagged)

    new: dict[str, Any] = {"request_tags": {"team": "a"}}
    created = {"ec2:CreateAction": ("AuthorizeSecurityGroupEgress",)}
    assert found == [
        need("AuthorizeSecurityGroupEgress", "security-group/sg-1", {"ec2:SecurityGroupID": ("sg-1",)}),
        need("AuthorizeSecurityGroupEgress", "security-group-rule/*", **new),
        need("CreateTags", "security-group-rule/*", created, **new),
    ]


def test_an_interface_endpoint_is_asked_for_on_all_that_it_names_and_with_its_private_names() -> None:
    found = asked(
        "CreateVpcEndpoint",
        VpcId="vpc-1",
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.logs",
        SubnetIds=["subnet-1", "subnet-2"],
        SecurityGroupIds=["sg-1"],
    )

    service = {
        "ec2:VpceServiceName": ("com.amazonaws.us-east-1.logs",),
        "ec2:VpceServiceOwner": ("amazon",),
        "ec2:VpceServiceRegion": (REGION,),
    }
    assert found == [
        need("CreateVpcEndpoint", "vpc/vpc-1", {"ec2:VpcID": ("vpc-1",)}),
        need("CreateVpcEndpoint", "subnet/subnet-1", {"ec2:SubnetID": ("subnet-1",)}),
        need("CreateVpcEndpoint", "subnet/subnet-2", {"ec2:SubnetID": ("subnet-2",)}),
        need("CreateVpcEndpoint", "security-group/sg-1", {"ec2:SecurityGroupID": ("sg-1",)}),
        need("CreateVpcEndpoint", "vpc-endpoint/*", service),
        need("DescribeVpcs", "*"),
        need("DescribeSubnets", "*"),
        need("DescribeSecurityGroups", "*"),
        Need("route53:AssociateVPCWithHostedZone", "*", request_tags={}, resource_tags={}),
    ]


def test_an_endpoint_without_private_names_asks_for_no_hosted_zone() -> None:
    found = asked(
        "CreateVpcEndpoint",
        VpcId="vpc-1",
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.logs",
        PrivateDnsEnabled=False,
    )

    assert "route53:AssociateVPCWithHostedZone" not in [one.action for one in found]


def test_a_gateway_endpoint_is_asked_for_on_its_route_tables() -> None:
    found = asked("CreateVpcEndpoint", VpcId="vpc-1", ServiceName="com.amazonaws.us-east-1.s3", RouteTableIds=["rtb-1"])

    assert [one.resource for one in found] == [f"{EC2}vpc/vpc-1", f"{EC2}route-table/rtb-1", f"{EC2}vpc-endpoint/*"]


def test_a_flow_log_passes_its_role_to_the_service(vpc: str) -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/flow"
    found = asked("CreateFlowLogs", ResourceIds=[vpc], ResourceType="VPC", DeliverLogsPermissionArn=role)

    assert found == [
        of_vpc("CreateFlowLogs", vpc),
        need("CreateFlowLogs", "vpc-flow-log/*"),
        Need("iam:PassRole", role, keys={"iam:PassedToService": ("vpc-flow-logs.amazonaws.com",)}, resource_tags={}),
    ]


def test_a_flow_log_to_a_bucket_asks_for_its_delivery() -> None:
    found = asked("CreateFlowLogs", ResourceIds=["vpc-1"], ResourceType="VPC", LogDestinationType="s3")

    assert [one.action for one in found] == ["ec2:CreateFlowLogs", "ec2:CreateFlowLogs", "logs:CreateLogDelivery"]


def test_what_is_deleted_has_its_tags(ec2: Any) -> None:
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.create_tags(Resources=[gateway], Tags=TAGS)

    assert asked("DeleteInternetGateway", InternetGatewayId=gateway) == [
        need(
            "DeleteInternetGateway",
            f"internet-gateway/{gateway}",
            {"ec2:InternetGatewayID": (gateway,)},
            resource_tags={"team": "a"},
        )
    ]


def test_an_address_is_known_by_its_public_address_too(ec2: Any) -> None:
    address = ec2.allocate_address(Domain="vpc")

    keys = {
        "ec2:AllocationId": (address["AllocationId"],),
        "ec2:Domain": ("vpc",),
        "ec2:PublicIpAddress": (address["PublicIp"],),
    }
    wanted = [need("ReleaseAddress", f"elastic-ip/{address['AllocationId']}", keys)]
    assert asked("ReleaseAddress", AllocationId=address["AllocationId"]) == wanted
    assert asked("ReleaseAddress", PublicIp=address["PublicIp"]) == wanted


def test_tags_are_asked_for_on_each_resource_by_its_type(vpc: str) -> None:
    found = asked("CreateTags", Resources=[vpc, "vpce-1"], Tags=TAGS)

    direct = {"ec2:CreateAction": ()}
    known = {"ec2:VpcID": (vpc,), "ec2:Tenancy": ("default",), "aws:TagKeys": ("team",), **direct}
    assert found == [
        need("CreateTags", f"vpc/{vpc}", known, request_tags={"team": "a"}, resource_tags={"team": "a"}),
        need("CreateTags", "vpc-endpoint/vpce-1", {"aws:TagKeys": ("team",), **direct}, request_tags={"team": "a"}),
    ]


def test_tags_of_what_is_of_no_known_type_are_mapped_to_nothing() -> None:
    with pytest.raises(needs.UnmappedError, match="does not say what CreateTags of snap-1 asks for"):
        asked("CreateTags", Resources=["snap-1"], Tags=TAGS)


def test_a_network_interface_says_where_it_is(ec2: Any, vpc: str) -> None:
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24", AvailabilityZone="us-east-1a")["Subnet"]
    made = ec2.create_network_interface(SubnetId=subnet["SubnetId"])["NetworkInterface"]["NetworkInterfaceId"]

    (found,) = asked("DeleteNetworkInterface", NetworkInterfaceId=made)

    keys = {
        "ec2:NetworkInterfaceID": (made,),
        "ec2:Subnet": (f"{EC2}subnet/{subnet['SubnetId']}",),
        "ec2:Vpc": (f"{EC2}vpc/{vpc}",),
        "ec2:AvailabilityZone": ("us-east-1a",),
        "ec2:ManagedResourceOperator": (),
    }
    assert found == need("DeleteNetworkInterface", f"network-interface/{made}", keys)


def test_a_group_that_is_named_is_one_of_the_default_vpc(ec2: Any, vpc: str) -> None:
    ec2.create_security_group(GroupName="a", Description="a", VpcId=vpc)
    (default,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    group = ec2.create_security_group(GroupName="a", Description="a", VpcId=default["VpcId"])["GroupId"]

    (found,) = asked("DeleteSecurityGroup", GroupName="a")

    assert found.resource == f"{EC2}security-group/{group}"


def test_an_endpoint_that_is_deleted_says_whose_it_is(ec2: Any, vpc: str) -> None:
    made = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName="com.amazonaws.us-east-1.s3")["VpcEndpoint"]["VpcEndpointId"]

    keys = {"ec2:VpceServiceName": ("com.amazonaws.us-east-1.s3",), "ec2:VpceServiceRegion": (REGION,)}
    assert asked("DeleteVpcEndpoints", VpcEndpointIds=[made]) == [
        need("DeleteVpcEndpoints", f"vpc-endpoint/{made}", keys)
    ]
