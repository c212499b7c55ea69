"""A VPC in which requests, images, logs and the calls of tasks and functions find their way, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

Client = Callable[[str], Any]

LISTENERS = (80, 8080)
"""The first and the last port on which load balancers listen."""

ALL = (0, 65535)


@dataclass(frozen=True)
class Network:
    vpc: str
    zones: tuple[str, str]
    subnets: tuple[str, str]
    """One a zone, private: they lead out through the NAT gateway."""

    link: str
    """The security groups: of VPC links, load balancers, tasks and functions."""

    balancer: str
    tasks: str
    functions: str


@cache
def network(client: Client) -> Network:
    """The one that all tests of a sandbox share, as far as they do not change it."""
    return make_network(client, "test-shared")


def make_network(client: Client, name: str) -> Network:
    """Open are: VPC link and functions -> load balancer -> tasks, and tasks and functions -> 443 anywhere."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"][:2]]

    def subnet(block: str, zone: str) -> str:
        answer = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)
        return str(answer["Subnet"]["SubnetId"])

    public = subnet("10.0.240.0/20", zones[0])
    first, second = subnet("10.0.0.0/20", zones[0]), subnet("10.0.16.0/20", zones[1])
    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    _lead_out(client, vpc, [public], GatewayId=internet)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
    _lead_out(client, vpc, [first, second], NatGatewayId=nat)

    link, balancer, tasks, functions = (
        _group(client, vpc, f"{name}-{members}") for members in ("link", "balancer", "tasks", "functions")
    )
    for source in (link, functions):
        _open(client, source, balancer, LISTENERS)
    _open(client, balancer, tasks, ALL)
    for source in (tasks, functions):
        aws = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_egress(GroupId=source, IpPermissions=[aws])
    return Network(vpc, (zones[0], zones[1]), (first, second), link, balancer, tasks, functions)


def without_way_out(client: Client, network: Network) -> str:
    """Takes the route to the NAT gateway away. The route table that had it."""
    ec2 = client("ec2")
    of_subnet = [{"Name": "association.subnet-id", "Values": [network.subnets[0]]}]
    table = str(ec2.describe_route_tables(Filters=of_subnet)["RouteTables"][0]["RouteTableId"])
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")
    return table


class Endpoints:
    """The endpoints of a network, with a security group that lets its tasks and functions in. Any can be taken away."""

    INTERFACES = ("ecr.api", "ecr.dkr", "logs", "codedeploy", "elasticloadbalancing")

    def __init__(self, client: Client, network: Network, name: str):
        self.client, self.network = client, network
        self._group = _group(client, network.vpc, f"{name}-endpoints")
        for source in (network.tasks, network.functions):
            _open(client, source, self._group, (443, 443))
        self._made = {service: self._make(service) for service in (*self.INTERFACES, "s3")}

    def _make(self, service: str) -> str:
        ec2, subnets = self.client("ec2"), list(self.network.subnets)
        settings: dict[str, Any]
        if service == "s3":
            of_subnets = [{"Name": "association.subnet-id", "Values": subnets}]
            tables = ec2.describe_route_tables(Filters=of_subnets)["RouteTables"]
            settings = {"VpcEndpointType": "Gateway", "RouteTableIds": [table["RouteTableId"] for table in tables]}
        else:
            settings = {"SubnetIds": subnets, "SecurityGroupIds": [self._group], "PrivateDnsEnabled": True}
            settings["VpcEndpointType"] = "Interface"
        named = {"VpcId": self.network.vpc, "ServiceName": f"com.amazonaws.us-east-1.{service}"}
        return str(ec2.create_vpc_endpoint(**named, **settings)["VpcEndpoint"]["VpcEndpointId"])

    @contextmanager
    def without(self, service: str) -> Iterator[None]:
        self.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[self._made[service]])
        try:
            yield
        finally:
            self._made[service] = self._make(service)


def _lead_out(client: Client, vpc: str, subnets: list[str], **target: str) -> None:
    ec2 = client("ec2")
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)


def _group(client: Client, vpc: str, name: str) -> str:
    """Lets nothing in or out."""
    ec2 = client("ec2")
    made = str(ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"])
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.revoke_security_group_egress(GroupId=made, IpPermissions=[everything])
    return made


def _open(client: Client, source: str, target: str, ports: tuple[int, int]) -> None:
    def to(other: str) -> list[dict[str, Any]]:
        pairs = [{"GroupId": other}]
        return [{"IpProtocol": "tcp", "FromPort": ports[0], "ToPort": ports[1], "UserIdGroupPairs": pairs}]

    client("ec2").authorize_security_group_egress(GroupId=source, IpPermissions=to(target))
    client("ec2").authorize_security_group_ingress(GroupId=target, IpPermissions=to(source))
