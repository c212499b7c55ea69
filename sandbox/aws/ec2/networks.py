"""EC2: blocks are canonical; the default VPC leads to the internet; security group rules and gateway endpoints can be
changed in place; NAT gateways leave nothing behind."""

from __future__ import annotations

from ipaddress import IPv6Network, ip_network
from typing import Any

from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidCIDRBlockParameterError,
    InvalidParameterCombination,
    InvalidParameterValue,
    InvalidSecurityGroupNotFoundError,
    InvalidSecurityGroupRuleIdNotFoundError,
    MissingParameter,
)
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend
from moto.ec2.models.route_tables import Route, RouteBackend
from moto.ec2.models.security_groups import SecurityGroupBackend, SecurityGroupRule
from moto.ec2.models.subnets import Subnet, SubnetBackend
from moto.ec2.models.vpcs import VPC, VPCBackend

from sandbox.aws.patch import replace_value, replaces


def _canonical(block: str) -> str:
    """AWS keeps ``100.68.0.0/18`` when it is given ``100.68.0.18/18``. What is no block is moto's to refuse."""
    try:
        return str(ip_network(block, strict=False))
    except ValueError:
        return block


def _is_block_of_version_6(block: str) -> bool:
    try:
        IPv6Network(block)
    except ValueError:
        return False
    return True


@replaces(VPCBackend)
def create_vpc(self: VPCBackend, cidr_block: str, *args: Any, **kwargs: Any) -> VPC:
    """moto's default group lets nobody in; AWS's its own members, until somebody takes that rule away.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    vpc = create_vpc.moto(self, _canonical(cidr_block), *args, **kwargs)
    group = self.get_security_group_from_name("default", vpc_id=vpc.id)
    members = [{"GroupId": group.id}]
    self.authorize_security_group_ingress(group.id, "-1", None, None, [], source_groups=members, vpc_id=vpc.id)
    return vpc


@replaces(VPCBackend)
def create_default_vpc(self: VPCBackend) -> VPC:
    """moto's has no internet gateway, so that whatever is public is refused in it.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
    """
    vpc = create_default_vpc.moto(self)
    gateway = self.create_internet_gateway()
    self.attach_internet_gateway(gateway.id, vpc.id)
    (main,) = (table for table in self.route_tables.values() if table.vpc_id == vpc.id)
    self.create_route(main.id, "0.0.0.0/0", gateway_id=gateway.id)
    return vpc


@replaces(SubnetBackend)
def create_subnet(
    self: SubnetBackend,
    vpc_id: str,
    cidr_block: str | None,
    ipv6_cidr_block: str | None = None,
    *args: Any,
    ipv6_native: bool = False,
    **kwargs: Any,
) -> Subnet:
    """moto fails at a subnet without a block, and at an IPv6 block that is none."""
    if not cidr_block and not ipv6_native:
        raise MissingParameter("Either 'cidrBlock' or 'ipv4IpamPoolId' must be provided")
    if ipv6_cidr_block and not _is_block_of_version_6(ipv6_cidr_block):
        raise InvalidCIDRBlockParameterError(ipv6_cidr_block)
    kwargs["ipv6_native"] = ipv6_native
    return create_subnet.moto(self, vpc_id, cidr_block and _canonical(cidr_block), ipv6_cidr_block, *args, **kwargs)


@replaces(RouteBackend)
def create_route(
    self: RouteBackend, route_table_id: str, destination_cidr_block: str | None, *args: Any, **kwargs: Any
) -> Route:
    block = destination_cidr_block and _canonical(destination_cidr_block)
    return create_route.moto(self, route_table_id, block, *args, **kwargs)


def _canonical_range(ip_range: dict[str, str]) -> dict[str, str]:
    return {
        key: _canonical(value) if key in ("CidrIp", "CidrIpv6") and value else value for key, value in ip_range.items()
    }


@replaces(SecurityGroupRule, "__init__")
def _init(
    self: SecurityGroupRule,
    ec2_backend: Any,
    ip_protocol: str,
    group_id: str,
    from_port: str | None,
    to_port: str | None,
    ip_range: dict[str, str] | None,
    source_group: dict[str, str] | None = None,
    prefix_list_id: dict[str, str] | None = None,
    is_egress: bool = True,
    tags: dict[str, str] | None = None,
) -> None:
    """moto keeps a description with an address range only: a rule that names a group is a difference at every plan."""
    _init.moto(
        self,
        ec2_backend,
        ip_protocol,
        group_id,
        from_port,
        to_port,
        ip_range and _canonical_range(ip_range),
        source_group,
        prefix_list_id,
        is_egress,
        tags,
    )
    named = ip_range or source_group or prefix_list_id or {}
    self.__dict__["_description"] = named.get("Description")


def _read_description(self: SecurityGroupRule) -> str | None:
    description: str | None = self.__dict__.get("_description")
    return description


replace_value(SecurityGroupRule, "description", property(_read_description))


@replaces(SecurityGroupBackend)
def modify_security_group_rules(self: SecurityGroupBackend, group_id: str, rules: dict[str, dict[str, Any]]) -> None:
    """moto changes address ranges only, and refuses rules for all protocols."""
    group = self.get_security_group_by_name_or_id(group_id)
    if group is None:
        raise InvalidSecurityGroupNotFoundError(group_id)
    for rule_id, wanted in rules.items():
        rule = group.get_rule(rule_id)
        if rule is None:
            raise InvalidSecurityGroupRuleIdNotFoundError(rule_id)
        _check_rule(wanted)
        ports = wanted["IpProtocol"] != "-1"
        rule.ip_protocol = wanted["IpProtocol"]
        rule.from_port = int(wanted["FromPort"]) if ports else None
        rule.to_port = int(wanted["ToPort"]) if ports else None
        rule.ip_range = {
            key: _canonical(wanted[name])
            for key, name in (("CidrIp", "CidrIpv4"), ("CidrIpv6", "CidrIpv6"))
            if wanted.get(name)
        }
        if wanted.get("ReferencedGroupId"):
            # The owner too: equal rules are told by it.
            owner = self.account_id
            rule.source_group = {"GroupId": wanted["ReferencedGroupId"], "OwnerId": owner, "UserId": owner}
        else:
            rule.source_group = {}
        rule.prefix_list_id = wanted.get("PrefixListId")
        described = {"Description": wanted["Description"]} if wanted.get("Description") else {}
        (rule.ip_range or rule.source_group).update(described)
        rule.__dict__["_description"] = wanted.get("Description")


_PEERS = ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupId")


def _check_rule(wanted: dict[str, Any]) -> None:
    """What moto refuses of a changed rule, in its words."""
    peers = [name for name in _PEERS if wanted.get(name)]
    if len(peers) > 1:
        raise InvalidParameterCombination(
            "Only one of cidrIp, cidrIpv6, prefixListId, or referencedGroupId can be specified"
        )
    if not peers:
        raise MissingParameter(
            "The request must contain exactly one of: cidrIp, cidrIpv6, prefixListId, or referencedGroupId"
        )
    if wanted.get("IpProtocol") is None:
        raise InvalidParameterValue(
            "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."
        )
    if wanted["IpProtocol"] != "-1" and (wanted.get("FromPort") is None or wanted.get("ToPort") is None):
        raise InvalidParameterValue("Invalid value for portRange. Must specify both from and to ports with TCP/UDP.")


class NatGatewayNotFoundError(EC2ClientError):  # type: ignore[misc]
    def __init__(self, nat_gateway_id: str):
        super().__init__("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")


@replaces(NatGatewayBackend)
def create_nat_gateway(
    self: NatGatewayBackend,
    subnet_id: str,
    allocation_id: str | None,
    tags: Any = None,
    connectivity_type: str | None = None,
) -> NatGateway:
    """A gateway is public unless it is to be private. moto's is neither then."""
    return create_nat_gateway.moto(self, subnet_id, allocation_id, tags, connectivity_type or "public")


