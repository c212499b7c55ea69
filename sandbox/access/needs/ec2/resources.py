"""What EC2 has, as IAM sees it: ARNs, condition keys, tags."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends

from sandbox.access.model import Keys, Need
from sandbox.access.needs.arns import arn
from sandbox.access.needs.keys import carried
from sandbox.access.needs.tags import given
from sandbox.aws.model.request import Call
from sandbox.state import ACCOUNT

KINDS = {
    "acl": "network-acl",
    "dopt": "dhcp-options",
    "eigw": "egress-only-internet-gateway",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "nat": "natgateway",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vgw": "vpn-gateway",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
    "vpce-svc": "vpc-endpoint-service",
}
"""Resource types of the reference by the beginnings of their ids."""

AN_ID = {
    "AllocationId": "elastic-ip",
    "DhcpOptionsId": "dhcp-options",
    "EgressOnlyInternetGatewayId": "egress-only-internet-gateway",
    "FlowLogIds": "vpc-flow-log",
    "GroupId": "security-group",
    "Groups": "security-group",
    "InstanceId": "instance",
    "InternetGatewayId": "internet-gateway",
    "NatGatewayId": "natgateway",
    "NetworkAclId": "network-acl",
    "NetworkInterfaceId": "network-interface",
    "PrefixListId": "prefix-list",
    "RouteTableId": "route-table",
    "RouteTableIds": "route-table",
    "SecondaryAllocationIds": "elastic-ip",
    "SecurityGroupIds": "security-group",
    "SubnetId": "subnet",
    "SubnetIds": "subnet",
    "VpcEndpointId": "vpc-endpoint",
    "VpcEndpointIds": "vpc-endpoint",
    "VpcId": "vpc",
}
"""Resource types of the reference by the parameters that name them."""


def backend(call: Call) -> EC2Backend:
    return ec2_backends[ACCOUNT][call.region]


def kind_of(id: str) -> str | None:
    """The resource type of an id; None where nothing is known to begin like this."""
    return KINDS.get(id.rpartition("-")[0])


def named(call: Call, *parameters: str) -> list[Need]:
    """The operation's own action on everything that these parameters name; the id of a gateway tells its type."""
    found = []
    for parameter in parameters:
        value = call.params.get(parameter) or []
        for one in [value] if isinstance(value, str) else value:
            kind = AN_ID.get(parameter) or kind_of(one)
            # A gateway whose id begins like none of these is of no type that the actions know.
            found.append(on(call, kind or "internet-gateway", one))
    return found


def on(call: Call, kind: str, id: str, keys: Keys | None = None) -> Need:
    """The operation's own action on what has this id, or had it; ``*`` is anything of this type."""
    there = next((one for one in _ALL[kind](backend(call)) if one.id == id), None) if kind in _ALL else None
    known = _KEYS[kind](call, there) if there is not None and kind in _KEYS else {}
    action = f"ec2:{call.operation.name}"
    resource = arn(call, "ec2", f"{kind}/{id}")
    return Need(
        action,
        resource,
        keys=_carried(call, action, resource, {**_own_id(kind, id), **known, **(keys or {})}),
        request_tags={},
        resource_tags=dict(backend(call).tags.get(id, {})),
    )


def on_nothing(call: Call) -> Need:
    """The operation's own action, of a call that leaves out what it is about: a policy has to allow it on ``*``."""
    return Need(f"ec2:{call.operation.name}", keys={"ec2:Region": (call.region,)}, request_tags={}, resource_tags={})


def or_any(call: Call, kind: str, found: list[Need]) -> list[Need]:
    """What was found of what the call means; where that is nothing, anything of this type."""
    return found or [on(call, kind, "*")]


def made(call: Call, kind: str, keys: Keys | None = None) -> list[Need]:
    """The operation's own action on what it makes, and ec2:CreateTags where it has tags from the beginning.

    What AWS knows of something that is not there yet it does not say: only what is given here is filled.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    """
    new = tag_specifications(call)
    return [
        _of_new(call, call.operation.name, kind, keys or {}, new.get(kind, {})),
        *(
            _of_new(call, "CreateTags", tagged, {"ec2:CreateAction": (call.operation.name,)}, tags)
            for tagged, tags in new.items()
        ),
    ]


