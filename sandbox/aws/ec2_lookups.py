"""EC2: an association, an address or a filter that there is none of."""

from __future__ import annotations

from typing import Any

from moto.ec2.exceptions import InvalidAssociationIdError, InvalidFilter, MissingParameter
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.ec2.models.security_groups import SecurityGroup, SecurityGroupRule
from moto.ec2.utils import is_tag_filter


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


_replace_network_acl_association = NetworkAclBackend.replace_network_acl_association
_disassociate_address = ElasticAddressBackend.disassociate_address
_release_address = ElasticAddressBackend.release_address


def install() -> None:
    NetworkAclBackend.replace_network_acl_association = replace_network_acl_association
    ElasticAddressBackend.disassociate_address = disassociate_address
    ElasticAddressBackend.release_address = release_address
    for kind in (SecurityGroup, SecurityGroupRule):
        kind.matches_filter = _matches_filter(kind.matches_filter)
