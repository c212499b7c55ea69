"""A VPC with subnets in two zones, and security groups."""

from __future__ import annotations

from functools import cached_property

from sandbox.conformance.account import until
from sandbox.conformance.parts.base import Part


class Network(Part):
    """What is in EC2. It takes AWS a moment to know a thing everywhere: none is given out before it can be read."""

    @cached_property
    def vpc(self) -> str:
        made = str(self._call("ec2", "CreateVpc", CidrBlock="10.255.0.0/16")["Vpc"]["VpcId"])
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
    def second_subnet_of_a_zone(self) -> str:
        return self._subnet(self.zones[0], "10.255.8.0/24")

    @cached_property
    def empty_subnet(self) -> str:
        return self._subnet(self.zones[0], "10.255.9.0/24")

    def _subnet(self, zone: str, block: str) -> str:
        answer = self._call("ec2", "CreateSubnet", VpcId=self.vpc, CidrBlock=block, AvailabilityZone=zone)
        made = str(answer["Subnet"]["SubnetId"])
        self.account.call("ec2", "DescribeSubnets", patient_with=("InvalidSubnetID.NotFound",), SubnetIds=[made])
        return made

    @cached_property
    def main_route_table(self) -> str:
        filters = [{"Name": "vpc-id", "Values": [self.vpc]}, {"Name": "association.main", "Values": ["true"]}]
        tables = self.account.read("ec2", "DescribeRouteTables", Filters=filters)["RouteTables"]
        return str(tables[0]["RouteTableId"])

    @cached_property
    def internet(self) -> str:
        """The internet gateway, with the route to it: tasks of scenarios pull their image through it."""
        made = str(self._call("ec2", "CreateInternetGateway")["InternetGateway"]["InternetGatewayId"])
        self._call("ec2", "AttachInternetGateway", InternetGatewayId=made, VpcId=self.vpc)
        main = self.main_route_table
        self._call("ec2", "CreateRoute", RouteTableId=main, DestinationCidrBlock="0.0.0.0/0", GatewayId=made)
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

    def security_group_called(self, name: str) -> str:
        answer = self._call("ec2", "CreateSecurityGroup", GroupName=name, Description=name, VpcId=self.vpc)
        made = str(answer["GroupId"])
        self.account.call("ec2", "DescribeSecurityGroups", patient_with=("InvalidGroup.NotFound",), GroupIds=[made])
        return made

    def _admit(self, group: str, source: str) -> None:
        permission = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": source}]}
        self._call("ec2", "AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[permission])
