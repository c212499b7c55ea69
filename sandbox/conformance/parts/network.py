"""A VPC with subnets in two zones, and security groups."""

from __future__ import annotations

from functools import cached_property

from sandbox.conformance.account import until
from sandbox.conformance.parts.base import Part


class Network(Part):
    """What is in EC2."""

    @cached_property
    def vpc(self) -> str:
        made = str(self._call("ec2", "CreateVpc", CidrBlock="10.255.0.0/16")["Vpc"]["VpcId"])
        # CreateSubnet right after CreateVpc may be told that there is none.
        until(lambda: self.account.read("ec2", "DescribeVpcs", VpcIds=[made])["Vpcs"][0]["State"], "available".__eq__)
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
    def second_subnet_of_a_zone(self) -> str:
        return self._subnet(self.zones[0], "10.255.8.0/24")

    @cached_property
    def empty_subnet(self) -> str:
        return self._subnet(self.zones[0], "10.255.9.0/24")

    def _subnet(self, zone: str, block: str) -> str:
        answer = self._call("ec2", "CreateSubnet", VpcId=self.vpc, CidrBlock=block, AvailabilityZone=zone)
        return str(answer["Subnet"]["SubnetId"])

    @cached_property
    def internet(self) -> str:
        """The internet gateway, with the route to it: tasks of scenarios pull their image through it."""
        made = str(self._call("ec2", "CreateInternetGateway")["InternetGateway"]["InternetGatewayId"])
        self._call("ec2", "AttachInternetGateway", InternetGatewayId=made, VpcId=self.vpc)
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "association.main", "Values": ["true"]}]
        tables = self.account.read("ec2", "DescribeRouteTables", Filters=filters)["RouteTables"]
        main = tables[0]["RouteTableId"]
        self._call("ec2", "CreateRoute", RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=made)
        return made

    @cached_property
    def security_group(self) -> str:
        """Lets its members reach each other."""
        made = self.security_group_called(f"{self.name}-members")
        permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": made}]}
        self._call("ec2", "AuthorizeSecurityGroupIngress", GroupId=made, IpPermissions=[permission])
        return made

    @cached_property
    def empty_security_group(self) -> str:
        return self.security_group_called(f"{self.name}-empty")

    def security_group_called(self, name: str) -> str:
        answer = self._call("ec2", "CreateSecurityGroup", GroupName=name, Description=name, VpcId=self.vpc)
        return str(answer["GroupId"])
