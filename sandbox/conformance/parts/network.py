"""A VPC with subnets in two zones, security groups and ways out, and another VPC beside it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sandbox.conformance.account import until
from sandbox.conformance.parts.base import Part


class Network(Part):
    """What is in EC2. It takes AWS a moment to know a thing everywhere: none is given out before it can be read."""

    @cached_property
    def vpc(self) -> str:
        return self._vpc("10.255.0.0/16")

    @cached_property
    def other_vpc(self) -> str:
        """Has no internet gateway; what is in it can have names."""
        made = self._vpc("10.253.0.0/16")
        self._call("ec2", "ModifyVpcAttribute", VpcId=made, EnableDnsHostnames={"Value": True})
        return made

    def _vpc(self, block: str) -> str:
        made = str(self._call("ec2", "CreateVpc", CidrBlock=block)["Vpc"]["VpcId"])
        filters = [{"Name": "vpc-id", "Values": [made]}]
        look = lambda: [vpc["State"] for vpc in self.account.read("ec2", "DescribeVpcs", Filters=filters)["Vpcs"]]  # noqa: E731
        until(look, ["available"].__eq__)
        return made

    @cached_property
    def zones(self) -> list[str]:
        filters = [{"Name": "opt-in-status", "Values": ["opt-in-not-required"]}]
        found = self.account.read("ec2", "DescribeAvailabilityZones", Filters=filters)["AvailabilityZones"]
        return [zone["ZoneName"] for zone in found[:2]]

    @cached_property
    def subnets(self) -> list[str]:
        return [self._subnet(zone, f"10.255.{number}.0/24") for number, zone in enumerate(self.zones)]

    @cached_property
    def other_subnets(self) -> list[str]:
        """In the other VPC."""
        other = self.other_vpc
        return [self._subnet(zone, f"10.253.{number}.0/24", other) for number, zone in enumerate(self.zones)]

    @cached_property
    def second_subnet_of_a_zone(self) -> str:
        return self._subnet(self.zones[0], "10.255.8.0/24")

    @cached_property
    def empty_subnet(self) -> str:
        return self._subnet(self.zones[0], "10.255.9.0/24")

    def _subnet(self, zone: str, block: str, vpc: str | None = None) -> str:
        answer = self._call("ec2", "CreateSubnet", VpcId=vpc or self.vpc, CidrBlock=block, AvailabilityZone=zone)
        made = str(answer["Subnet"]["SubnetId"])
        self.account.call("ec2", "DescribeSubnets", patient_with=("InvalidSubnetID.NotFound",), SubnetIds=[made])
        return made

    @cached_property
    def main_route_table(self) -> str:
        return self._main_route_table(self.vpc)

    @cached_property
    def other_route_table(self) -> str:
        """The other VPC's."""
        return self._main_route_table(self.other_vpc)

    def _main_route_table(self, vpc: str) -> str:
        filters = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
        tables = self.account.read("ec2", "DescribeRouteTables", Filters=filters)["RouteTables"]
        return str(tables[0]["RouteTableId"])

    @cached_property
    def routed_subnet(self) -> str:
        """Has a route table of its own."""
        made = self._subnet(self.zones[0], "10.255.10.0/24")
        table = str(self._call("ec2", "CreateRouteTable", VpcId=self.vpc)["RouteTable"]["RouteTableId"])
        not_yet = ("InvalidRouteTableID.NotFound",)
        self.account.call("ec2", "AssociateRouteTable", patient_with=not_yet, RouteTableId=table, SubnetId=made)
        return made

    @cached_property
    def internet(self) -> str:
        """The internet gateway, with the route to it: tasks of scenarios pull their image through it."""
        made = str(self._call("ec2", "CreateInternetGateway")["InternetGateway"]["InternetGatewayId"])
        self._call("ec2", "AttachInternetGateway", InternetGatewayId=made, VpcId=self.vpc)
        main = self.main_route_table
        self._call("ec2", "CreateRoute", RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=made)
        return made

    @cached_property
    def address(self) -> str:
        """A public one, that the NAT gateway has."""
        assert self.internet, "a NAT gateway to the internet needs the VPC's way there first"
        made = str(self._call("ec2", "AllocateAddress", Domain="vpc")["AllocationId"])
        answer = self._call("ec2", "CreateNatGateway", SubnetId=self.empty_subnet, AllocationId=made)
        ids = [answer["NatGateway"]["NatGatewayId"]]
        look = lambda: self.account.read("ec2", "DescribeNatGateways", NatGatewayIds=ids)["NatGateways"]  # noqa: E731
        until(look, lambda seen: bool(seen[0]["State"] == "available"))
        return made

    def endpoint_settings(self, service: str, kind: str, **changes: Any) -> dict[str, Any]:
        """Of an endpoint of AWS's own service in the VPC. Without subnets one costs nothing, of any kind."""
        name = f"com.amazonaws.{self.account.region}.{service}"
        return {"VpcId": self.vpc, "VpcEndpointType": kind, "ServiceName": name} | changes

    @cached_property
    def endpoint(self) -> str:
        """In the other VPC, which answers to the name of the service; it is Logs'."""
        settings = self.endpoint_settings("logs", "Interface", VpcId=self.other_vpc, PrivateDnsEnabled=True)
        made = str(self._call("ec2", "CreateVpcEndpoint", **settings)["VpcEndpoint"]["VpcEndpointId"])
        not_yet = ("InvalidVpcEndpointId.NotFound",)
        self.account.call("ec2", "DescribeVpcEndpoints", patient_with=not_yet, VpcEndpointIds=[made])
        look = lambda: self.account.read("ec2", "DescribeVpcEndpoints", VpcEndpointIds=[made])["VpcEndpoints"]  # noqa: E731
        until(look, lambda seen: bool(seen[0]["State"] == "available"))
        return made

    @cached_property
    def security_group(self) -> str:
        """Lets its members reach each other."""
        made = self.security_group_called(f"{self.name}-members")
        self._admit(made, made)
        return made

    @cached_property
    def security_group_rule(self) -> str:
        """The rule by which they do."""
        filters = [{"Name": "group-id", "Values": [self.security_group]}]
        rules = self.account.read("ec2", "DescribeSecurityGroupRules", Filters=filters)["SecurityGroupRules"]
        return str(next(rule["SecurityGroupRuleId"] for rule in rules if not rule["IsEgress"]))

    @cached_property
    def empty_security_group(self) -> str:
        return self.security_group_called(f"{self.name}-empty")

    @cached_property
    def named_security_group(self) -> str:
        """Without members; a rule of another group names it."""
        made = self.security_group_called(f"{self.name}-named")
        self._admit(self.security_group_called(f"{self.name}-naming"), made)
        return made

    @cached_property
    def default_security_group(self) -> str:
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "group-name", "Values": ["default"]}]
        return str(self.account.read("ec2", "DescribeSecurityGroups", Filters=filters)["SecurityGroups"][0]["GroupId"])

    @cached_property
    def other_security_group(self) -> str:
        """In the other VPC."""
        return self.security_group_called(f"{self.name}-other", self.other_vpc)

    def security_group_called(self, name: str, vpc: str | None = None) -> str:
        answer = self._call("ec2", "CreateSecurityGroup", GroupName=name, Description=name, VpcId=vpc or self.vpc)
        made = str(answer["GroupId"])
        self.account.call("ec2", "DescribeSecurityGroups", patient_with=("InvalidGroup.NotFound",), GroupIds=[made])
        return made

    def _admit(self, group: str, source: str) -> None:
        permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": source}]}
        self._call("ec2", "AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[permission])
