"""EC2 refuses networks that lead nowhere, endpoints that a service does not have, and to delete what is in use."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.launch import Sandbox
from tests.sandbox.networks import make_network
from tests.sandbox.running_stack import Stack
from tests.sandbox.test_aws_errors import refused

Client = Callable[[str], Any]

ENDPOINT = "com.amazonaws.us-east-1.{}"


@pytest.fixture
def vpc(client: Client) -> str:
    return str(client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])


@pytest.fixture
def group(client: Client, vpc: str, name: str) -> str:
    return str(client("ec2").create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])


def subnet(client: Client, vpc: str, number: int = 1, zone: str = "a") -> str:
    answer = client("ec2").create_subnet(
        VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"us-east-1{zone}"
    )
    return str(answer["Subnet"]["SubnetId"])


def gateway(client: Client, vpc: str) -> str:
    """An internet gateway that the VPC has."""
    made = client("ec2").create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    client("ec2").attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    return str(made)


# Security groups


def test_the_default_group_is_the_vpcs_own(client: Client, vpc: str, name: str) -> None:
    ec2 = client("ec2")
    only = {"Name": "vpc-id", "Values": [vpc]}
    default = ec2.describe_security_groups(Filters=[only])["SecurityGroups"][0]["GroupId"]

    made = refused(ec2.create_security_group, GroupName="default", Description="d", VpcId=vpc)
    deleted = refused(ec2.delete_security_group, GroupId=default)
    gone = refused(ec2.create_security_group, GroupName=name, Description="d", VpcId="vpc-0123456789abcdef0")

    assert made == (400, "InvalidParameterValue", "Cannot use reserved security group name: default")
    message = f'the specified group: "{default}" name: "default" cannot be deleted by a user'
    assert deleted == (400, "CannotDelete", message)
    assert gone == (400, "InvalidVpcID.NotFound", "The vpc ID 'vpc-0123456789abcdef0' does not exist")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (("tcp", 65536, 65536), "TCP/UDP (from) port (65536) out of range"),
        (("udp", 0, 65536), "TCP/UDP (to) port (65536) out of range"),
        (("tcp", 81, 80), "Invalid TCP/UDP port range(81:80)"),
        (("icmp", 256, -1), "ICMP type (256) out of range"),
        (("icmp", 8, 256), "ICMP code (256) out of range"),
        (("tcp", 80, 80, "10.0.0.0/33"), "CIDR block 10.0.0.0/33 is malformed"),
    ],
)
def test_a_rule_lets_through_ports_and_addresses_that_there_are(
    client: Client, group: str, rule: tuple[Any, ...], message: str
) -> None:
    ec2 = client("ec2")
    protocol, first, last, block = (*rule, "10.0.0.0/8")[:4]
    permission = {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "IpRanges": [{"CidrIp": block}]}

    grouped = refused(ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission])
    flat = {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "CidrIp": block}
    single = refused(ec2.authorize_security_group_ingress, GroupId=group, **flat)

    assert grouped == single == (400, "InvalidParameterValue", message)


@pytest.mark.parametrize(
    ("protocol", "first", "last", "block"),
    [
        ("tcp", 0, 65535, "0.0.0.0/0"),
        ("udp", 53, 53, "10.1.2.3/32"),
        # AWS takes the bits of the host away.
        ("tcp", 80, 80, "10.1.2.3/8"),
        ("icmp", -1, -1, "10.0.0.0/8"),
        ("icmp", 8, 0, "10.0.0.0/8"),
    ],
)
def test_a_rule_lets_anything_else_through(
    client: Client, group: str, protocol: str, first: int, last: int, block: str
) -> None:
    permission = {"IpProtocol": protocol, "FromPort": first, "ToPort": last, "IpRanges": [{"CidrIp": block}]}

    assert client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["Return"] is True


def test_a_rule_is_not_changed_to_what_it_cannot_be(client: Client, group: str) -> None:
    ec2 = client("ec2")
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    answer = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    made = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]

    def change(**rule: Any) -> tuple[int, str, str]:
        whole = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIpv4": "10.0.0.0/8", **rule}
        return refused(
            ec2.modify_security_group_rules,
            GroupId=group,
            SecurityGroupRules=[{"SecurityGroupRuleId": made, "SecurityGroupRule": whole}],
        )

    assert change(FromPort=81)[2] == "Invalid TCP/UDP port range(81:80)"
    assert change(CidrIpv4="10.0.0.0/40")[2] == "CIDR block 10.0.0.0/40 is malformed"


# VPCs and the ways out of them


@pytest.mark.parametrize("block", ["127.0.0.0/16", "169.254.0.0/16", "224.0.0.0/16", "0.0.0.0/16"])
def test_a_vpcs_addresses_have_no_meaning_of_their_own(client: Client, block: str) -> None:
    answer = refused(client("ec2").create_vpc, CidrBlock=block)

    assert answer == (400, "InvalidVpc.Range", f"The CIDR '{block}' is invalid.")


def test_a_vpc_has_one_internet_gateway(client: Client, vpc: str) -> None:
    ec2 = client("ec2")
    first = gateway(client, vpc)
    second = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]

    answer = refused(ec2.attach_internet_gateway, InternetGatewayId=second, VpcId=vpc)

    message = f"Network {vpc} already has an internet gateway attached"
    assert answer == (400, "InvalidParameterValue", message)
    ec2.detach_internet_gateway(InternetGatewayId=first, VpcId=vpc)
    ec2.attach_internet_gateway(InternetGatewayId=second, VpcId=vpc)


def test_a_gateway_stays_while_something_has_a_public_address(client: Client, vpc: str, name: str) -> None:
    ec2, elbv2 = client("ec2"), client("elbv2")
    internet = gateway(client, vpc)
    inside, other = subnet(client, vpc, 1, "a"), subnet(client, vpc, 2, "b")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=inside, AllocationId=address)["NatGateway"]["NatGatewayId"]

    held = refused(ec2.detach_internet_gateway, InternetGatewayId=internet, VpcId=vpc)
    in_use = refused(ec2.release_address, AllocationId=address)
    ec2.delete_nat_gateway(NatGatewayId=nat)
    ec2.release_address(AllocationId=address)
    balancer = elbv2.create_load_balancer(Name=name, Subnets=[inside, other])["LoadBalancers"][0]["LoadBalancerArn"]
    held_again = refused(ec2.detach_internet_gateway, InternetGatewayId=internet, VpcId=vpc)

    message = (
        f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) before detaching the "
        "gateway."
    )
    assert held == held_again == (400, "DependencyViolation", message)
    assert in_use[:2] == (400, "InvalidIPAddress.InUse")
    elbv2.delete_load_balancer(LoadBalancerArn=balancer)
    elbv2.create_load_balancer(Name=name, Subnets=[inside, other], Scheme="internal")
    ec2.detach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)


def test_a_nat_gateway_to_the_internet_has_an_address(client: Client, vpc: str) -> None:
    ec2, inside = client("ec2"), subnet(client, vpc)

    answer = refused(ec2.create_nat_gateway, SubnetId=inside)

    assert answer == (400, "MissingParameter", "The request must include the AllocationId parameter.")
    assert ec2.create_nat_gateway(SubnetId=inside, ConnectivityType="private")["NatGateway"]["State"] == "available"


def test_a_route_leads_somewhere_in_its_own_vpc(client: Client, vpc: str) -> None:
    ec2 = client("ec2")
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    elsewhere = gateway(client, ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"])
    route = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0"}

    foreign = refused(ec2.create_route, **route, GatewayId=elsewhere)
    nowhere = refused(ec2.create_route, **route, NatGatewayId="nat-0123456789abcdef0")

    message = f"route table {table} and network gateway {elsewhere} belong to different networks"
    assert foreign == (400, "InvalidParameterValue", message)
    assert nowhere[:2] == (400, "InvalidNatGatewayID.NotFound")
    assert ec2.create_route(**route, GatewayId=gateway(client, vpc))["Return"] is True


def test_a_subnet_has_one_route_table(client: Client, vpc: str) -> None:
    ec2, inside = client("ec2"), subnet(client, vpc)
    first, second = (ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(2))
    association = ec2.associate_route_table(RouteTableId=first, SubnetId=inside)["AssociationId"]

    answer = refused(ec2.associate_route_table, RouteTableId=second, SubnetId=inside)

    message = f"the specified association for route table {second} conflicts with an existing association"
    assert answer == (400, "Resource.AlreadyAssociated", message)
    assert ec2.replace_route_table_association(AssociationId=association, RouteTableId=second)["NewAssociationId"]
    ec2.associate_route_table(RouteTableId=first, SubnetId=subnet(client, vpc, 2))


# Endpoints


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (
            {"VpcEndpointType": "Interface", "ServiceName": "com.amazonaws.eu-west-1.logs"},
            "InvalidServiceName",
            "The Vpc Endpoint Service 'com.amazonaws.eu-west-1.logs' does not exist",
        ),
        (
            {"ServiceName": ENDPOINT.format("logs")},
            "InvalidParameter",
            "Endpoint type (Gateway) does not match available service types ([Interface]).",
        ),
        (
            {"ServiceName": ENDPOINT.format("s3"), "SubnetIds": ["subnet-1"]},
            "InvalidParameter",
            "Subnet IDs are only supported for Interface and GatewayLoadBalancer type VPC Endpoints.",
        ),
        (
            {"VpcEndpointType": "Interface", "ServiceName": ENDPOINT.format("logs"), "RouteTableIds": ["rtb-1"]},
            "InvalidParameter",
            "Route table IDs are only supported for Gateway type VPC Endpoint.",
        ),
    ],
)
def test_an_endpoint_is_of_a_kind_that_the_service_has(
    client: Client, vpc: str, given: dict[str, Any], code: str, message: str
) -> None:
    assert refused(client("ec2").create_vpc_endpoint, VpcId=vpc, **given) == (400, code, message)


def test_an_endpoint_has_one_subnet_a_zone_and_a_name_once_a_vpc(client: Client, vpc: str) -> None:
    ec2 = client("ec2")
    one, two, other = subnet(client, vpc, 1, "a"), subnet(client, vpc, 2, "a"), subnet(client, vpc, 3, "b")
    logs = {"VpcId": vpc, "VpcEndpointType": "Interface", "ServiceName": ENDPOINT.format("logs")}

    zone = refused(ec2.create_vpc_endpoint, **logs, SubnetIds=[one, other, two])
    ec2.create_vpc_endpoint(**logs, SubnetIds=[one, other])
    name = refused(ec2.create_vpc_endpoint, **logs, SubnetIds=[two])

    message = f"Found another VPC endpoint subnet in the availability zone of {two}"
    assert zone == (400, "DuplicateSubnetsInSameZone", message)
    message = (
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
        f"logs.us-east-1.amazonaws.com in the VPC {vpc}"
    )
    assert name == (400, "InvalidParameter", message)
    assert ec2.create_vpc_endpoint(**logs, SubnetIds=[two], PrivateDnsEnabled=False)["VpcEndpoint"]
    for service, kind in (("s3", "Gateway"), ("s3", "Interface"), ("dynamodb", "Gateway"), ("ecr.dkr", "Interface")):
        given = {"VpcId": vpc, "VpcEndpointType": kind, "ServiceName": ENDPOINT.format(service)}
        assert ec2.create_vpc_endpoint(**given)["VpcEndpoint"]["State"] == "available"


# What is gone, and what is in use


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        ("eni-0123456789abcdef0", "InvalidNetworkInterfaceID.NotFound"),
        ("nat-0123456789abcdef0", "InvalidNatGatewayID.NotFound"),
        ("vpce-0123456789abcdef0", "InvalidVpcEndpointId.NotFound"),
        ("eipalloc-0123456789abcdef0", "InvalidAllocationID.NotFound"),
        ("fl-0123456789abcdef0", "InvalidFlowLogId.NotFound"),
        ("sgr-0123456789abcdef0", "InvalidSecurityGroupRuleId.NotFound"),
        ("acl-0123456789abcdef0", "InvalidNetworkAclID.NotFound"),
        ("sg-0123456789abcdef0", "InvalidGroup.NotFound"),
        ("vpc-0123456789abcdef0", "InvalidVpcID.NotFound"),
        ("subnet-0123456789abcdef0", "InvalidSubnetID.NotFound"),
        ("rtb-0123456789abcdef0", "InvalidRouteTableID.NotFound"),
        ("igw-0123456789abcdef0", "InvalidInternetGatewayID.NotFound"),
    ],
)
def test_what_is_gone_is_not_tagged(client: Client, resource: str, code: str) -> None:
    answer = refused(client("ec2").create_tags, Resources=[resource], Tags=[{"Key": "color", "Value": "blue"}])

    assert answer[:2] == (400, code)


def test_what_is_there_is_tagged(client: Client, vpc: str, group: str, name: str) -> None:
    ec2, inside = client("ec2"), subnet(client, vpc)
    permission = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    rule = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])["SecurityGroupRules"][0]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=ENDPOINT.format("s3"))["VpcEndpoint"]
    acl = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["NetworkAcls"][0]
    flow_log = ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName=name,
        DeliverLogsPermissionArn="arn:aws:iam::123456789012:role/flow-logs",
    )["FlowLogIds"][0]
    things = [
        *(vpc, inside, group, rule["SecurityGroupRuleId"], address, endpoint["VpcEndpointId"]),
        *(acl["NetworkAclId"], flow_log, ec2.create_network_interface(SubnetId=inside)["NetworkInterface"]),
        ec2.create_nat_gateway(SubnetId=inside, AllocationId=address)["NatGateway"]["NatGatewayId"],
    ]
    things = [thing["NetworkInterfaceId"] if isinstance(thing, dict) else thing for thing in things]

    ec2.create_tags(Resources=things, Tags=[{"Key": "color", "Value": "blue"}])

    found = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": things}])["Tags"]
    assert sorted(tag["ResourceId"] for tag in found) == sorted(things)


def test_a_vpc_stays_while_an_endpoint_is_in_it(client: Client, vpc: str) -> None:
    ec2 = client("ec2")
    endpoint = ec2.create_vpc_endpoint(VpcId=vpc, VpcEndpointType="Gateway", ServiceName=ENDPOINT.format("s3"))[
        "VpcEndpoint"
    ]["VpcEndpointId"]

    answer = refused(ec2.delete_vpc, VpcId=vpc)

    assert answer == (400, "DependencyViolation", f"The vpc '{vpc}' has dependencies and cannot be deleted.")
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    ec2.delete_vpc(VpcId=vpc)


def test_a_subnet_and_a_group_stay_while_a_task_is_in_them(
    sandbox: Sandbox, client: Client, name: str, tmp_path: Path
) -> None:
    own, ec2 = make_network(client, name), client("ec2")
    stack = Stack(sandbox.facts, client, name, tmp_path, own)
    # No rule names this one, which would keep it as well.
    group = ec2.create_security_group(GroupName=name, Description=name, VpcId=own.vpc)["GroupId"]
    stack.network["awsvpcConfiguration"]["securityGroups"].append(group)
    stack.service(stack.push())
    stack.running()
    client("elbv2").delete_load_balancer(LoadBalancerArn=stack.balancer_arn)
    inside, beside = stack.subnets

    answers = refused(ec2.delete_subnet, SubnetId=inside), refused(ec2.delete_security_group, GroupId=group)

    assert answers == (
        (400, "DependencyViolation", f"The subnet '{inside}' has dependencies and cannot be deleted."),
        (400, "DependencyViolation", f"resource {group} has a dependent object"),
    )
    # No task is in this one.
    ec2.delete_subnet(SubnetId=beside)
    client("ecs").delete_service(cluster=name, service=name, force=True)
    client("ecs").get_waiter("services_inactive").wait(
        cluster=name, services=[name], WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    ec2.delete_subnet(SubnetId=inside)
    ec2.delete_security_group(GroupId=group)
