"""EC2: security group rules and gateway endpoints can be changed in place; NAT gateways leave nothing behind; what is
not there is not found."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidAssociationIdError,
    InvalidFilter,
    InvalidParameterCombination,
    InvalidParameterValue,
    InvalidSecurityGroupNotFoundError,
    InvalidSecurityGroupRuleIdNotFoundError,
    MissingParameter,
)
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend, SecurityGroupRule
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.utils import is_tag_filter


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
    _moto_init(
        self,
        ec2_backend,
        ip_protocol,
        group_id,
        from_port,
        to_port,
        ip_range,
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
            key: wanted[name] for key, name in (("CidrIp", "CidrIpv4"), ("CidrIpv6", "CidrIpv6")) if wanted.get(name)
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


def _matches_filter(moto: Any) -> Any:
    def matches_filter(self: Any, key: str, value: Any) -> Any:
        """moto fails at a filter that is none."""
        if not is_tag_filter(key) and key not in self.filters:
            raise InvalidFilter(key, "InvalidParameterValue")
        return moto(self, key, value)

    return matches_filter


def replace_network_acl_association(self: NetworkAclBackend, association_id: str, network_acl_id: str) -> Any:
    """moto fails where there is no such association."""
    if not any(association_id in acl._associations for acl in self.network_acls.values()):
        raise InvalidAssociationIdError(association_id)
    return _replace_network_acl_association(self, association_id, network_acl_id)


def disassociate_address(
    self: ElasticAddressBackend, address: str | None = None, association_id: str | None = None
) -> None:
    """moto fails where neither is given, or both are empty."""
    if not address and not association_id:
        raise MissingParameter("Either 'publicIp' or 'associationId' must be specified")
    _disassociate_address(self, address, association_id)


def release_address(self: ElasticAddressBackend, address: str | None = None, allocation_id: str | None = None) -> None:
    """moto fails where neither is given, or both are empty."""
    if not address and not allocation_id:
        raise MissingParameter("Either 'publicIp' or 'allocationId' must be specified")
    _release_address(self, address, allocation_id)


def delete_nat_gateway(self: NatGatewayBackend, nat_gateway_id: str) -> NatGateway:
    """moto leaves the gateway's network interface in the subnet for ever, and fails where there is no gateway."""
    if nat_gateway_id not in self.nat_gateways:
        # https://github.com/gruntwork-io/cloud-nuke/issues/292
        raise EC2ClientError("NatGatewayNotFound", f"NAT gateway {nat_gateway_id} was not found")
    gateway = _delete_nat_gateway(self, nat_gateway_id)
    self.enis.pop(gateway._eni.id, None)
    return gateway


def modify_vpc_endpoint(self: VPCBackend, vpc_id: str, **changes: Any) -> None:
    """moto leaves the route tables alone, and then cannot delete the endpoint: it misses the route that it never made.

    `vpc_id` is moto's name for the endpoint's id.
    """
    (endpoint,) = self.describe_vpc_endpoints([vpc_id])
    before = list(endpoint.route_table_ids or ())
    _modify_vpc_endpoint(self, vpc_id, **changes)
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


_moto_init = SecurityGroupRule.__init__
_modify_vpc_endpoint = VPCBackend.modify_vpc_endpoint
_delete_nat_gateway = NatGatewayBackend.delete_nat_gateway
_replace_network_acl_association = NetworkAclBackend.replace_network_acl_association
_disassociate_address = ElasticAddressBackend.disassociate_address
_release_address = ElasticAddressBackend.release_address


def install() -> None:
    SecurityGroupRule.__init__ = _init
    SecurityGroupRule.description = property(_read_description)
    SecurityGroupBackend.modify_security_group_rules = modify_security_group_rules
    VPCBackend.modify_vpc_endpoint = modify_vpc_endpoint
    NatGatewayBackend.delete_nat_gateway = delete_nat_gateway
    NetworkAclBackend.replace_network_acl_association = replace_network_acl_association
    ElasticAddressBackend.disassociate_address = disassociate_address
    ElasticAddressBackend.release_address = release_address
    for kind in (SecurityGroup, SecurityGroupRule):
        kind.matches_filter = _matches_filter(kind.matches_filter)