def _of_new(call: Call, action: str, kind: str, keys: Keys, tags: Mapping[str, str]) -> Need:
    whole = f"ec2:{action}"
    resource = arn(call, "ec2", f"{kind}/*")
    return Need(whole, resource, keys=_carried(call, whole, resource, keys), request_tags=tags, resource_tags={})


def tag_specifications(call: Call) -> Mapping[str, dict[str, str]]:
    """Tags by the type of the resource; a type without tags is not there."""
    return {
        one["ResourceType"]: given(one["Tags"])
        for one in call.params.get("TagSpecifications") or []
        if one.get("Tags") and one.get("ResourceType")
    }


def _carried(call: Call, action: str, resource: str, known: Keys) -> Keys:
    """Of what is known, the keys that the action has on this resource."""
    return carried(action, resource, {**known, "ec2:Region": (call.region,), "ec2:ManagedResourceOperator": ()})


def _own_id(kind: str, id: str) -> Keys:
    key = {
        "dhcp-options": "ec2:DhcpOptionsID",
        "elastic-ip": "ec2:AllocationId",
        "instance": "ec2:InstanceID",
        "internet-gateway": "ec2:InternetGatewayID",
        "network-acl": "ec2:NetworkAclID",
        "network-interface": "ec2:NetworkInterfaceID",
        "route-table": "ec2:RouteTableID",
        "security-group": "ec2:SecurityGroupID",
        "subnet": "ec2:SubnetID",
        "vpc": "ec2:VpcID",
    }.get(kind)
    return {} if key is None or id == "*" else {key: (id,)}


def _in_vpc(call: Call, one: Any) -> Keys:
    return {"ec2:Vpc": (arn(call, "ec2", f"vpc/{one.vpc_id}"),)}


def _zone(one: Any) -> Keys:
    return {
        "ec2:AvailabilityZone": (one.availability_zone,),
        "ec2:AvailabilityZoneId": (one._availability_zone.zone_id,),
    }


def _of_interface(call: Call, one: Any) -> Keys:
    subnet = {"ec2:Subnet": (arn(call, "ec2", f"subnet/{one.subnet.id}"),)}
    return {**_in_vpc(call, one.subnet), **_zone(one.subnet), **subnet}


_ALL: dict[str, Callable[[Any], Iterable[Any]]] = {
    "elastic-ip": lambda ec2: ec2.addresses,
    "natgateway": lambda ec2: ec2.nat_gateways.values(),
    "network-acl": lambda ec2: ec2.network_acls.values(),
    "network-interface": lambda ec2: ec2.enis.values(),
    "route-table": lambda ec2: ec2.route_tables.values(),
    "security-group": lambda ec2: [group for groups in ec2.groups.values() for group in groups.values()],
    "subnet": lambda ec2: [subnet for subnets in ec2.subnets.values() for subnet in subnets.values()],
    "vpc": lambda ec2: ec2.vpcs.values(),
    "vpc-endpoint": lambda ec2: ec2.vpc_end_points.values(),
}

_KEYS: dict[str, Callable[[Call, Any], Keys]] = {
    "elastic-ip": lambda _, one: {"ec2:Domain": (one.domain,), "ec2:PublicIpAddress": (one.public_ip,)},
    "natgateway": _in_vpc,
    "network-acl": _in_vpc,
    "network-interface": _of_interface,
    "route-table": _in_vpc,
    "security-group": _in_vpc,
    "subnet": lambda call, one: {**_in_vpc(call, one), **_zone(one)},
    "vpc": lambda _, one: {"ec2:Tenancy": (one.instance_tenancy,)},
    "vpc-endpoint": lambda call, one: {
        "ec2:VpceServiceName": (one.service_name,),
        "ec2:VpceServiceRegion": (call.region,),
    },
}
