"""Operations whose parameters say it all."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from sandbox.access.model import Keys, Need
from sandbox.access.needs import needs
from sandbox.access.needs.ec2.resources import made, named, on_nothing
from sandbox.aws.model.request import Call

_ON_WHAT_THEY_NAME: dict[tuple[str, ...], tuple[str, ...]] = {
    (
        *("AssignIpv6Addresses", "AssignPrivateIpAddresses", "DeleteNetworkInterface", "UnassignIpv6Addresses"),
        *("ResetNetworkInterfaceAttribute", "UnassignPrivateIpAddresses"),
    ): ("NetworkInterfaceId",),
    ("AssociateDhcpOptions",): ("DhcpOptionsId", "VpcId"),
    ("AssociateRouteTable",): ("RouteTableId", "SubnetId", "GatewayId"),
    ("AttachInternetGateway", "DetachInternetGateway"): ("InternetGatewayId", "VpcId"),
    ("AttachNetworkInterface",): ("InstanceId", "NetworkInterfaceId"),
    ("CreateNetworkAclEntry", "DeleteNetworkAcl", "DeleteNetworkAclEntry", "ReplaceNetworkAclEntry"): ("NetworkAclId",),
    ("CreateRoute", "DeleteRoute", "DeleteRouteTable", "ReplaceRoute"): ("RouteTableId",),
    ("DeleteDhcpOptions",): ("DhcpOptionsId",),
    ("DeleteEgressOnlyInternetGateway",): ("EgressOnlyInternetGatewayId",),
    ("DeleteFlowLogs",): ("FlowLogIds",),
    ("DeleteInternetGateway",): ("InternetGatewayId",),
    ("DeleteManagedPrefixList", "GetManagedPrefixListEntries", "ModifyManagedPrefixList"): ("PrefixListId",),
    ("DeleteNatGateway",): ("NatGatewayId",),
    ("AssociateSubnetCidrBlock", "DeleteSubnet", "ModifySubnetAttribute"): ("SubnetId",),
    (
        *("AssociateVpcCidrBlock", "DeleteVpc", "DescribeVpcAttribute", "DisableVpcClassicLink"),
        *("DisableVpcClassicLinkDnsSupport", "EnableVpcClassicLink", "EnableVpcClassicLinkDnsSupport"),
        *("ModifyVpcAttribute", "ModifyVpcTenancy"),
    ): ("VpcId",),
    ("DeleteVpcEndpoints",): ("VpcEndpointIds",),
    ("ModifyNetworkInterfaceAttribute",): ("NetworkInterfaceId", "Groups"),
}

_ON_WHAT_THEY_MAKE: dict[str, tuple[str, tuple[str, ...]]] = {
    "AllocateAddress": ("elastic-ip", ()),
    "CreateDhcpOptions": ("dhcp-options", ()),
    "CreateEgressOnlyInternetGateway": ("egress-only-internet-gateway", ("VpcId",)),
    "CreateInternetGateway": ("internet-gateway", ()),
    "CreateManagedPrefixList": ("prefix-list", ()),
    "CreateNatGateway": ("natgateway", ("SubnetId", "AllocationId", "SecondaryAllocationIds", "VpcId")),
    "CreateNetworkAcl": ("network-acl", ("VpcId",)),
    "CreateNetworkInterface": ("network-interface", ("SubnetId", "Groups")),
    "CreateRouteTable": ("route-table", ("VpcId",)),
    "CreateSecurityGroup": ("security-group", ("VpcId",)),
    "CreateSubnet": ("subnet", ("VpcId",)),
    "CreateVpc": ("vpc", ()),
}
"""What each makes, and the parameters that name what it is made of. That comes first."""


def _on_what_it_names(parameters: tuple[str, ...], call: Call) -> Iterable[Need]:
    return named(call, *parameters) or [on_nothing(call)]


def _on_what_it_makes(kind: str, parameters: tuple[str, ...], call: Call) -> Iterable[Need]:
    return [*named(call, *parameters), *made(call, kind, _pools(call))]


def _pools(call: Call) -> Keys:
    names = ("Ipv4IpamPoolId", "Ipv6IpamPoolId")
    return {f"ec2:{name}": (call.params[name],) if call.params.get(name) else () for name in names}


for _operations, _parameters in _ON_WHAT_THEY_NAME.items():
    needs("ec2", *_operations)(partial(_on_what_it_names, _parameters))
for _operation, (_kind, _parameters) in _ON_WHAT_THEY_MAKE.items():
    needs("ec2", _operation)(partial(_on_what_it_makes, _kind, _parameters))
