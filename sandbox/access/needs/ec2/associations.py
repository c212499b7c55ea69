"""Operations that name an association, an attachment or a public address: moto knows what it is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.access.model import Need
from sandbox.access.needs import needs
from sandbox.access.needs.ec2.resources import backend, kind_of, named, on, or_any
from sandbox.aws.model.request import Call


@needs("ec2", "DisassociateRouteTable", "ReplaceRouteTableAssociation")
def of_route_table(call: Call) -> Iterable[Need]:
    """The table that it had, the one that it gets, and what is associated with it: a main association has only tables.

    The reference marks none of them as required. Whether AWS asks for all of them it does not say.
    """
    association = call.params["AssociationId"]
    had = [one for one in backend(call).route_tables.values() if association in one.all_associations_ids]
    targets = [one._associations[association] for one in had if association in one._associations]
    wanted = [*(on(call, "route-table", one.id) for one in had), *named(call, "RouteTableId")]
    return or_any(call, "route-table", [*wanted, *(on(call, kind_of(one) or "subnet", one) for one in targets)])


@needs("ec2", "ReplaceNetworkAclAssociation")
def of_network_acl(call: Call) -> Iterator[Need]:
    association = call.params["AssociationId"]
    yield from named(call, "NetworkAclId")
    subnets = [
        one.subnet_id
        for acl in backend(call).network_acls.values()
        for name, one in acl._associations.items()
        if name == association
    ]
    yield from or_any(call, "subnet", [on(call, "subnet", one) for one in subnets])


@needs("ec2", "DisassociateSubnetCidrBlock")
def of_subnet(call: Call) -> Iterable[Need]:
    association = call.params["AssociationId"]
    subnets = (subnet for subnets in backend(call).subnets.values() for subnet in subnets.values())
    found = [on(call, "subnet", one.id) for one in subnets if association in one.ipv6_cidr_block_associations]
    return or_any(call, "subnet", found)


@needs("ec2", "DisassociateVpcCidrBlock")
def of_vpc(call: Call) -> Iterable[Need]:
    association = call.params["AssociationId"]
    vpcs = backend(call).vpcs.values()
    found = [on(call, "vpc", one.id) for one in vpcs if association in one.cidr_block_association_set]
    return or_any(call, "vpc", found)


@needs("ec2", "DetachNetworkInterface")
def of_interface(call: Call) -> Iterator[Need]:
    interfaces = [one for one in backend(call).enis.values() if one.attachment_id == call.params["AttachmentId"]]
    instances = [on(call, "instance", one.instance.id) for one in interfaces if one.instance is not None]
    yield from or_any(call, "instance", instances)
    yield from or_any(call, "network-interface", [on(call, "network-interface", one.id) for one in interfaces])


@needs("ec2", "AssociateAddress")
def associated(call: Call) -> Iterator[Need]:
    yield from _addresses(call)
    yield from named(call, "InstanceId", "NetworkInterfaceId")


@needs("ec2", "DisassociateAddress")
def disassociated(call: Call) -> Iterator[Need]:
    yield from _addresses(call)
    for one in _found(call):
        if one.eni is not None:
            yield on(call, "network-interface", one.eni.id)


@needs("ec2", "ReleaseAddress")
def released(call: Call) -> Iterable[Need]:
    return _addresses(call)


def _addresses(call: Call) -> Iterable[Need]:
    direct = named(call, "AllocationId")
    return direct or or_any(call, "elastic-ip", [on(call, "elastic-ip", one.id) for one in _found(call) if one.id])


def _found(call: Call) -> list[Any]:
    given = call.params
    return [
        one
        for one in backend(call).addresses
        if (given.get("AssociationId") and one.association_id == given["AssociationId"])
        or (given.get("PublicIp") and one.public_ip == given["PublicIp"])
    ]
