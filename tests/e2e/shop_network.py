"""A VPC that a team has before it comes to Greenlight: private subnets in three zones, which share a NAT gateway."""

from dataclasses import dataclass
from typing import Any

from tests.e2e.harness import Environment

ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
BLOCK = "10.0.0.0/16"


@dataclass(frozen=True, kw_only=True)
class TeamNetwork:
    vpc: str
    private: tuple[str, ...]
    """One a zone."""

    public: str
    """In the first zone."""

    small: str
    """Private, in the third zone, a /28."""

    without_vpc_links: str
    """Private, in a zone of which API Gateway knows nothing."""

    without_way_out: str
    """In a zone of its own, with no route but the local one."""

    of_another_vpc: str
    before: dict[str, Any]
    """What there was to be seen of the VPC when it was made."""


def make(account: Environment) -> TeamNetwork:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=BLOCK)["Vpc"]["VpcId"]
    other = ec2.create_vpc(CidrBlock="10.41.0.0/16")["Vpc"]["VpcId"]

    def subnet(block: str, zone: str, vpc: str = vpc) -> str:
        made = ec2.create_subnet(VpcId=vpc, CidrBlock=block, AvailabilityZone=zone)
        return str(made["Subnet"]["SubnetId"])

    private = tuple(subnet(f"10.0.{number}.0/24", zone) for number, zone in enumerate(ZONES))
    public = subnet("10.0.100.0/24", ZONES[0])
    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    _lead_out(ec2, _table(ec2, vpc, public), GatewayId=internet)
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=public, AllocationId=address)["NatGateway"]["NatGatewayId"]
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[nat])
    _lead_out(ec2, _table(ec2, vpc, private[0]), NatGatewayId=nat)
    # The other zones have no table of their own.
    _lead_out(ec2, _main_table(ec2, vpc), NatGatewayId=nat)
    small, without_links = subnet("10.0.101.0/28", ZONES[2]), subnet("10.0.102.0/24", "us-east-1e")
    without_way_out = subnet("10.0.103.0/24", "us-east-1d")
    _table(ec2, vpc, without_way_out)
    return TeamNetwork(
        vpc=vpc,
        private=private,
        public=public,
        small=small,
        without_vpc_links=without_links,
        without_way_out=without_way_out,
        of_another_vpc=subnet("10.41.0.0/24", ZONES[1], other),
        before=_seen(ec2, vpc),
    )


def remove(account: Environment, network: TeamNetwork) -> None:
    """Raises AssertionError where the VPC is not as it was made."""
    ec2 = account.client("ec2")
    assert _seen(ec2, network.vpc) == network.before

    for gateway in ec2.describe_nat_gateways(Filters=_of(network.vpc))["NatGateways"]:
        if gateway["State"] != "deleted":
            ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
            ec2.release_address(AllocationId=gateway["NatGatewayAddresses"][0]["AllocationId"])
    attached = [{"Name": "attachment.vpc-id", "Values": [network.vpc]}]
    for internet in ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
        ec2.detach_internet_gateway(InternetGatewayId=internet["InternetGatewayId"], VpcId=network.vpc)
        ec2.delete_internet_gateway(InternetGatewayId=internet["InternetGatewayId"])
    other = ec2.describe_subnets(SubnetIds=[network.of_another_vpc])["Subnets"][0]["VpcId"]
    for vpc in (network.vpc, other):
        for subnet in ec2.describe_subnets(Filters=_of(vpc))["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        for table in ec2.describe_route_tables(Filters=_of(vpc))["RouteTables"]:
            associations = table["Associations"]
            if not any(association["Main"] for association in associations):
                for association in associations:
                    ec2.disassociate_route_table(AssociationId=association["RouteTableAssociationId"])
                ec2.delete_route_table(RouteTableId=table["RouteTableId"])
        ec2.delete_vpc(VpcId=vpc)


def _seen(ec2: Any, vpc: str) -> dict[str, Any]:
    of_vpc = _of(vpc)
    return {
        "groups": ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"],
        "tables": ec2.describe_route_tables(Filters=of_vpc)["RouteTables"],
        "endpoints": ec2.describe_vpc_endpoints(Filters=of_vpc)["VpcEndpoints"],
        "flow logs": ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"],
        "tags": ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [vpc]}])["Tags"],
        "free": {
            subnet["SubnetId"]: subnet["AvailableIpAddressCount"]
            for subnet in ec2.describe_subnets(Filters=of_vpc)["Subnets"]
        },
    }


def _of(vpc: str) -> list[dict[str, Any]]:
    return [{"Name": "vpc-id", "Values": [vpc]}]


def _table(ec2: Any, vpc: str, subnet: str) -> str:
    table = str(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    return table


def _main_table(ec2: Any, vpc: str) -> str:
    of_main = [*_of(vpc), {"Name": "association.main", "Values": ["true"]}]
    return str(ec2.describe_route_tables(Filters=of_main)["RouteTables"][0]["RouteTableId"])


def _lead_out(ec2: Any, table: str, **target: str) -> None:
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target)
