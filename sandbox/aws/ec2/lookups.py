"""EC2: what is named and not there, what is not named at all, and instances without number."""

from __future__ import annotations

import inspect
from typing import Any

from moto.ec2.exceptions import (
    EC2ClientError,
    InvalidAssociationIdError,
    InvalidFilter,
    InvalidSecurityGroupNotFoundError,
    MissingParameter,
)
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.models.elastic_network_interfaces import NetworkInterfaceBackend
from moto.ec2.models.hosts import HostsBackend
from moto.ec2.models.instances import InstanceBackend
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupBackend, SecurityGroupRule
from moto.ec2.models.spot_requests import SpotRequestBackend
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.utils import is_tag_filter

from sandbox.aws.errors import NotModelled
from sandbox.aws.patch import replaces

MOST_AT_ONCE = 1000


def _check_filters_of(kind: type[Any]) -> None:
    @replaces(kind)
    def matches_filter(self: Any, key: str, value: Any) -> Any:
        """moto fails at a filter that is none."""
        if not is_tag_filter(key) and key not in self.filters:
            raise InvalidFilter(key, "InvalidParameterValue")
        return matches_filter.moto(self, key, value)


_check_filters_of(SecurityGroup)
_check_filters_of(SecurityGroupRule)


@replaces(NetworkAclBackend)
def replace_network_acl_association(self: NetworkAclBackend, association_id: str, network_acl_id: str) -> Any:
    """moto fails where there is no such association."""
    if not any(association_id in acl._associations for acl in self.network_acls.values()):
        raise InvalidAssociationIdError(association_id)
    return replace_network_acl_association.moto(self, association_id, network_acl_id)


@replaces(ElasticAddressBackend)
def disassociate_address(
    self: ElasticAddressBackend, address: str | None = None, association_id: str | None = None
) -> None:
    """moto fails where neither is given, or both are empty."""
    if not address and not association_id:
        raise MissingParameter("Either 'publicIp' or 'associationId' must be specified")
    disassociate_address.moto(self, address, association_id)


@replaces(ElasticAddressBackend)
def release_address(self: ElasticAddressBackend, address: str | None = None, allocation_id: str | None = None) -> None:
    """moto fails where neither is given, or both are empty."""
    if not address and not allocation_id:
        raise MissingParameter("Either 'publicIp' or 'allocationId' must be specified")
    release_address.moto(self, address, allocation_id)


@replaces(NetworkAclBackend)
def delete_network_acl_entry(self: NetworkAclBackend, network_acl_id: str, rule_number: int, egress: bool) -> Any:
    """moto fails where there is no such entry."""
    entries = self.get_network_acl(network_acl_id).network_acl_entries
    if (egress, rule_number) not in [(entry.egress, entry.rule_number) for entry in entries]:
        direction = "egress" if egress else "ingress"
        raise EC2ClientError(
            "InvalidNetworkAclEntry.NotFound", f"The {direction} entry identified by {rule_number} does not exist."
        )
    return delete_network_acl_entry.moto(self, network_acl_id, rule_number, egress)


@replaces(SecurityGroupBackend)
def _delete_security_group(self: SecurityGroupBackend, vpc_id: str | None, group_id: str) -> None:
    """moto fails where a group is named that is not in the default VPC."""
    if group_id not in self.groups[vpc_id or self.default_vpc.id]:
        raise InvalidSecurityGroupNotFoundError(group_id)
    _delete_security_group.moto(self, vpc_id, group_id)


@replaces(VPCBackend)
def associate_vpc_cidr_block(self: VPCBackend, vpc_id: str, cidr_block: str | None, ipv6: bool) -> Any:
    """moto adds a block that is none, and fails at it from then on."""
    if not cidr_block and not ipv6:
        raise MissingParameter("The request must contain the parameter CidrBlock or AmazonProvidedIpv6CidrBlock")
    return associate_vpc_cidr_block.moto(self, vpc_id, cidr_block, ipv6)


@replaces(VPCBackend)
def create_vpc_endpoint(
    self: VPCBackend, vpc_id: str, service_name: str, endpoint_type: str | None, *args: Any, **kwargs: Any
) -> Any:
    """A gateway is what an endpoint is by default. moto makes one of no type, which it cannot delete."""
    return create_vpc_endpoint.moto(self, vpc_id, service_name, endpoint_type or "Gateway", *args, **kwargs)


@replaces(NetworkInterfaceBackend)
def assign_private_ip_addresses(
    self: NetworkInterfaceBackend,
    eni_id: str,
    private_ip_addresses: list[str] | None = None,
    secondary_ips_count: int | None = None,
) -> Any:
    """moto looks for a free address until it has found one."""
    free = self.get_network_interface(eni_id).subnet.available_ip_address_count
    if not 0 <= (secondary_ips_count or 0) <= free:
        words = "The specified subnet does not have enough free addresses to satisfy the request."
        raise EC2ClientError("InsufficientFreeAddressesInSubnet", words)
    return assign_private_ip_addresses.moto(self, eni_id, private_ip_addresses, secondary_ips_count)


def _limit(backend: type[Any], method: str, *names: str) -> None:
    @replaces(backend, method)
    def limited(self: Any, *args: Any, **kwargs: Any) -> Any:
        """moto makes each of them: the largest number that the model allows would keep everybody waiting for hours."""
        given = inspect.signature(limited.moto).bind(self, *args, **kwargs).arguments
        given |= given.pop("kwargs", {})
        if any(not 0 <= int(given.get(name) or 0) <= MOST_AT_ONCE for name in names):
            raise NotModelled(f"more than {MOST_AT_ONCE} instances, hosts or addresses at once, nor fewer than none")
        return limited.moto(self, *args, **kwargs)


_limit(InstanceBackend, "run_instances", "count")
_limit(SpotRequestBackend, "request_spot_instances", "count")
_limit(HostsBackend, "allocate_hosts", "quantity")
_limit(NetworkInterfaceBackend, "create_network_interface", "secondary_ips_count", "ipv6_address_count")
_limit(NetworkInterfaceBackend, "assign_ipv6_addresses", "ipv6_count")