@replaces(NatGatewayBackend)
def describe_nat_gateways(self: NatGatewayBackend, filters: Any, nat_gateway_ids: list[str] | None) -> list[NatGateway]:
    """moto passes over ids that are not there, so that what is gone looks like nothing found."""
    for given in nat_gateway_ids or ():
        if given not in self.nat_gateways:
            raise NatGatewayNotFoundError(given)
    return describe_nat_gateways.moto(self, filters, nat_gateway_ids)


@replaces(NatGatewayBackend)
def delete_nat_gateway(self: NatGatewayBackend, nat_gateway_id: str) -> NatGateway:
    """moto leaves the gateway's network interface in the subnet for ever, and its address with it."""
    if nat_gateway_id not in self.nat_gateways:
        raise NatGatewayNotFoundError(nat_gateway_id)
    gateway = delete_nat_gateway.moto(self, nat_gateway_id)
    self.enis.pop(gateway._eni.id, None)
    for address in self.addresses:
        if address.eni is gateway._eni:
            address.eni = address.association_id = None
    return gateway


@replaces(VPCBackend)
def modify_vpc_endpoint(self: VPCBackend, vpc_id: str, **changes: Any) -> None:
    """moto leaves the route tables alone, and then cannot delete the endpoint: it misses the route that it never made.

    `vpc_id` is moto's name for the endpoint's id.
    """
    (endpoint,) = self.describe_vpc_endpoints([vpc_id])
    before = list(endpoint.route_table_ids or ())
    modify_vpc_endpoint.moto(self, vpc_id, **changes)
    after = list(endpoint.route_table_ids or ())
    prefix_list = endpoint.destination_prefix_list_id
    if not prefix_list:
        return
    for table in after:
        if table not in before:
            self.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)
    for table in before:
        # A table that is gone has taken its route along.
        if table not in after and table in self.route_tables:
            self.delete_route(table, prefix_list)
